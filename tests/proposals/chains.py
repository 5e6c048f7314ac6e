"""Calls whose endorsement goes on after the institution's office, and who may give it."""

from typing import Any

from accounts.enums import AffiliationKind, InstitutionKind, Role
from accounts.models import Affiliation, Institution, Membership, User
from programs.enums import CallState
from programs.models import Call, PolicyVersion, Programme
from programs.policy import combine
from proposals import actions
from proposals.models import Proposal
from tests.cast import Cast
from tests.factories import CLOSES_AT, OPENS_AT, POLICIES
from tests.proposals.helpers import complete_draft

RECOMMENDER = """
[[endorsement_chain]]
key = "recommender"
role = "office"
unit = "recommender"
article = "A10"
zh = "推荐单位推荐"
en = "Recommending department"
"""
CONSORTIUM = """
[[endorsement_chain]]
key = "consortium"
role = "office"
unit = "consortium"
article = "A10"
zh = "联合体秘书处报送"
en = "Consortium secretariat"
"""


def chained_source(*further: str, office: str = "") -> str:
    """The joint-research programme with further steps; `office` has more lines for the first one."""
    first = 'key = "office"\nrole = "office"\n'
    text = (POLICIES / "anso/joint-research.toml").read_text("utf-8")
    assert first in text
    return text.replace(first, first + office, 1) + "".join(further)


def chained_call(cast: Cast, *further: str, own: str = "", slug: str = "chained", office: str = "") -> Call:
    """The 2021 call with these further steps of its programme and `own` lines of its own."""
    source = chained_source(*further or (RECOMMENDER,), office=office)
    call_source = (POLICIES / "anso/calls/2021-joint-research.toml").read_text("utf-8") + own
    programme, _ = Programme.objects.get_or_create(
        tenant=cast.anso, slug="chained", defaults={"title_zh": "联合研究", "title_en": "Joint research"}
    )
    version = PolicyVersion.objects.create(
        tenant=cast.anso,
        programme=programme,
        number=programme.versions.count() + 1,
        source=source,
        sha256="0" * 64,
        created_by=cast.secretary,
    )
    return Call.objects.create(
        tenant=cast.anso,
        programme=programme,
        policy_version=version,
        slug=slug,
        title_zh="须经推荐的联合研究专项",
        title_en="Joint research with a recommendation",
        source=call_source,
        policy_sha256=combine(source, call_source).sha256,
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        state=CallState.OPEN,
        created_by=cast.secretary,
        published_at=OPENS_AT,
        published_by=cast.secretary,
    )


def administrator(cast: Cast) -> User:
    """ANSO's."""
    if "admin" not in cast.people:
        cast.people["admin"] = User.objects.create(email="admin@demo.example", name_en="Ada Min")
        Membership.objects.create(user=cast.people["admin"], tenant=cast.anso, role=Role.ADMIN)
    return cast.people["admin"]


def recommends(cast: Cast, endorser: Institution, *, unit: str = "recommender", institution: Any = None) -> None:
    """On record: `endorser` endorses for the lead institution, or another one."""
    actions.record_recommender(
        tenant=cast.anso,
        by=administrator(cast),
        unit=unit,
        institution=institution or cast.lead,
        endorser=endorser,
    )


def office_at(name: str, place: Institution) -> User:
    """Somebody new of that institution's office."""
    user = User.objects.create(email=f"{name}@demo.example", name_en=name.title())
    Affiliation.objects.create(user=user, institution=place, kind=AffiliationKind.OFFICE)
    return user


def another_body(name: str, kind: str = InstitutionKind.GOVERNMENT) -> Institution:
    """Another body of endorsement."""
    return Institution.objects.create(name_en=name, country="CN", kind=kind, is_chinese_legal_person=True)


def handed_in(cast: Cast, call: Call, *, endorsers: dict[str, int] | None = None) -> Proposal:
    """With the lead institution's office."""
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi, endorsers=endorsers)
    return proposal


def at_department(cast: Cast, call: Call | None = None) -> Proposal:
    """Endorsed by the office and waiting for the recommending department."""
    recommends(cast, cast.department)
    proposal = handed_in(cast, call or chained_call(cast))
    actions.endorse(proposal=proposal, by=cast.office)
    proposal.refresh_from_db()
    return proposal
