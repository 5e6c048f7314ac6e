"""The acceptance of a project: one page, on which each party finds its own step."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from acceptance import actions, queries, rules
from acceptance.enums import AcceptanceState, OpinionKind, Outcome
from acceptance.forms import ConclusionForm, DecisionForm, OpinionForm, PublicResultForm
from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.models import local
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused
from core.keyset import page_of
from documents.queries import current_revision
from documents.refusals import FileRefused
from documents.responses import as_attachment
from programs.queries import effective_policy
from projects.models import Project

# The longest overdue; the next follow when these have their notice.
MOST_DUE = 25


@open_to(Role.SECRETARY, Role.DIRECTOR, Role.FINANCE)
@require_safe
def overview(request: TenantRequest) -> HttpResponse:
    """Projects whose term is over, and the acceptances under way."""
    page = page_of(queries.visible_to(request.user), request.GET, column="-id")
    due = [] if page.newer else list(queries.due_projects(request.user)[: MOST_DUE + 1])
    context = {
        "due": due[:MOST_DUE],
        "most": MOST_DUE if len(due) > MOST_DUE else 0,
        "acceptances": page.rows,
        "older": page.older,
        "newer": page.newer,
    }
    return render(request, "acceptance/overview.html", context)


@open_to(SIGNED_IN)
@require_safe
def detail(request: TenantRequest, project_pk: int) -> HttpResponse:
    """Where the acceptance stands, and the step that waits for this person."""
    project = queries.project_of(request.user, project_pk)
    return _page(request, project)


@open_to(Role.SECRETARY)
@require_POST
def notify(request: TenantRequest, project_pk: int) -> HttpResponse:
    """Send the acceptance notice (A30)."""
    project = queries.project_of(request.user, project_pk)
    try:
        actions.send_notice(project=project, by=request.user)
    except Refused as refusal:
        return _page(request, project, findings=refusal.findings, status=409)
    messages.success(request, _("The acceptance notice has been sent."))
    return _back(request, project)


@open_to(Role.OFFICE)
@require_POST
def file_opinion(request: TenantRequest, project_pk: int, kind: str) -> HttpResponse:
    """File the science or the finance opinion (A31)."""
    project = queries.project_of(request.user, project_pk)
    acceptance = queries.acceptance_of(project)
    if acceptance is None or kind not in OpinionKind.values or not rules.is_of_office(request.user, project):
        raise NotVisible
    form = OpinionForm(request.POST, request.FILES, prefix=kind)
    if not form.is_valid():
        return _page(request, project, forms={kind: form}, status=422)
    given = form.cleaned_data
    scan = given.pop("scan")
    try:
        actions.file_opinion(
            acceptance=acceptance,
            by=request.user,
            kind=kind,
            filename=scan.name if scan else "",
            data=scan.read() if scan else None,
            **given,
        )
    except FileRefused as refusal:
        form.add_error("scan", str(refusal))
        return _page(request, project, forms={kind: form}, status=422)
    except Refused as refusal:
        return _page(request, project, findings=refusal.findings, status=409)
    messages.success(request, _("The opinion has been filed."))
    return _back(request, project)


@open_to(SIGNED_IN)
@require_POST
def record_result(request: TenantRequest, project_pk: int) -> HttpResponse:
    """Record a publication outside the journals (A41)."""
    project = queries.project_of(request.user, project_pk)
    rules.require_recorder(request.user, project)
    form = PublicResultForm(request.POST)
    if not form.is_valid():
        return _page(request, project, forms={"result": form}, status=422)
    try:
        actions.record_public_result(project=project, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, project, forms={"result": form}, findings=refusal.findings, status=409)
    messages.success(request, _("The publication has been recorded."))
    return _back(request, project)


@open_to(Role.SECRETARY)
@require_POST
def propose(request: TenantRequest, project_pk: int) -> HttpResponse:
    """Propose pass or fail to the director (A32 A33)."""
    project = queries.project_of(request.user, project_pk)
    acceptance = queries.acceptance_of(project)
    if acceptance is None:
        raise NotVisible
    form = ConclusionForm(_fail_reasons(project), request.POST)
    if not form.is_valid():
        return _page(request, project, forms={"conclusion": form}, status=422)
    try:
        actions.propose_conclusion(
            acceptance=acceptance,
            by=request.user,
            outcome=form.cleaned_data["outcome"],
            reasons=form.chosen_reasons(),
            comment=form.cleaned_data["comment"],
        )
    except Refused as refusal:
        return _page(request, project, forms={"conclusion": form}, findings=refusal.findings, status=409)
    messages.success(request, _("The conclusion is now before the executive director."))
    return _back(request, project)


@open_to(Role.DIRECTOR)
@require_POST
def decide(request: TenantRequest, project_pk: int) -> HttpResponse:
    """Approve or return the proposed conclusion (A32)."""
    project = queries.project_of(request.user, project_pk)
    acceptance = queries.acceptance_of(project)
    if acceptance is None:
        raise NotVisible
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, project, forms={"decision": form}, status=422)
    conclusion = queries.conclusion_to_decide(acceptance, form.cleaned_data["conclusion"])
    approve = request.POST.get("decision") == "approve"
    try:
        actions.decide_conclusion(
            conclusion=conclusion, by=request.user, approve=approve, comment=form.cleaned_data["comment"]
        )
    except Refused as refusal:
        return _page(request, project, forms={"decision": form}, findings=refusal.findings, status=409)
    messages.success(request, _("The conclusion is approved and the notice issued.") if approve else _("Returned."))
    return _back(request, project)


@open_to(SIGNED_IN)
@require_safe
def opinion_scan(request: TenantRequest, project_pk: int, opinion_pk: int) -> HttpResponse:
    """The scan that was filed with an opinion."""
    opinion = queries.opinion_file(request.user, project_pk, opinion_pk)
    if opinion.file is None:
        raise NotVisible
    return as_attachment(opinion.file, opinion.filename)


@open_to(SIGNED_IN)
@require_safe
def document(request: TenantRequest, project_pk: int, document_pk: int) -> HttpResponse:
    """The acceptance notice, or the closing one, as PDF."""
    found = queries.notice_document(request.user, project_pk, document_pk)
    return as_attachment(current_revision(found).file, f"{found.title} {found.code}.pdf")


def _page(
    request: TenantRequest,
    project: Project,
    *,
    forms: dict[str, Any] | None = None,
    findings: list[Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    acceptance = queries.acceptance_of(project)
    opinions = queries.opinions_of(acceptance) if acceptance else []
    context = {
        "project": project,
        "crumbs": _crumbs(request, project),
        "acceptance": acceptance,
        "opinions": opinions,
        "conclusions": queries.conclusions_of(acceptance) if acceptance else [],
        "history": queries.history(project, acceptance),
        "findings": findings or [],
        "reason_labels": {one.key: one.label for one in _fail_reasons(project)},
        "public_results": queries.public_results_of(project),
        **_steps(request, project, acceptance, {one.kind for one in opinions}, forms or {}),
    }
    return render(request, "acceptance/detail.html", context, status=status)


def _crumbs(request: TenantRequest, project: Project) -> list[tuple[str, str]]:
    """To the overview, for those who have one, and to the project."""
    slug, roles = project.tenant.slug, request.roles
    overview_ = [(reverse("acceptance:list", args=[slug]), _("Acceptance"))]
    staff = {Role.SECRETARY, Role.DIRECTOR, Role.FINANCE} & roles
    title = local(project.title_zh, project.title_en)
    return [*(overview_ if staff else []), (reverse("projects:detail", args=[slug, project.pk]), title)]


def _steps(
    request: TenantRequest, project: Project, acceptance: Any, filed: set[str], bound: dict[str, Any]
) -> dict[str, Any]:
    roles = request.roles
    state = acceptance.state if acceptance else None
    is_office = rules.is_of_office(request.user, project)
    judges = {Role.SECRETARY, Role.DIRECTOR} & roles and rules.is_impartial(request.user, project)
    is_secretary, is_director = judges and Role.SECRETARY in roles, judges and Role.DIRECTOR in roles
    steps: dict[str, Any] = {"can_notify": is_secretary and queries.is_due(project)}
    if state != AcceptanceState.CONCLUDED and (is_office or request.user.pk == project.pi_id or is_secretary):
        steps["result_form"] = bound.get("result") or PublicResultForm()
    if state == AcceptanceState.NOTIFIED and is_office:
        steps["opinion_forms"] = [
            (kind, bound.get(kind.value) or OpinionForm(prefix=kind.value)) for kind in OpinionKind if kind not in filed
        ]
    if state == AcceptanceState.FILED and is_secretary:
        steps["conclusion_form"] = bound.get("conclusion") or ConclusionForm(
            _fail_reasons(project), initial={"outcome": Outcome.PASS}
        )
        steps["closing_findings"] = queries.closing_findings(project)
    if state == AcceptanceState.PROPOSED and is_director:
        steps["decision_form"] = bound.get("decision") or DecisionForm(
            initial={"conclusion": getattr(queries.waiting_conclusion(acceptance), "pk", None)}
        )
    return steps


def _fail_reasons(project: Project) -> list[Any]:
    return list(effective_policy(project.call).acceptance.fail_reasons)


def _back(request: TenantRequest, project: Project) -> HttpResponse:
    return redirect("acceptance:detail", tenant=project.tenant.slug, project_pk=project.pk)
