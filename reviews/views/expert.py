"""The experts' own pages: what they are asked, answering, writing, handing in."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PortalRequest
from core.access import open_to
from core.errors import Refused, StaleRevision
from core.parameters import revision
from programs.queries import effective_policy
from proposals.queries.picture import picture_of
from reviews import actions, rules
from reviews.actions.reviewing import missing_in
from reviews.enums import WRITING_STATES, AssignmentState, ReviewKind
from reviews.forms.desk import review_form, save
from reviews.forms.expert import AcceptForm, ConflictForm, DeclineForm, ReviewForm
from reviews.http import NOT_NOW, NOT_UNDERSTOOD
from reviews.models import Assignment
from reviews.queries.assignments import get_mine, past_of, waiting_of
from reviews.queries.plans import dossier_of
from reviews.views.common import crumb, see_other
from reviews.wording import cited


@open_to(*rules.EXPERTS)
@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    """My invitations and reviews: what waits first, soonest due on top."""
    past = past_of(request.user, request.GET)
    waiting = [] if past.newer else waiting_of(request.user)
    context = {
        "invited": [row for row in waiting if row.state == AssignmentState.INVITED],
        "writing": [row for row in waiting if row.state in WRITING_STATES],
        "past": past.rows,
        "older": past.older,
        "newer": past.newer,
    }
    return render(request, "reviews/mine.html", context)


@open_to(*rules.EXPERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PortalRequest, pk: int) -> HttpResponse:
    """One's review in whatever state it is: invitation, form beside the document, or what was handed in."""
    assignment = get_mine(request.user, pk)
    if assignment.state == AssignmentState.INVITED:
        return _invitation(request, assignment)
    if assignment.state == AssignmentState.DECLINED:
        return render(request, "reviews/declined.html", _frame(request, assignment))
    if assignment.state == AssignmentState.SUBMITTED:
        return _handed_in(request, assignment)
    return _write(request, assignment)


def _frame(request: PortalRequest, assignment: Assignment) -> dict[str, Any]:
    return {
        "assignment": assignment,
        "proposal": assignment.proposal,
        "policy": effective_policy(assignment.proposal.call),
        "is_finance": assignment.kind == ReviewKind.FINANCE,
        "crumbs": [crumb(request, "reviews:mine", _("My reviews"))],
    }


# ---------------------------------------------------------------- the invitation
def _invitation(request: PortalRequest, assignment: Assignment, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Only what it takes to judge one's independence: title, field, people and institutions."""
    dossier = dossier_of(assignment.version)
    policy = effective_policy(assignment.proposal.call)
    context = {
        **_frame(request, assignment),
        "dossier": dossier,
        "field": next((one.label for one in policy.fields if one.key == dossier.field), ""),
        "accept_form": AcceptForm(),
        "decline_form": DeclineForm(auto_id="decline_%s"),
        "conflict_form": ConflictForm(auto_id="conflict_%s"),
        **forms,
    }
    return render(request, "reviews/invitation.html", context, status=status)


@open_to(*rules.EXPERTS)
@require_POST
def accept(request: PortalRequest, pk: int) -> HttpResponse:
    """Accept, declaring no conflict of interest."""
    assignment = get_mine(request.user, pk)
    form = AcceptForm(request.POST)
    if assignment.state == AssignmentState.INVITED and not form.is_valid():
        return _invitation(request, assignment, status=NOT_UNDERSTOOD, accept_form=form)
    row = actions.accept(assignment=assignment, by=request.user, no_conflict=True)
    if row.state == AssignmentState.CONFLICTED:
        messages.info(request, _("A conflict of interest was found, so this review is no longer yours. Thank you."))
        return see_other(request, "reviews:mine")
    messages.success(request, _("Thank you. You can read the proposal and write your review now."))
    return see_other(request, "reviews:review", pk)


@open_to(*rules.EXPERTS)
@require_POST
def decline(request: PortalRequest, pk: int) -> HttpResponse:
    """Say no."""
    assignment = get_mine(request.user, pk)
    form = DeclineForm(request.POST, auto_id="decline_%s")
    if not form.is_valid() and assignment.state == AssignmentState.INVITED:
        return _invitation(request, assignment, status=NOT_UNDERSTOOD, decline_form=form)
    actions.decline(assignment=assignment, by=request.user, reason=form.cleaned_data.get("reason", ""))
    messages.success(request, _("Thank you for your answer."))
    return see_other(request, "reviews:mine")


@open_to(*rules.EXPERTS)
@require_POST
def conflict(request: PortalRequest, pk: int) -> HttpResponse:
    """Declare a conflict of interest: the proposal disappears for the expert (A16)."""
    assignment = get_mine(request.user, pk)
    form = ConflictForm(request.POST, auto_id="conflict_%s")
    if not form.is_valid() and assignment.state == AssignmentState.INVITED:
        return _invitation(request, assignment, status=NOT_UNDERSTOOD, conflict_form=form)
    actions.declare_conflict(assignment=assignment, by=request.user, reason=form.cleaned_data.get("reason", ""))
    messages.success(request, _("Thank you for telling us. You won't see this proposal any more."))
    return see_other(request, "reviews:mine")


# ---------------------------------------------------------------- the review
def _write(request: PortalRequest, assignment: Assignment) -> HttpResponse:
    if request.method != "POST":
        return _writing_page(request, assignment, review_form(assignment))
    form = review_form(assignment, request.POST)
    try:
        row = save(request.user, assignment, form, revision(request.POST.get("revision")))
    except StaleRevision as stale:
        assignment.revision = stale.current_revision
        theirs = _differences(form, stale.current)
        return _writing_page(request, assignment, form, theirs=theirs, status=NOT_NOW)
    if request.POST.get("then") == "finish":
        return see_other(request, "reviews:submit", row.pk)
    messages.success(request, _("Saved."))
    return see_other(request, "reviews:review", row.pk)


def _differences(form: ReviewForm, current: dict[str, Any]) -> list[tuple[Any, str]]:
    """What stands in the portal, where it isn't what the page holds."""
    return [
        (form.fields[name].label, text)
        for name, text in current.items()
        if name in form.fields and text != str(form.data.get(name, ""))
    ]


def _writing_page(
    request: PortalRequest,
    assignment: Assignment,
    form: ReviewForm,
    *,
    theirs: list[tuple[Any, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_frame(request, assignment),
        "form": form,
        "picture": picture_of(assignment.proposal, dossier_of(assignment.version)),
        "missing": missing_in(assignment),
        "theirs": theirs,
        "total_fen": sum(row.line.amount_fen for row in form.lines),
        "suggested_fen": sum(row.suggested_fen for row in form.lines),
        "conflict_form": ConflictForm(auto_id="conflict_%s"),
    }
    return render(request, "reviews/review.html", context, status=status)


@open_to(*rules.EXPERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: PortalRequest, pk: int) -> HttpResponse:
    """Confirm that the review is final: what will be handed in, or all that is missing."""
    assignment = get_mine(request.user, pk)
    if assignment.state == AssignmentState.SUBMITTED:
        if request.method == "POST":
            messages.info(request, _("The review had been handed in already."))
        return see_other(request, "reviews:review", pk)
    if assignment.state not in WRITING_STATES:
        return see_other(request, "reviews:review", pk)
    if request.method == "POST":
        try:
            actions.submit_review(assignment=assignment, by=request.user)
        except Refused as refusal:
            return _confirmation(request, assignment, refusal.findings, status=NOT_NOW)
        messages.success(request, _("Thank you. Your review has been handed in."))
        return see_other(request, "reviews:review", pk)
    return _confirmation(request, assignment, missing_in(assignment))


def _confirmation(
    request: PortalRequest, assignment: Assignment, findings: list[Any], *, status: int = 200
) -> HttpResponse:
    context = {**_frame(request, assignment), **_summary(assignment)}
    context["findings"] = cited(findings, context["policy"])
    return render(request, "reviews/submit.html", context, status=status)


def _handed_in(request: PortalRequest, assignment: Assignment) -> HttpResponse:
    return render(request, "reviews/handed_in.html", {**_frame(request, assignment), **_summary(assignment)})


def _summary(assignment: Assignment) -> dict[str, Any]:
    form = review_form(assignment)
    lines = list(form.lines)
    return {
        "form": form,
        "said": form.initial,
        "lines": lines,
        "total_fen": sum(row.line.amount_fen for row in lines),
        "suggested_fen": sum(row.suggested_fen for row in lines),
    }
