"""The approval's signal begins the project in its own transaction; reminders follow the book."""

import contextlib
from typing import Any

import pytest
from django.db import transaction

from notifications.models import Notice, Reminder
from programs.models import Call
from projects import actions
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import approved_dossier, book_dossier
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews.signals import proposal_funded
from tests.cast import Cast
from tests.factories import make_proposal
from tests.projects.world import in_review, start


def fund(proposal: Proposal, cast: Cast, amount_fen: int) -> None:
    version = proposal.versions.last()
    proposal_funded.send(sender=Proposal, proposal=proposal, version=version, amount_fen=amount_fen, by=cast.director)


def test_a_funded_proposal_becomes_a_project_once(cast: Cast, call: Call) -> None:
    proposal = make_proposal(cast, call, state=ProposalState.APPROVED)
    fund(proposal, cast, 100_000_000)
    fund(proposal, cast, 100_000_000)
    project = Project.objects.get()
    assert (project.state, project.approved_fen) == (ProjectState.BOOK_DRAFTING, 100_000_000)
    assert book_dossier(project)[0] == approved_dossier(project)
    assert Notice.objects.filter(user=cast.pi, kind="book-due").count() == 1


def test_an_approval_that_fails_leaves_no_project(cast: Cast, call: Call) -> None:
    proposal = make_proposal(cast, call, state=ProposalState.APPROVED)
    with contextlib.suppress(RuntimeError), transaction.atomic():
        fund(proposal, cast, 100_000_000)
        raise RuntimeError
    assert not Project.objects.exists()


def waiting(kind: str) -> set[str]:
    rows = Reminder.objects.filter(kind=kind, cancelled_at__isnull=True, sent_at__isnull=True)
    return {one.user.email.split("@")[0] for one in rows.select_related("user")}


def test_reminders_follow_whose_turn_it_is(cast: Cast, anso: Any, clock: Any) -> None:
    project = start(cast)
    assert waiting("book-due") == {"pi"}
    actions.submit_book(project=project, by=cast.pi)
    assert waiting("book-due") == set()
    assert waiting("book-review") == {"secretary", "finance"}


def test_an_opinion_ends_the_reminders_of_its_author(cast: Cast, anso: Any, clock: Any) -> None:
    project = in_review(cast)
    assert "expert1" in waiting("book-review")
    actions.give_opinion(project=project, by=cast.expert1, kind="finance", verdict="revise", comment="basis")
    assert "expert1" not in waiting("book-review")
    actions.give_opinion(project=project, by=cast.secretary, kind="secretariat", verdict="agree")
    assert waiting("book-review") == set()
    assert waiting("book-due") == {"pi"}


def test_locked_parts_cannot_change(cast: Cast, anso: Any, clock: Any) -> None:
    from core.errors import Refused

    project = start(cast)
    for data in ({"title_zh": "另一题目"}, {"parties": []}, {"end_date": "2030-01-01"}, {"nonsense": 1}):
        with pytest.raises(Refused, match="fixed by the approval"):
            actions.save_book(project=project, by=cast.pi, data=data, revision=0)
    same = approved_dossier(project).model_dump(mode="json")
    actions.save_book(project=project, by=cast.pi, data=same, revision=0)
