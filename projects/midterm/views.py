"""The pages of mid-term evaluation: what is due, the draws, and one page per project with each party's own step."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from documents.queries import current_revision
from documents.refusals import FileRefused
from documents.responses import as_attachment
from projects.enums import MidTermOpinionKind as Kind
from projects.enums import MidTermState as State
from projects.midterm import actions, queries
from projects.midterm.actions.filing import require_filer
from projects.midterm.forms import ConclusionForm, DecisionForm, DrawForm, PaperForm
from projects.models import MidTerm, Project
from projects.queries import judged_by
from projects.running import is_impartial
from projects.views.common import roles_of, tenant_of, user_of

STAFF = (Role.SECRETARY, Role.DIRECTOR, Role.FINANCE)


@open_to(*STAFF)
@require_safe
def overview(request: TenantRequest) -> HttpResponse:
    """What is due, what was drawn, what is under way."""
    return _overview(request)


@open_to(Role.SECRETARY)
@require_POST
def draw(request: TenantRequest) -> HttpResponse:
    """Draw a sample and send the notices (A27)."""
    samples = queries.samples(request.user)
    form = DrawForm(samples, request.POST)
    if not form.is_valid():
        return _overview(request, form=form, status=422)
    given = form.cleaned_data
    call = next(one.call for one in samples if one.call.pk == given["call"])
    try:
        done = actions.draw_sample(call=call, number=given["number"], seed=given["seed"], by=request.user)
    except Refused as refusal:
        return _overview(request, form=form, findings=refusal.findings, status=409)
    messages.success(request, _("The sample is drawn and its notices are on their way."))
    return redirect("projects:midterm_draw_record", tenant=tenant_of(request).slug, pk=done.pk)


def _overview(
    request: TenantRequest, *, form: DrawForm | None = None, findings: list[Any] | None = None, status: int = 200
) -> HttpResponse:
    page = page_of(queries.visible_midterms(request.user), request.GET, column="-id")
    is_secretary = Role.SECRETARY in roles_of(request)
    samples = queries.samples(request.user) if is_secretary else []
    due = queries.inspections_due(request.user) if is_secretary and not page.newer else []
    context = {
        "is_secretary": is_secretary,
        "draw_form": (form or DrawForm(samples)) if samples else None,
        "findings": findings or [],
        "due": due[: queries.MOST_DUE],
        "most": queries.MOST_DUE if len(due) > queries.MOST_DUE else 0,
        "draws": [] if page.newer else list(queries.draws()[:10]),
        "midterms": page.rows,
        "older": page.older,
        "newer": page.newer,
    }
    return render(request, "projects/midterm/overview.html", context, status=status)


@open_to(*STAFF)
@require_safe
def draw_record(request: TenantRequest, pk: int) -> HttpResponse:
    """A draw with its seed and lots, so that anybody can draw it again; without what the person must not judge."""
    found = queries.get_draw(pk)
    numbers = [number for number, _lot in found.candidates]
    seen = dict(judged_by(user_of(request)).filter(grant_number__in=numbers).values_list("grant_number", "pk"))
    rows = [
        {"number": number, "lot": lot, "is_drawn": place <= found.drawn, "pk": seen[number]}
        for place, (number, lot) in enumerate(found.candidates, start=1)
        if number in seen
    ]
    drawn = sum(row["is_drawn"] for row in rows)
    context = {"draw": found, "drawn": drawn, "rows": rows, "crumbs": [_to_overview(request)]}
    return render(request, "projects/midterm/draw.html", context)


@open_to(SIGNED_IN)
@require_safe
def detail(request: TenantRequest, pk: int) -> HttpResponse:
    """Where the evaluation stands, and the step that waits for this person."""
    project = queries.project_of(request.user, pk)
    midterm = queries.midterm_of(project)
    if midterm is None and not _may_inspect(request, project):
        raise NotVisible
    return _page(request, project, midterm)


@open_to(Role.SECRETARY)
@require_POST
def inspect(request: TenantRequest, pk: int) -> HttpResponse:
    """Announce the inspection (A27)."""
    project = queries.project_of(request.user, pk)
    try:
        actions.notify_inspection(project=project, by=request.user)
    except Refused as refusal:
        return _page(request, project, queries.midterm_of(project), findings=refusal.findings, status=409)
    messages.success(request, _("The inspection is announced."))
    return _back(project)


@open_to(SIGNED_IN)
@require_POST
def file(request: TenantRequest, pk: int, kind: str) -> HttpResponse:
    """File one paper of the answer (A27)."""
    project, midterm = _begun(request, pk)
    if kind not in Kind.values:
        raise NotVisible
    require_filer(request.user, midterm, kind)
    form = PaperForm(Kind(kind), request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, midterm, forms={kind: form}, status=422)
    given = form.cleaned_data
    scan = given.pop("scan")
    upload = {"filename": scan.name, "data": scan.read()} if scan else {}
    try:
        actions.file_opinion(midterm=midterm, by=request.user, kind=kind, **given, **upload)
    except FileRefused as refusal:
        form.add_error("scan", str(refusal))
        return _page(request, project, midterm, forms={kind: form}, status=422)
    except Refused as refusal:
        _kept(request, refusal, given["text"])
        return _page(request, project, midterm, forms={kind: form}, findings=refusal.findings, status=409)
    messages.success(request, _("The paper has been filed."))
    return _back(project)


@open_to(Role.SECRETARY)
@require_POST
def propose(request: TenantRequest, pk: int) -> HttpResponse:
    """Go on as planned, or put a proposal before the director (A28)."""
    project, midterm = _begun(request, pk)
    form = ConclusionForm(request.POST)
    if not form.is_valid():
        return _page(request, project, midterm, forms={"conclusion": form}, status=422)
    given = form.cleaned_data
    given["amount_fen"] = given.pop("amount")
    try:
        actions.propose(midterm=midterm, by=request.user, **given)
    except Refused as refusal:
        _kept(request, refusal, given["comment"])
        return _page(request, project, midterm, forms={"conclusion": form}, findings=refusal.findings, status=409)
    messages.success(request, _("Recorded; the institution or the director has been told."))
    return _back(project)


@open_to(Role.DIRECTOR)
@require_POST
def decide(request: TenantRequest, pk: int) -> HttpResponse:
    """Approve or return what was proposed (A28)."""
    project, midterm = _begun(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, project, midterm, forms={"decision": form}, status=422)
    conclusion = queries.conclusion_to_decide(midterm, form.cleaned_data["conclusion"])
    approve = request.POST.get("decision") == "approve"
    try:
        actions.decide(conclusion=conclusion, by=request.user, approve=approve, comment=form.cleaned_data["comment"])
    except Refused as refusal:
        _kept(request, refusal, form.cleaned_data["comment"])
        return _page(request, project, midterm, forms={"decision": form}, findings=refusal.findings, status=409)
    messages.success(request, _("Approved; the letter is issued.") if approve else _("Returned."))
    return _back(project)


@open_to(SIGNED_IN)
@require_safe
def scan(request: TenantRequest, pk: int, opinion_pk: int) -> HttpResponse:
    """The scan that was filed with a paper."""
    opinion = queries.opinion_file(request.user, pk, opinion_pk)
    if opinion.file is None:
        raise NotVisible
    return as_attachment(opinion.file, opinion.filename)


@open_to(SIGNED_IN)
@require_safe
def letter(request: TenantRequest, pk: int, document_pk: int) -> HttpResponse:
    """A letter of the evaluation as PDF."""
    found = queries.letter(request.user, pk, document_pk)
    return as_attachment(current_revision(found).file, f"{found.title} {found.code}.pdf")


def _kept(request: TenantRequest, refusal: Refused, text: str) -> None:
    """Somebody else was faster, and the page has no form any more: what was typed is shown, to be copied."""
    if isinstance(refusal, WrongState) and text.strip():
        messages.warning(request, _("This was not sent: %(text)s") % {"text": text})


def _begun(request: TenantRequest, pk: int) -> tuple[Project, MidTerm]:
    project = queries.project_of(request.user, pk)
    midterm = queries.midterm_of(project)
    if midterm is None:
        raise NotVisible
    return project, midterm


def _may_inspect(request: TenantRequest, project: Project) -> bool:
    if Role.SECRETARY not in roles_of(request) or not is_impartial(request.user, project):
        return False
    return project.pk in {row.pk for row in queries.inspections_due(request.user)}


def _page(
    request: TenantRequest,
    project: Project,
    midterm: MidTerm | None,
    *,
    forms: dict[str, Any] | None = None,
    findings: list[Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    staff = set(STAFF) & roles_of(request)
    context = {
        "project": project,
        "midterm": midterm,
        "crumbs": [
            *([_to_overview(request)] if staff else []),
            (reverse("projects:detail", args=[project.tenant.slug, project.pk]), project.title),
        ],
        "findings": findings or [],
        "history": queries.history(project, midterm),
        "can_inspect": midterm is None and _may_inspect(request, project),
        **(_steps(request, project, midterm, forms or {}) if midterm else {}),
    }
    return render(request, "projects/midterm/detail.html", context, status=status)


def _steps(request: TenantRequest, project: Project, midterm: MidTerm, bound: dict[str, Any]) -> dict[str, Any]:
    """What was done, and what this person may do now."""
    midterm.project = project
    opinions = queries.opinions_of(midterm)
    roles = {Role.SECRETARY, Role.DIRECTOR} & roles_of(request)
    judging = roles if roles and is_impartial(request.user, project) else set()
    steps: dict[str, Any] = {"opinions": opinions, "conclusions": queries.conclusions_of(midterm)}
    if midterm.state in (State.NOTIFIED, State.RECTIFYING):
        wanted = queries.still_wanted(midterm, opinions, queries.turn_of(midterm))
        steps["wanted"] = wanted
        steps["papers"] = [bound.get(kind) or PaperForm(kind) for kind in wanted if _is_filer(request, midterm, kind)]
    elif midterm.state == State.FILED and Role.SECRETARY in judging:
        steps["conclusion_form"] = bound.get("conclusion") or ConclusionForm(initial={"outcome": "continue"})
    elif midterm.state == State.PROPOSED and Role.DIRECTOR in judging:
        waiting = queries.waiting_conclusion(midterm)
        steps["decision_form"] = bound.get("decision") or DecisionForm(
            initial={"conclusion": waiting.pk if waiting else None}
        )
    return steps


def _is_filer(request: TenantRequest, midterm: MidTerm, kind: str) -> bool:
    try:
        require_filer(request.user, midterm, kind)
    except NotVisible:
        return False
    return True


def _to_overview(request: TenantRequest) -> tuple[str, str]:
    return reverse("projects:midterms", args=[tenant_of(request).slug]), _("Mid-term")


def _back(project: Project) -> HttpResponse:
    return redirect("projects:midterm", tenant=project.tenant.slug, pk=project.pk)
