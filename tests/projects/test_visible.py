"""The page of one project opens to exactly those whose list holds it, and judges their part in it alike."""

from typing import Any

import pytest

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Membership, User
from core.errors import NotVisible
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import judged_by, visible_to
from projects.queries.visible import _staffed, arms_for, get_visible
from proposals.enums import ProposalState
from proposals.models import ProposalParty, TeamMember
from reviews.models import Conflict
from tests.cast import Cast
from tests.factories import make_project, make_proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(cast: Cast, call: Any) -> list[Project]:
    """A project of two institutes in every state, each judging person tied to some of them in another way."""
    rows = []
    for number, state in enumerate(ProjectState, start=1):
        for pi, lead in ((cast.pi, cast.lead), (cast.charlie, cast.sibling)):
            proposal = make_proposal(
                cast, call, state=ProposalState.APPROVED, number=number * 2 + (pi == cast.pi), pi=pi,
                lead_institution=lead,
            )  # fmt: skip
            rows.append(make_project(proposal, state=state, finance_expert=cast.expert1))
    for person, row in ((cast.secretary, rows[0]), (cast.expert1, rows[1]), (cast.host, rows[8])):
        Conflict.objects.create(
            tenant=row.tenant, proposal=row.proposal, user=person, kind="declared", source="declared",
            evidence_zh="x", evidence_en="x",
        )  # fmt: skip
    TeamMember.objects.create(tenant=rows[5].tenant, proposal=rows[5].proposal, user=cast.finance)
    ProposalParty.objects.create(tenant=rows[6].tenant, proposal=rows[6].proposal, institution=cast.secretariat)
    Affiliation.objects.create(user=cast.director, institution=cast.sibling, until_date="2020-12-31")
    Affiliation.objects.create(user=cast.host, institution=cast.lead)
    Affiliation.objects.create(user=cast.stranger, institution=cast.lead, kind=AffiliationKind.OFFICE)
    Membership.objects.create(user=cast.charlie, tenant=cast.most, role=Role.SECRETARY)
    Membership.objects.create(user=cast.secretary, tenant=cast.anso, role=Role.HOST)
    return rows


def found(person: User, row: Project) -> Any:
    try:
        return get_visible(person, row.pk)
    except NotVisible:
        return None


def test_a_page_opens_to_those_whose_list_holds_it(cast: Cast, everything: list[Project]) -> None:
    sizes = set()
    for name, person in cast.people.items():
        listed = {row.pk for row in visible_to(person)}
        assert {row.pk for arm in arms_for(person) for row in arm} == listed, name
        opened = [one for row in everything if (one := found(person, row)) is not None]
        assert {one.pk for one in opened} == listed, name
        assert {one.pk for one in opened if one.is_judged} == {row.pk for row in judged_by(person)}, name
        staffed = {row.pk for row in Project.objects.filter(_staffed(person))}
        assert {one.pk for one in opened if one.is_staffed} == staffed, name
        sizes.add(len(listed))
    assert len(sizes) > 4  # the cast differ in what they see
