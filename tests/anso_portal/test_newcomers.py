"""The demo's newcomers wait where its visitor works, and can be let in."""

from django.utils.translation import override

from anso_portal.life.newcomers import NAME_ZH, USCC, make_newcomers
from anso_portal.life.world import make_world
from core.tasklist import tasks_for
from core.tenancy import tenant_scope
from registry.actions.institutions import approve_institution
from registry.identifiers import uscc_of
from registry.models import InstitutionRequest


def test_newcomers_wait_for_the_office_and_the_secretariat(db: None) -> None:
    world = make_world()
    people = make_newcomers(world)
    with tenant_scope(world.anso), override("zh-hans"):
        waits = {
            name: {item.kind: item.title for item in tasks_for(world.people[name], [world.anso])}
            for name in ("office", "secretary", "pi")
        }
        assert waits == {
            "office": {"place-requests": "中国科学院山地生态研究所"},
            "secretary": {"institution-request": NAME_ZH},
            "pi": {},
        }
        row = InstitutionRequest.objects.get()
        place = approve_institution(
            request=row,
            by=world.people["secretary"],
            kind=row.kind,
            is_chinese_legal_person=True,
            is_anso_member=False,
        )
    assert place.uscc == uscc_of(USCC) and people[-1].affiliations.get().institution == place
