"""The lifecycles of a review assignment and of a funding plan."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from reviews.enums import AssignmentState as A
from reviews.enums import PlanState as P


class AssignmentLifecycle(Lifecycle):
    """proposed → invited → accepted | declined | conflicted → in progress → submitted → (reopened)."""

    state = FSMField(default=A.PROPOSED, choices=A.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=A.PROPOSED, target=A.INVITED)
    def invite(self) -> None:
        """The expert is asked."""

    @transition(field=state, source=A.INVITED, target=A.ACCEPTED)
    def accept(self) -> None:
        """The expert accepts and declares no conflict (A16)."""

    @transition(field=state, source=[A.INVITED, A.ACCEPTED, A.IN_PROGRESS], target=A.DECLINED)
    def decline(self) -> None:
        """The expert can't."""

    @transition(field=state, source=[A.PROPOSED, A.INVITED, A.ACCEPTED, A.IN_PROGRESS], target=A.CONFLICTED)
    def declare_conflict(self) -> None:
        """A conflict was declared or found: the expert sees nothing of it any more (A16)."""

    @transition(field=state, source=[A.ACCEPTED, A.IN_PROGRESS], target=A.IN_PROGRESS)
    def save_draft(self) -> None:
        """Scores or annotations are being written."""

    @transition(field=state, source=[A.ACCEPTED, A.IN_PROGRESS], target=A.SUBMITTED)
    def submit(self) -> None:
        """The review is handed in and frozen."""

    @transition(field=state, source=A.SUBMITTED, target=A.IN_PROGRESS)
    def reopen(self) -> None:
        """Staff return it for improvement."""


class PlanLifecycle(Lifecycle):
    """drafting → approving → approved | returned → drafting (A23)."""

    state = FSMField(default=P.DRAFTING, choices=P.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=P.DRAFTING, target=P.APPROVING)
    def hand_in(self) -> None:
        """Before the executive director, bound by its hash."""

    @transition(field=state, source=P.APPROVING, target=P.APPROVED)
    def approve(self) -> None:
        """Approved by someone who did not prepare it."""

    @transition(field=state, source=P.APPROVING, target=P.RETURNED)
    def send_back(self) -> None:
        """Returned with reasons."""

    @transition(field=state, source=P.RETURNED, target=P.DRAFTING)
    def revise(self) -> None:
        """The secretariat works on it again."""
