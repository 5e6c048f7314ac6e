"""Who is tied to a project judges nothing of it, and nobody but staff reads an expert's name (A16)."""

from typing import Any

import pytest
from django.urls import reverse

from acceptance.tasklist import tasks as acceptance_tasks
from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Membership
from audit.actions import record
from core.errors import NotVisible
from notifications.models import Notice
from projects import actions
from projects.enums import ProjectState
from projects.queries import history, judged_by, visible_to, waiting_for_signature
from projects.queries.signing import trays_of
from projects.tasklist import tasks
from proposals.actions import issue_version_pdf
from proposals.models import ProposalParty, TeamMember
from tests import factories
from tests.acceptance import stages
from tests.cast import Cast
from tests.projects.world import being_signed, funded, in_review
from tests.proposals.helpers import let_write

TIES = ("staff of the lead", "formerly of the lead", "partner", "team", "co-writer")


def tie(cast: Cast, person: Any, project: Any, how: str) -> None:
    """Tie the person to the project's proposal."""
    if how == "staff of the lead":
        Affiliation.objects.create(user=person, institution=cast.lead)
    elif how == "formerly of the lead":
        Affiliation.objects.create(user=person, institution=cast.lead, until_date="2020-12-31")
    elif how == "partner":
        Affiliation.objects.create(user=person, institution=cast.kenya)
        ProposalParty.objects.create(tenant=project.tenant, proposal=project.proposal, institution=cast.kenya)
    elif how == "team":
        TeamMember.objects.create(tenant=project.tenant, proposal=project.proposal, user=person)
    else:
        let_write(project.proposal, person)


@pytest.mark.parametrize("how", TIES)
@pytest.mark.parametrize("role", ["secretary", "finance", "director"])
def test_tied_staff_do_not_see_the_project(role: str, how: str, cast: Cast, call: Any, as_: Any) -> None:
    project = funded(cast, call, state=ProjectState.BOOK_REVIEW)
    person = cast.people[role]
    assert visible_to(person).filter(pk=project.pk).exists()
    tie(cast, person, project, how)
    assert not visible_to(person).exists()
    assert not judged_by(person).exists()
    assert tasks(person, [cast.anso]) == []
    client = as_(person)
    assert client.get(reverse("projects:detail", args=["anso", project.pk])).status_code == 404
    assert client.get(reverse("projects:book", args=["anso", project.pk])).status_code == 404
    assert project.title_en not in client.get(reverse("projects:list", args=["anso"])).content.decode()


def test_secretary_of_the_leads_office_neither_judges_nor_signs_for_the_funder(cast: Cast, call: Any) -> None:
    """As the institution's office she sees the project all the same; as the secretariat she must not act."""
    project = being_signed(cast, call, signed=2)
    Affiliation.objects.create(user=cast.secretary, institution=cast.lead, kind=AffiliationKind.OFFICE)
    assert visible_to(cast.secretary).exists()
    assert trays_of(cast.secretary) == {}
    assert waiting_for_signature(cast.secretary) == []
    with pytest.raises(NotVisible):
        actions.sign_book(project=project, party="secretariat", by=cast.secretary)


def test_tied_staff_cannot_give_the_secretariats_opinion(cast: Cast, anso: Any, clock: Any) -> None:
    project = in_review(cast)
    Affiliation.objects.create(user=cast.secretary, institution=cast.lead)
    with pytest.raises(NotVisible):
        actions.give_opinion(project=project, by=cast.secretary, kind="secretariat", verdict="agree")


def test_host_signs_for_a_project_of_its_own_institution(cast: Cast, call: Any) -> None:
    """Host and lead may be one institution: its signature as the host judges nothing, and must stay possible."""
    project = being_signed(cast, call, signed=3)
    Affiliation.objects.create(user=cast.host, institution=cast.lead)
    assert [one.project for one in waiting_for_signature(cast.host)] == [project]
    assert actions.sign_book(project=project, party="host", by=cast.host).project.grant_number


def test_tied_staff_are_told_nothing(cast: Cast, call: Any) -> None:
    Affiliation.objects.create(user=cast.secretary, institution=cast.lead)
    project = funded(cast, call)
    actions.submit_book(project=project, by=cast.pi)
    assert not Notice.objects.filter(user=cast.secretary).exists()
    assert Notice.objects.filter(user=cast.finance).exists()


def test_tied_staff_learn_nothing_of_an_acceptance(cast: Cast, anso: Any, clock: Any) -> None:
    clock.set(stages.AFTER_TERM)
    other = factories.User.objects.create(email="second@demo.example", name_en="Second Secretary")
    Membership.objects.create(user=other, tenant=cast.anso, role=Role.SECRETARY)
    Affiliation.objects.create(user=other, institution=cast.lead)
    project = stages.project_of(cast, anso)
    assert list(acceptance_tasks(other, [anso])) == []
    stages.filed(cast, project)
    assert list(acceptance_tasks(other, [anso])) == []
    assert not Notice.objects.filter(user=other).exists()
    assert Notice.objects.filter(user=cast.secretary).exists()


@pytest.mark.parametrize("reader", ["pi", "office", "host", "expert2"])
def test_only_staff_read_who_asked_for_a_document(reader: str, cast: Cast, call: Any, as_: Any) -> None:
    """The first reader of a version has its PDF made; that may be a reviewer, whose name stays with the staff."""
    project = funded(cast, call, state=ProjectState.BOOK_REVIEW, finance_expert=cast.expert2)
    if reader == "host":
        type(project).objects.filter(pk=project.pk).update(state=ProjectState.SIGNING)
    issue_version_pdf(version=project.version, language="en", by=cast.reviewer1)
    record(tenant=cast.anso, actor=cast.expert1, action="review.submit", subject=project.proposal)
    names = {event.actor for event in history(cast.people[reader], project)}
    assert not names & {cast.reviewer1, cast.expert1}
    page = as_(cast.people[reader]).get(reverse("projects:detail", args=["anso", project.pk])).content.decode()
    assert cast.reviewer1.name_en not in page
    assert cast.reviewer1 in {event.actor for event in history(cast.secretary, project)}
