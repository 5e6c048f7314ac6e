"""People and an institution that have just registered, so that the visitor finds somebody waiting."""

from datetime import timedelta

from accounts.enums import InstitutionKind
from accounts.models import User
from anso_portal.life.dossiers import certificate_of
from anso_portal.life.world import World, make_newcomer
from core import clock
from core.tenancy import tenant_scope
from registry.actions.institutions import ask_for_institution
from registry.actions.places import ask_for_place

WAITING = 3
NAME_ZH, NAME_EN = "中国科学院滨海湿地研究所", "Institute of Coastal Wetlands, CAS"
# Its last character checks the others; no institution in the land has it.
USCC = "12100000000000010G"


def make_newcomers(world: World) -> list[User]:
    """newcomer1 … newcomer3 ask office@'s institute to be admitted; newcomer4 registers an institute of their own."""
    place = world.institutions["cas1"]
    people = [make_newcomer(world, number) for number in range(1, WAITING + 2)]
    with clock.at(clock.now() - timedelta(days=2)), tenant_scope(world.anso):
        for user in people[:WAITING]:
            ask_for_place(tenant=world.anso, user=user, institution=place, position="助理研究员")
        ask_for_institution(
            tenant=world.anso,
            by=people[-1],
            data=certificate_of(NAME_ZH),
            filename="事业单位法人证书.pdf",
            name_zh=NAME_ZH,
            name_en=NAME_EN,
            country="CN",
            kind=InstitutionKind.CAS_INSTITUTE,
            uscc=USCC,
            email_domain="wetlands.example",
        )
    return people
