"""Assigning experts to a proposal, reminding and releasing them, putting conflicts on record."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.http import PortalRequest
from core import clock
from core.access import open_to
from core.errors import NotVisible, Refused
from core.parameters import whole
from programs.queries import effective_policy
from proposals.models import Proposal, ProposalVersion
from reviews import actions, rules
from reviews.enums import ReviewKind
from reviews.forms.staff import AssignForm, CandidateFilter, ReasonForm, ReleaseForm, filters_of
from reviews.http import NOT_NOW, NOT_UNDERSTOOD
from reviews.models import Expert
from reviews.queries.assignments import get_for_staff
from reviews.queries.panels import panel_findings
from reviews.queries.plans import dossier_of
from reviews.queries.pool import assigned_to, candidates, chosen_candidates, known_conflicts, page_of_candidates
from reviews.views.common import crumb, judged, see_other, version_of
from reviews.wording import cited


@open_to(Role.SECRETARY, Role.FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: PortalRequest, pk: int) -> HttpResponse:
    """Candidates of one kind with load, match and conflicts; several are asked at once."""
    proposal = judged(request, pk)
    kinds = rules.kinds_to_assign(request.roles)
    kind = request.POST.get("kind") or request.GET.get("kind") or kinds[0]
    if kind not in kinds:
        raise NotVisible
    version = version_of(proposal)
    desk = _Desk(request, proposal, version, kind)
    chosen = _chosen(request, kind)
    form = AssignForm(request.POST or None, allowed=[one.pk for one in chosen], initial={"kind": kind})
    findings: list[Any] = []
    if request.method == "POST" and form.is_valid():
        done, findings = actions.assign_many(
            proposal=proposal,
            experts=[one for one in chosen if one.pk in form.expert_ids],
            kind=kind,
            by=request.user,
            due_at=clock.end_of_day(form.cleaned_data["due_date"], request.tenant.zone),
        )
        if done:
            _say_assigned(request, len(done))
        if not findings:
            return see_other(request, "reviews:assign", pk, query=f"?kind={kind}")
        desk = _Desk(request, proposal, version, kind)
    status = NOT_NOW if findings else NOT_UNDERSTOOD if form.errors else 200
    context = {**_page(request, desk, kinds), "form": form}
    context["findings"] = cited(findings, effective_policy(proposal.call))
    return render(request, "reviews/assign.html", context, status=status)


def _chosen(request: PortalRequest, kind: str) -> list[Expert]:
    """Whom a POST names: on whatever page of the candidates they stood."""
    named = {pk for text in request.POST.getlist("experts") if (pk := whole(text)) is not None}
    return chosen_candidates(kind, named) if named else []


class _Desk:
    """What the page shows of one proposal and kind, as it is now: one page of the candidates."""

    def __init__(self, request: PortalRequest, proposal: Proposal, version: ProposalVersion, kind: str) -> None:
        self.proposal, self.kind, self.filters = proposal, kind, CandidateFilter(request.GET)
        self.conflicts, self.assigned = list(known_conflicts(proposal)), assigned_to(proposal)
        self.before = panel_findings(proposal, version) if kind == ReviewKind.FINANCE else []
        dossier = dossier_of(version)
        text, self.is_first = filters_of(self.filters).get("q", ""), not request.GET.get("after")
        page, self.older = page_of_candidates(kind, dossier.field, text=text, after=request.GET.get("after", ""))
        self.rows = candidates(proposal, dossier, page, conflicts=self.conflicts, assigned=self.assigned)


def _say_assigned(request: PortalRequest, count: int) -> None:
    text = ngettext("%(n)d expert was invited.", "%(n)d experts were invited.", count)
    messages.success(request, text % {"n": count})


def _page(request: PortalRequest, desk: _Desk, kinds: list[str]) -> dict[str, Any]:
    proposal, kind, rows = desk.proposal, desk.kind, desk.rows
    policy = effective_policy(proposal.call)
    article, assigned = policy.articles.get("A16"), desk.assigned
    return {
        "proposal": proposal,
        "kind": kind,
        "conflict_article": article.label if article else "",
        "minimum": policy.minimum_reviews("finance" if kind == ReviewKind.FINANCE else "domain"),
        "assigned": [row for row in assigned if row.kind == kind],
        "filters": desk.filters,
        "free": [row for row in rows if row.can_be_assigned],
        "barred": [row for row in rows if not row.can_be_assigned and row.assigned is None],
        "older": desk.older,
        "is_first": desk.is_first,
        "conflicts": desk.conflicts,
        "before": cited(desk.before, policy),
        "can_assign": proposal.state in actions.REVIEWABLE and not desk.before,
        "is_secretary": Role.SECRETARY in request.roles,
        "conflict_form": ReasonForm(prefix="conflict"),
        "crumbs": [
            crumb(request, "proposals:list", _("Proposals")),
            crumb(request, "proposals:detail", proposal.application_number, proposal.pk),
        ],
        "tabs": [
            {
                "url": f"?kind={one}",
                "label": ReviewKind(one).label,
                "is_current": one == kind,
                "count": sum(1 for row in assigned if row.kind == one),
            }
            for one in kinds
        ],
    }


@open_to(Role.SECRETARY, Role.FINANCE)
@require_POST
def remind(request: PortalRequest, pk: int) -> HttpResponse:
    """Remind an expert now."""
    assignment = get_for_staff(pk)
    actions.remind_now(assignment=assignment, by=request.user)
    messages.success(request, _("A reminder is on its way (one a day at most)."))
    return see_other(request, "reviews:assign", assignment.proposal_id, query=f"?kind={assignment.kind}")


@open_to(Role.SECRETARY, Role.FINANCE)
@require_POST
def release(request: PortalRequest, pk: int) -> HttpResponse:
    """Take an invitation or an unfinished review back."""
    assignment = get_for_staff(pk)
    form = ReleaseForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.release(assignment=assignment, by=request.user, reason=reason)
    messages.success(request, _("The invitation was taken back."))
    return see_other(request, "reviews:assign", assignment.proposal_id, query=f"?kind={assignment.kind}")


@open_to(Role.SECRETARY, Role.FINANCE)
@require_POST
def reopen(request: PortalRequest, pk: int) -> HttpResponse:
    """Give a submitted review back for improvement."""
    assignment = get_for_staff(pk)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.reopen(assignment=assignment, by=request.user, reason=reason)
    messages.success(request, _("The review was given back."))
    return see_other(request, "reviews:results", assignment.proposal_id)


@open_to(*rules.RESULT_READERS)
@require_POST
def conflict(request: PortalRequest, pk: int) -> HttpResponse:
    """Put on record that an expert, or oneself, must stay out (A16)."""
    proposal = judged(request, pk)
    form = ReasonForm(request.POST, prefix="conflict")
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    if request.POST.get("who") == "me":
        actions.record_conflict(proposal=proposal, user=request.user, by=request.user, reason=reason)
        messages.success(request, _("Recorded. You won't see this proposal any more."))
        return see_other(request, "proposals:list")
    assignment = get_for_staff(_number(request.POST.get("who", "")))
    if assignment.proposal_id != proposal.pk:
        raise NotVisible
    try:
        actions.record_conflict(proposal=proposal, user=assignment.expert.user, by=request.user, reason=reason)
    except Refused as refusal:
        messages.error(request, " ".join(str(one.message) for one in refusal.findings))
    else:
        messages.success(request, _("The conflict of interest is on record; the expert is out."))
    return see_other(request, "reviews:assign", pk, query=f"?kind={assignment.kind}")


def _number(text: str) -> int:
    found = whole(text)
    if found is None:
        raise NotVisible
    return found
