"""Pages of the project pool: the list, one candidate, drawing into a call (C8)."""

from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.models import User
from core import clock
from core.access import open_to
from core.errors import Refused, WrongState
from core.limits import at_most
from core.parameters import revision
from programs.pool.actions import add_candidate, add_candidates, change_candidate, close_candidate, draw_candidate
from programs.pool.exports import COLUMNS, pool_xlsx
from programs.pool.forms import CandidateForm, CloseForm, DrawForm, PoolFilters
from programs.pool.importing import read_list
from programs.pool.models import Candidate
from programs.pool.queries import (
    MOST_COUNTED,
    POOL_READERS,
    calls_to_draw_into,
    candidates,
    draws_of,
    exported,
    get_candidate,
    listed,
)

NOT_NOW, NOT_UNDERSTOOD = 409, 422
MOST_TOLD = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READERS = tuple(sorted(POOL_READERS))


def _by(request: TenantRequest) -> User:
    return cast(User, request.user)


def _keeps(request: TenantRequest) -> bool:
    return Role.SECRETARY in request.roles


def _crumbs(request: TenantRequest, *more: tuple[str, str]) -> list[tuple[str, str]]:
    slug = request.tenant.slug
    calls = (reverse("programs:call_list", args=[slug]), _("Calls"))
    return [calls, (reverse("programs:pool", args=[slug]), _("Project pool")), *more]


@open_to(*READERS)
@require_safe
def pool(request: TenantRequest) -> HttpResponse:
    """The candidates; filters, order and place are all in the address."""
    return _list(request)


def _list(request: TenantRequest, form: DrawForm | None = None, status: int = 200) -> HttpResponse:
    filters = PoolFilters(request.GET)
    page, count = listed(filters.values, request.GET)
    keeps = _keeps(request)
    context = {
        "filters": filters,
        "rows": page.rows,
        "older": page.older,
        "newer": page.newer,
        "count": f"{MOST_COUNTED}+" if count >= MOST_COUNTED else count,
        "is_filtered": any(filters.values.values()),
        "keeps": keeps,
        "calls": list(calls_to_draw_into().defer("source")) if keeps else [],
        "chosen": form.chosen if form else [],
        "crumbs": _crumbs(request)[:1],
    }
    return render(request, "programs/pool/list.html", context, status=status)


@open_to(*READERS)
@require_safe
@at_most("export")
def export(request: TenantRequest) -> HttpResponse:
    """The same list as a spreadsheet."""
    zone = request.tenant.zone
    answer = HttpResponse(pool_xlsx(exported(PoolFilters(request.GET).values), zone), content_type=XLSX)
    name = f"{_('project pool')}-{clock.today(zone)}.xlsx"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


@open_to(*READERS)
@require_safe
def candidate(request: TenantRequest, pk: int) -> HttpResponse:
    """One candidate with the calls that drew it."""
    return _page(request, pk, CloseForm())


def _page(request: TenantRequest, pk: int, form: CloseForm, status: int = 200) -> HttpResponse:
    row = get_candidate(pk)
    context = {
        "row": row,
        "draws": list(draws_of(row)),
        "keeps": _keeps(request),
        "form": form,
        "calls": list(calls_to_draw_into().defer("source")) if _keeps(request) and row.closed_at is None else [],
        "crumbs": _crumbs(request),
    }
    return render(request, "programs/pool/candidate.html", context, status=status)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def candidate_new(request: TenantRequest) -> HttpResponse:
    """Put one more into the pool."""
    tenant = request.tenant
    form = CandidateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        row = add_candidate(tenant=tenant, by=_by(request), data=form.cleaned_data)
        messages.success(request, _("Put into the pool."))
        return redirect("programs:candidate", tenant.slug, row.pk)
    context = {"form": form, "crumbs": _crumbs(request)}
    return render(request, "programs/pool/form.html", context, status=NOT_UNDERSTOOD if form.is_bound else 200)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def candidate_import(request: TenantRequest) -> HttpResponse:
    """Read a list in from a spreadsheet: all of it, or nothing with what is wrong in which cell."""
    tenant = request.tenant
    context: dict[str, Any] = {"columns": [label for name, label, _w in COLUMNS if name], "crumbs": _crumbs(request)}
    if request.method != "POST":
        return render(request, "programs/pool/import.html", context)
    try:
        found = read_list(request.FILES.get("file"))
    except Refused as refusal:
        context["refused"] = refusal.findings
        return render(request, "programs/pool/import.html", context, status=NOT_UNDERSTOOD)
    if found.troubles or not found.rows:
        context |= {"troubles": found.troubles[:MOST_TOLD], "is_empty": not found.troubles}
        return render(request, "programs/pool/import.html", context, status=NOT_UNDERSTOOD)
    count = add_candidates(tenant=tenant, by=_by(request), rows=found.rows)
    text = ngettext("%(n)d project put into the pool.", "%(n)d projects put into the pool.", count)
    messages.success(request, text % {"n": count})
    return redirect("programs:pool", tenant.slug)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def candidate_edit(request: TenantRequest, pk: int) -> HttpResponse:
    """Change a candidate; what somebody else wrote meanwhile is not overwritten unseen."""
    row, status = get_candidate(pk), 200
    form = CandidateForm(request.POST or None, initial=CandidateForm.initial_of(row))
    if request.method == "POST":
        status = NOT_UNDERSTOOD
        if form.is_valid():
            try:
                change_candidate(
                    candidate=row,
                    by=_by(request),
                    data=form.cleaned_data,
                    revision=revision(request.POST.get("revision")),
                )
            except WrongState as error:
                row, status = get_candidate(pk), NOT_NOW
                _say_what_stands(form, row)
                form.add_error(None, error.findings[0].message)
            else:
                messages.success(request, _("Saved."))
                return redirect("programs:candidate", row.tenant.slug, pk)
    here = (reverse("programs:candidate", args=[row.tenant.slug, pk]), row.title)
    context = {"form": form, "row": row, "crumbs": _crumbs(request, here)}
    return render(request, "programs/pool/form.html", context, status=status)


def _say_what_stands(form: CandidateForm, row: Candidate) -> None:
    """Beside each field what somebody else has written there: whoever saves again knows what goes."""
    now = CandidateForm.initial_of(row)
    for name in [name for name, value in form.cleaned_data.items() if value != getattr(row, name)]:
        field: Any = form.fields[name]
        text = dict(getattr(field, "choices", ())).get(now[name], field.prepare_value(now[name]))
        form.add_error(name, _("It says now: %(text)s") % {"text": text or "–"})


@open_to(Role.SECRETARY)
@require_POST
def candidate_close(request: TenantRequest, pk: int) -> HttpResponse:
    """Take it out of the pool, with a reason."""
    row, form = get_candidate(pk), CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form, status=NOT_UNDERSTOOD)
    try:
        close_candidate(candidate=row, by=_by(request), reason=form.cleaned_data["reason"])
    except WrongState as error:
        messages.info(request, error.findings[0].message)
    except Refused as refusal:
        form.add_error("reason", refusal.findings[0].message)
        return _page(request, pk, form, status=NOT_UNDERSTOOD)
    else:
        messages.success(request, _("Taken out of the pool."))
    return redirect("programs:candidate", row.tenant.slug, pk)


@open_to(Role.SECRETARY)
@require_POST
def draw(request: TenantRequest) -> HttpResponse:
    """Draw what was ticked into a call by invitation; what can't be drawn is told one by one."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tick the projects and choose a call by invitation."))
        return _list(request, form, status=NOT_UNDERSTOOD)
    call, drawn = form.cleaned_data["call"], 0
    for row in candidates(form.chosen):
        drawn += _drawn(request, row, call)
    if drawn:
        text = ngettext("%(n)d project drawn into “%(call)s”.", "%(n)d projects drawn into “%(call)s”.", drawn)
        messages.success(request, text % {"n": drawn, "call": call.title})
    return redirect("programs:pool", request.tenant.slug)


def _drawn(request: TenantRequest, row: Any, call: Any) -> int:
    try:
        draw_candidate(candidate=row, call=call, by=_by(request))
    except Refused as refusal:
        words = " ".join(one.message for one in refusal.findings)
        messages.warning(request, _("Not drawn: %(title)s. %(why)s") % {"title": row.title, "why": words})
        return 0
    return 1
