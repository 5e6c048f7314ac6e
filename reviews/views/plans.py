"""Funding plans: the secretariat prepares, the executive director decides (A23)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Role
from accounts.http import PortalRequest
from audit.queries import history_of
from core.access import open_to
from core.errors import NotVisible, Refused
from core.keyset import page_of
from core.limits import at_most
from core.parameters import whole
from programs.findings import Stage
from programs.queries import calls_for, effective_policy, get_call
from proposals.models import Proposal
from reviews import actions, exports, rules
from reviews.actions.deciding import has_prepared
from reviews.enums import LineDecision, PlanState
from reviews.forms.staff import LineForm, PlanCommentForm, PlanDecisionForm
from reviews.http import NOT_NOW, NOT_UNDERSTOOD
from reviews.models import FundingPlan
from reviews.queries.plans import (
    PlanRow,
    changes_since_return,
    get_plan,
    panels_shown,
    plans_visible_to,
    rows_of_plan,
    rows_to_plan,
    with_totals,
)
from reviews.views.common import crumb, judged, see_other
from reviews.views.results import attachment
from reviews.wording import cited


@open_to(*rules.PLAN_READERS)
@require_safe
def plan_list(request: PortalRequest) -> HttpResponse:
    """All plans, newest first, and the calls for which one can be started."""
    page = page_of(with_totals(plans_visible_to(request.user)), request.GET, column="-id")
    can_prepare = Role.SECRETARY in request.roles
    context = {
        "rows": page.rows,
        "older": page.older,
        "newer": page.newer,
        "calls": list(calls_for(request.roles)[:50]) if can_prepare else [],
        "can_prepare": can_prepare,
    }
    return render(request, "reviews/plan_list.html", context)


@open_to(Role.SECRETARY)
@require_POST
def plan_new(request: PortalRequest) -> HttpResponse:
    """Start a plan for a call."""
    call = get_call(request.roles, _number(request.POST.get("call", "")))
    plan = actions.start_plan(call=call, by=request.user)
    return see_other(request, "reviews:plan", plan.pk)


@open_to(*rules.PLAN_READERS)
@require_safe
def plan(request: PortalRequest, pk: int) -> HttpResponse:
    """The whole plan with results, findings, changes and history; forms for whoever may act on it."""
    return _page(request, get_plan(request.user, pk))


def _page(
    request: PortalRequest,
    row: FundingPlan,
    *,
    findings: list[Any] | None = None,
    line_form: LineForm | None = None,
    line_of: int = 0,
    decision_form: PlanDecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_secretary, is_editable = Role.SECRETARY in request.roles, row.state == PlanState.DRAFTING
    stage = Stage.AWARD if row.state == PlanState.APPROVING else Stage.PLAN
    rows = rows_of_plan(row, stage=stage)
    funded = [one.line for one in rows if one.line and one.line.decision == LineDecision.FUND]
    can_edit = is_secretary and is_editable
    can_decide = Role.DIRECTOR in request.roles and row.state == PlanState.APPROVING
    history = list(history_of(row))
    context = {
        "plan": row,
        "rows": [(one, _line_form(one, line_form if one.proposal.pk == line_of else None)) for one in rows],
        "total_fen": sum(line.amount_fen for line in funded),
        "requested_fen": sum(one.proposal.requested_fen for one in rows),
        "funded": len(funded),
        "declined": len(rows) - len(funded),
        "is_blocked": any(one.blocking for one in rows),
        "addable": rows_to_plan(request.user, row.call) if can_edit else [],
        "can_edit": can_edit,
        "can_revise": is_secretary and row.state == PlanState.RETURNED,
        "can_decide": can_decide,
        "is_preparer": can_decide and has_prepared(request.user, row),
        "findings": cited(findings or [], effective_policy(row.call)),
        "comment_form": PlanCommentForm(initial={"comment": row.comment}),
        "decision_form": decision_form or PlanDecisionForm(),
        # What is decided is what this page shows.
        "seen": {"plan": row.content_sha256, "panels": panels_shown(one.panel for one in rows)},
        "changes": changes_since_return(history),
        "history": history[::-1],
        "crumbs": [crumb(request, "reviews:plan_list", _("Funding plans"))],
    }
    return render(request, "reviews/plan.html", context, status=status)


def _line_form(row: PlanRow, bound: LineForm | None) -> LineForm:
    if bound is not None or row.line is None:
        return bound or LineForm(prefix=f"p{row.proposal.pk}")
    line = row.line
    amount = line.amount_fen if line.decision == LineDecision.FUND else row.suggested_fen
    initial = {"decision": line.decision, "amount": amount, "note": line.note}
    return LineForm(prefix=f"p{row.proposal.pk}", initial=initial)


@open_to(Role.SECRETARY)
@require_POST
def plan_add(request: PortalRequest, pk: int) -> HttpResponse:
    """Put the chosen proposals in, each with the amount that its reviews suggest."""
    row = get_plan(request.user, pk)
    chosen = set(request.POST.getlist("items"))
    count, findings = 0, []
    for one in rows_to_plan(request.user, row.call):
        if str(one.proposal.pk) not in chosen:
            continue
        try:
            actions.put_line(
                plan=row,
                proposal=one.proposal,
                by=request.user,
                decision=LineDecision.FUND,
                amount_fen=one.suggested_fen,
            )
            count += 1
        except Refused as refusal:
            findings += refusal.findings
    if count:
        text = ngettext("%(n)d proposal was put in.", "%(n)d proposals were put in.", count)
        messages.success(request, text % {"n": count})
    elif not findings:
        messages.info(request, _("Select the proposals to put in."))
    if findings:
        return _page(request, row, findings=findings, status=NOT_NOW)
    return see_other(request, "reviews:plan", pk)


@open_to(Role.SECRETARY)
@require_POST
def plan_line(request: PortalRequest, pk: int, proposal_pk: int) -> HttpResponse:
    """Change one line, or take it out."""
    row, proposal = get_plan(request.user, pk), judged(request, proposal_pk)
    if request.POST.get("then") == "remove":
        actions.remove_line(plan=row, proposal=proposal, by=request.user)
        messages.success(request, _("%(number)s was taken out.") % {"number": proposal.application_number})
        return see_other(request, "reviews:plan", pk)
    form = LineForm(request.POST, prefix=f"p{proposal.pk}")
    if not form.is_valid():
        return _page(request, row, line_form=form, line_of=proposal.pk, status=NOT_UNDERSTOOD)
    try:
        _put(request, row, proposal, form)
    except Refused as refusal:
        for one in refusal.findings:
            form.add_error(one.field if one.field in form.fields else None, one.message)
        return _page(request, row, line_form=form, line_of=proposal.pk, status=NOT_NOW)
    messages.success(request, _("Saved."))
    return see_other(request, "reviews:plan", pk)


def _put(request: PortalRequest, row: FundingPlan, proposal: Proposal, form: LineForm) -> None:
    data = form.cleaned_data
    actions.put_line(
        plan=row,
        proposal=proposal,
        by=request.user,
        decision=data["decision"],
        amount_fen=data["amount"] or 0,
        note=data["note"],
    )


@open_to(Role.SECRETARY)
@require_POST
def plan_comment(request: PortalRequest, pk: int) -> HttpResponse:
    """Remarks on the whole plan."""
    form = PlanCommentForm(request.POST)
    if form.is_valid():
        row = get_plan(request.user, pk)
        actions.comment_plan(plan=row, by=request.user, comment=form.cleaned_data["comment"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The remarks are too long."))
    return see_other(request, "reviews:plan", pk)


@open_to(Role.SECRETARY)
@require_POST
def plan_hand_in(request: PortalRequest, pk: int) -> HttpResponse:
    """Bring the plan before the director, or show everything that stands in the way."""
    row = get_plan(request.user, pk)
    try:
        actions.hand_in_plan(plan=row, by=request.user)
    except Refused as refusal:
        return _page(request, get_plan(request.user, pk), findings=refusal.findings, status=NOT_NOW)
    messages.success(request, _("The plan is before the executive director."))
    return see_other(request, "reviews:plan", pk)


@open_to(Role.SECRETARY)
@require_POST
def plan_revise(request: PortalRequest, pk: int) -> HttpResponse:
    """Work on a returned plan again."""
    actions.revise_plan(plan=get_plan(request.user, pk), by=request.user)
    return see_other(request, "reviews:plan", pk)


@open_to(Role.DIRECTOR)
@require_POST
def plan_decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Approve the whole plan, or return it."""
    row = get_plan(request.user, pk)
    form = PlanDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, decision_form=form, status=NOT_UNDERSTOOD)
    is_approval = form.cleaned_data["decision"] == "approve"
    try:
        actions.decide_plan(
            plan=row,
            by=request.user,
            approve=is_approval,
            comment=form.cleaned_data["comment"],
            seen_sha256=form.cleaned_data["seen"],
            seen_panels=form.cleaned_data["panels"],
        )
    except Refused as refusal:
        return _page(
            request,
            get_plan(request.user, pk),
            findings=refusal.findings,
            decision_form=PlanDecisionForm(initial=form.cleaned_data),
            status=NOT_NOW,
        )
    messages.success(
        request, _("Approved; the results are on their way.") if is_approval else _("The plan was returned.")
    )
    return see_other(request, "reviews:plan", pk)


@open_to(*rules.PLAN_READERS)
@require_safe
@at_most("export")
def plan_export(request: PortalRequest, pk: int) -> HttpResponse:
    """The plan as an Excel file."""
    row = get_plan(request.user, pk)
    return attachment(exports.plan_xlsx(row, rows_of_plan(row)), f"plan-{row.call.slug}-{row.number}.xlsx")


def _number(text: str) -> int:
    found = whole(text)
    if found is None:
        raise NotVisible
    return found
