"""Every action on a book in every state by everybody: who has no right sees nothing, who is too early or late is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from core.errors import NotVisible, Refused
from projects import actions
from projects.enums import ProjectState
from projects.models import Project
from reviews.enums import ReviewKind
from reviews.models import Expert
from tests.cast import Cast
from tests.factories import make_expert
from tests.projects.world import being_signed

S = ProjectState
BOOK_STATES = (S.BOOK_DRAFTING, S.BOOK_REVIEW)
Action = Callable[[Project, Any], Any]


def _assign(project: Project, by: Any) -> Any:
    return actions.assign_finance_expert(
        project=project, expert=Expert.objects.get(user__email__startswith="expert2"), by=by
    )


ACTIONS: dict[str, tuple[Action, set[str], tuple[str, ...]]] = {
    "save": (
        lambda p, by: actions.save_book(project=p, by=by, data={"objectives_en": "new"}, revision=0),
        {"pi"},
        (S.BOOK_DRAFTING,),
    ),
    "scale": (lambda p, by: actions.scale_book(project=p, by=by, revision=0), {"pi"}, (S.BOOK_DRAFTING,)),
    "submit": (lambda p, by: actions.submit_book(project=p, by=by), {"pi"}, (S.BOOK_DRAFTING,)),
    "assign": (_assign, {"secretary", "finance"}, BOOK_STATES),
    "book opinion": (
        lambda p, by: actions.give_opinion(project=p, by=by, kind="secretariat", verdict="agree"),
        {"secretary"},
        (S.BOOK_REVIEW,),
    ),
    "budget opinion": (
        lambda p, by: actions.give_opinion(project=p, by=by, kind="finance", verdict="agree"),
        {"expert1"},
        (S.BOOK_REVIEW,),
    ),
    "sign as PI": (lambda p, by: actions.sign_book(project=p, party="pi", by=by), {"pi"}, (S.SIGNING,)),
}
PEOPLE = (
    "pi", "office", "secretary", "finance", "director", "host", "reviewer1", "conflicted", "expert1", "expert2", "charlie",
    "sibling_office", "stranger", "mo",
)  # fmt: skip


class _Undone(Exception):
    """Takes back what an allowed attempt did."""


def _outcome(action: Action, project: Project, by: Any) -> str:
    try:
        with transaction.atomic():
            action(Project.objects.get(pk=project.pk), by)
            raise _Undone
    except _Undone:
        return "done"
    except NotVisible:
        return "hidden"
    except Refused:
        return "refused"


@pytest.mark.parametrize("state", list(ProjectState))
def test_actions_by_state_and_person(cast: Cast, call: Any, state: str) -> None:
    project = being_signed(cast, call)
    for expert in (cast.expert1, cast.expert2):
        make_expert(cast.anso, expert, kind=ReviewKind.FINANCE)
    established = state not in (*BOOK_STATES, S.SIGNING)
    Project.objects.filter(pk=project.pk).update(
        state=state,
        finance_expert=cast.expert1,
        grant_number="ANSO-JR-2021-01" if established else None,
        established_at=project.created_at if established else None,
    )
    wrong = []
    for name, (action, allowed, states) in ACTIONS.items():
        for person in PEOPLE:
            expected = "hidden" if person not in allowed else "done" if state in states else "refused"
            found = _outcome(action, project, getattr(cast, person))
            if found != expected:
                wrong.append((name, person, found, expected))
    assert not wrong


def test_every_state_of_the_lifecycle_is_tried() -> None:
    assert {state for _action, _people, states in ACTIONS.values() for state in states} == {
        S.BOOK_DRAFTING, S.BOOK_REVIEW, S.SIGNING,
    }  # fmt: skip
