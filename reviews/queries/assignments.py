"""Reads of an expert's own reviews. A conflict of interest subtracts last (A16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from budgets.models import Annotation, BudgetLine
from budgets.queries import annotations_of, lines_of
from core.errors import NotVisible
from core.keyset import Page, page_of
from core.money import format_yuan
from core.rows import only
from proposals.enums import ProposalState
from proposals.queries import without_conflict
from reviews.enums import WAITING_STATES, AssignmentState, ReviewKind
from reviews.models import Assignment, Score

MOST_WAITING = 100
# Gone for the expert: never asked, or out because of a conflict.
_HIDDEN = (AssignmentState.PROPOSED, AssignmentState.CONFLICTED)


def assignments_of(user: User) -> QuerySet[Assignment]:
    """The invitations and reviews of `user` in the active tenants, soonest due first."""
    free = without_conflict(user, key="proposal_id", path="proposal__")
    return (
        Assignment.objects.filter(free, expert__user=user)
        .exclude(state__in=_HIDDEN)
        .exclude(proposal__state=ProposalState.WITHDRAWN)
        .select_related("proposal__call", "tenant")
        .order_by("due_at", "pk")
    )


def waiting_of(user: User) -> list[Assignment]:
    """The invitations and reviews that wait for `user`, soonest due first, no more than one has capacity for."""
    return list(assignments_of(user).filter(state__in=WAITING_STATES)[:MOST_WAITING])


def past_of(user: User, parameters: Mapping[str, str]) -> Page[Assignment]:
    """A page of the others, newest first."""
    return page_of(assignments_of(user).exclude(state__in=WAITING_STATES), parameters, column="-id")


def get_mine(user: User, pk: int) -> Assignment:
    """The person's own review with proposal, call, policy sources and version. Raises NotVisible."""
    rows = assignments_of(user).select_related(
        "tenant",
        "expert__user",
        "version",
        "proposal__call__policy_version",
        "proposal__call__programme",
        "proposal__pi",
        "proposal__lead_institution",
    )
    assignment: Assignment | None = only(rows.filter(pk=pk))
    if assignment is None:
        raise NotVisible
    return assignment


def get_for_staff(pk: int) -> Assignment:
    """Any review of the active tenant; the caller checks who asks. Raises NotVisible."""
    rows = Assignment.objects.select_related("tenant", "proposal__call", "expert__user", "version")
    assignment: Assignment | None = only(rows.filter(pk=pk))
    if assignment is None:
        raise NotVisible
    return assignment


def scores_of(assignment: Assignment) -> dict[str, Score]:
    """The points and comments so far, by criterion. One query."""
    return {score.criterion: score for score in Score.objects.filter(assignment=assignment)}


@dataclass(frozen=True)
class OpinionLine:
    """A budget line as the PI wrote it, with this expert's annotation if any."""

    line: BudgetLine
    annotation: Annotation | None

    @property
    def suggested_fen(self) -> int:
        """The suggestion; the PI's figure until there is one."""
        return self.annotation.suggested_fen if self.annotation else self.line.amount_fen


def opinion_lines(assignment: Assignment) -> list[OpinionLine]:
    """The budget lines that a finance expert judges. Two queries."""
    book = assignment.version.budget_book_id
    said = annotations_of(book, assignment.expert.user)
    return [OpinionLine(line, said.get(line.pk)) for line in lines_of(book)]


def written(assignment: Assignment) -> dict[str, str]:
    """What stands in the review's form now, by form field, with what could not be understood as it was typed."""
    values: dict[str, Any] = {"comment": assignment.comment, "recommendation": assignment.recommendation}
    if assignment.kind == ReviewKind.FINANCE:
        for row in opinion_lines(assignment):
            said = row.annotation
            values[f"line-{row.line.pk}-is_reasonable"] = said.is_reasonable if said else ""
            values[f"line-{row.line.pk}-is_relevant"] = said.is_relevant if said else ""
            values[f"line-{row.line.pk}-suggested"] = format_yuan(row.suggested_fen)
            values[f"line-{row.line.pk}-reason"] = said.reason if said else ""
    else:
        for key, score in scores_of(assignment).items():
            values[f"score-{key}-points"] = "" if score.points is None else str(score.points)
            values[f"score-{key}-comment"] = score.comment
    return {name: str(value) for name, value in {**values, **assignment.unread}.items()}
