"""Two people at once on a draft and on a guide, on PostgreSQL: with the lock one wins; without it both think they did."""

from typing import Any

import pytest

from accounts.enums import Role
from accounts.models import Membership, User
from audit.models import Event
from core.errors import NotVisible, StaleRevision, WrongState
from core.tenancy import tenant_scope
from programs.actions import import_programme
from programs.guides import actions as guiding
from programs.models import Guide, PolicyDraft, PolicyVersion
from programs.policy import builtin_text
from programs.studio import actions as drafting
from tests.cast import Cast
from tests.programs.guides import drafted, submitted
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(cast: Cast) -> User:
    user = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=user, tenant=cast.anso, role=Role.ADMIN)
    return user


@pytest.fixture
def draft(cast: Cast, admin: User) -> PolicyDraft:
    with tenant_scope(cast.anso):
        base = import_programme(tenant=cast.anso, source=builtin_text("anso/conference"), by=cast.secretary)
        text = base.source.replace("max_yuan = 300_000", "max_yuan = 310_000")
        return drafting.begin_draft(
            tenant=cast.anso, by=admin, kind="programme", slug="conference", source=text, base=base
        )


def kinds(answers: list[Any]) -> set[str]:
    return {type(answer).__name__ for answer in answers}


def test_two_publish_at_once_and_one_version_comes_of_it(cast: Cast, admin: User, draft: PolicyDraft) -> None:
    answers = at_once(cast.anso, *(lambda: drafting.publish_draft(draft=draft, by=admin, revision=1) for _ in range(2)))
    assert kinds(answers) == {PolicyVersion.__name__, NotVisible.__name__}
    with tenant_scope(cast.anso):
        assert PolicyVersion.objects.count() == 2 and Event.objects.filter(action="policy.publish").count() == 1


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_save_at_once_and_the_later_is_told(cast: Cast, admin: User, draft: PolicyDraft, is_locked: bool) -> None:
    def save(words: str) -> Any:
        return drafting.save_text(draft=draft, by=admin, source=f"{draft.source}# {words}\n", revision=1)

    attempts = [lambda words=words: save(words) for words in ("one", "two")]
    if is_locked:
        assert kinds(at_once(cast.anso, *attempts)) == {PolicyDraft.__name__, StaleRevision.__name__}
    else:
        with unlocked(PolicyDraft):
            answers = at_once(cast.anso, *attempts)
        assert kinds(answers) == {PolicyDraft.__name__}, "without its lock the race must show"


def test_the_director_approves_and_gives_back_at_once_and_one_of_it_holds(cast: Cast) -> None:
    other = cast.charlie
    Membership.objects.create(user=other, tenant=cast.anso, role=Role.DIRECTOR)
    with tenant_scope(cast.anso):
        guide = submitted(cast)
    sha256 = guide.submitted_sha256
    answers = at_once(
        cast.anso,
        lambda: guiding.decide(guide=guide, by=cast.director, approve=True, comment="", sha256=sha256),
        lambda: guiding.decide(guide=guide, by=other, approve=False, comment="no", sha256=sha256),
    )
    assert kinds(answers) == {Guide.__name__, WrongState.__name__}
    with tenant_scope(cast.anso):
        assert Event.objects.filter(action__in=["guide.approve", "guide.return"]).count() == 1


def test_two_begin_the_same_year_at_once_and_one_guide_comes_of_it(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        drafted(cast, year=2026)
    answers = at_once(
        cast.anso, *(lambda: guiding.start_guide(tenant=cast.anso, by=cast.secretary, year=2027) for _ in range(2))
    )
    assert sum(isinstance(one, Guide) for one in answers) == 1
    with tenant_scope(cast.anso):
        assert Guide.objects.filter(year=2027).count() == 1
