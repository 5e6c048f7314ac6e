"""A review's form made from an assignment, and put into it: the same for the page and for autosave."""

from typing import Any

from accounts.models import User
from core.errors import Refused
from programs.queries import effective_policy
from reviews import actions
from reviews.enums import ReviewKind
from reviews.forms.expert import ReviewForm
from reviews.models import Assignment
from reviews.queries.assignments import opinion_lines, written


def review_form(assignment: Assignment, data: Any = None) -> ReviewForm:
    """The form of the assignment's kind, with what was written so far."""
    is_finance = assignment.kind == ReviewKind.FINANCE
    stage = effective_policy(assignment.proposal.call).review_stage("finance" if is_finance else "domain")
    if stage is None:
        raise Refused([])
    return ReviewForm(
        data,
        stage=stage,
        lines=opinion_lines(assignment) if is_finance else (),
        written=None if data is not None else written(assignment),
    )


def save(by: User, assignment: Assignment, form: ReviewForm, revision: int) -> Assignment:
    """Keep what the form holds, understood or not. Raises what `save_review` raises."""
    unread = form.unread
    data = form.cleaned_data
    return actions.save_review(
        assignment=assignment,
        by=by,
        scores=form.scores(),
        comment=data.get("comment") or "",
        recommendation=data.get("recommendation") or "",
        revision=revision,
        lines=form.opinions(),
        unread=unread,
    )
