"""Who is tied to a proposal judges nothing of it; nobody but staff reads a reviewer's name (A16)."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Affiliation
from core.errors import NotVisible
from notifications.models import Notice
from proposals import actions
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalParty, TeamMember
from proposals.queries import impartial, is_impartial, judged_by, visible_to
from reviews.tasklist import tasks as review_tasks
from tests import factories
from tests.cast import Cast
from tests.projects.test_conflicts import TIES
from tests.proposals.helpers import let_write


@pytest.fixture
def submitted(cast: Cast, anso: Any, clock: Any) -> Proposal:
    """A received proposal."""
    return factories.make_proposal(cast, factories.make_call(cast.anso, cast.secretary), state=ProposalState.SUBMITTED)


def tie(cast: Cast, person: Any, proposal: Proposal, how: str) -> None:
    """Tie the person to the proposal."""
    if how == "staff of the lead":
        Affiliation.objects.create(user=person, institution=cast.lead)
    elif how == "formerly of the lead":
        Affiliation.objects.create(user=person, institution=cast.lead, until_date="2020-12-31")
    elif how == "partner":
        Affiliation.objects.create(user=person, institution=cast.kenya)
        ProposalParty.objects.create(tenant=proposal.tenant, proposal=proposal, institution=cast.kenya)
    elif how == "team":
        TeamMember.objects.create(tenant=proposal.tenant, proposal=proposal, user=person)
    else:
        let_write(proposal, person)


@pytest.mark.parametrize("how", TIES)
def test_tied_secretary_judges_nothing(how: str, cast: Cast, submitted: Proposal) -> None:
    assert is_impartial(cast.secretary, submitted)
    tie(cast, cast.secretary, submitted, how)
    assert not judged_by(cast.secretary).exists()
    assert not is_impartial(cast.secretary, submitted)
    assert cast.secretary not in impartial(factories.User.objects.all(), submitted)
    assert visible_to(cast.secretary).exists() == (how == "co-writer")  # who wrote it reads it, as a writer
    points = {"complete": {"ok": True, "note": ""}}
    with pytest.raises(NotVisible):
        actions.decide_check(proposal=submitted, by=cast.secretary, decision="pass", points=points, reason="")


@pytest.mark.parametrize("how", TIES)
def test_tied_secretary_is_told_nothing(how: str, cast: Cast, submitted: Proposal) -> None:
    tie(cast, cast.secretary, submitted, how)
    actions.withdraw(proposal=submitted, by=cast.pi)
    assert not Notice.objects.filter(user=cast.secretary).exists()


@pytest.mark.parametrize("how", TIES)
def test_tied_secretary_has_no_experts_to_assign(how: str, cast: Cast, anso: Any, clock: Any) -> None:
    call = factories.make_call(cast.anso, cast.secretary)
    checked = factories.make_proposal(cast, call, state=ProposalState.CHECKED)
    assert [item.kind for item in review_tasks(cast.secretary, [cast.anso])] == ["assign"]
    tie(cast, cast.secretary, checked, how)
    assert review_tasks(cast.secretary, [cast.anso]) == []


def test_reviewers_do_not_read_each_others_names(cast: Cast, anso: Any, clock: Any, client: Any) -> None:
    call = factories.make_call(cast.anso, cast.secretary)
    proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING)
    version = proposal.versions.last()
    assert version is not None
    for person in (cast.reviewer1, cast.reviewer2):
        factories.make_assignment(proposal, factories.make_expert(cast.anso, person), cast.secretary)
    actions.issue_version_pdf(version=version, language="en", by=cast.reviewer1)
    client.force_login(cast.reviewer2)
    page = client.get(reverse("proposals:detail", args=["anso", proposal.pk]))
    assert page.status_code == 200
    assert cast.reviewer1.name_en not in page.content.decode()
    client.force_login(cast.director)
    assert (
        cast.reviewer1.name_en in client.get(reverse("proposals:detail", args=["anso", proposal.pk])).content.decode()
    )


def test_endorsing_keeps_the_institutions_of_the_frozen_version(cast: Cast, anso: Any, clock: Any) -> None:
    from tests.proposals.helpers import complete_draft

    proposal = complete_draft(cast, factories.make_call(cast.anso, cast.secretary))
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    held = set(proposal.institutions.values_list("institution", flat=True))
    assert {cast.lead.pk, cast.nepal.pk, cast.kenya.pk, cast.university.pk} <= held
