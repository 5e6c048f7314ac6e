"""Integrity records: the secretariat records and lifts sanctions, finance and director read them (C46)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from documents.queries import bytes_of
from documents.refusals import FileRefused
from proposals.actions.sanctioning import lift_sanction, record_sanction
from proposals.forms.integrity import LiftForm, SanctionForm
from proposals.queries.integrity import get_sanction, runs_today, sanctions
from proposals.rules import INTEGRITY_READERS, is_concerned
from proposals.views.common import download, person

NOT_UNDERSTOOD = 422


@open_to(*sorted(INTEGRITY_READERS))
@require_safe
def records(request: TenantRequest) -> HttpResponse:
    """All records, newest first; `?q=` a part of a name or of a decision."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    page = page_of(sanctions(text), request.GET, column="-id")
    rows = [(row, runs_today(row)) for row in page.rows]
    context = {"rows": rows, "older": page.older, "newer": page.newer, "text": text, "may_record": _may_write(request)}
    return render(request, "proposals/integrity.html", context)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: TenantRequest) -> HttpResponse:
    """The form for one more."""
    form = SanctionForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    tenant = request.tenant
    if form.is_bound and form.is_valid():
        try:
            given = {name: value for name, value in form.cleaned_data.items() if name != "paper"}
            row = record_sanction(tenant=tenant, by=person(request), **given, **_upload(form.cleaned_data["paper"]))
        except FileRefused as refusal:
            form.add_error("paper", str(refusal))
        except Refused as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("proposals:integrity_record", tenant.slug, row.pk)
    status = NOT_UNDERSTOOD if form.is_bound else 200
    context = {"form": form, "crumbs": [_list_crumb(tenant.slug)]}
    return render(request, "proposals/integrity_new.html", context, status=status)


@open_to(*sorted(INTEGRITY_READERS))
@require_http_methods(["GET", "HEAD", "POST"])
def one_record(request: TenantRequest, pk: int) -> HttpResponse:
    """One record; the secretariat lifts it here."""
    row = get_sanction(pk)
    here = reverse("proposals:integrity_record", args=[row.tenant.slug, row.pk])
    may_lift = _may_write(request)
    if request.method == "POST" and not may_lift:
        raise NotVisible
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            lift_sanction(sanction=row, by=person(request), reason=form.cleaned_data["reason"])
        except WrongState as error:
            messages.info(request, error.findings[0].message)
            return redirect(here)
        except Refused as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("Lifted. It binds nobody from now on."))
            return redirect(here)
    lift = getattr(row, "lift", None)
    context = {
        "row": row,
        "lift": lift,
        "runs": lift is None and runs_today(row),
        "form": form if may_lift and lift is None else None,
        "crumbs": [_list_crumb(row.tenant.slug)],
    }
    return render(request, "proposals/integrity_record.html", context, status=NOT_UNDERSTOOD if form.is_bound else 200)


@open_to(SIGNED_IN)
@require_safe
def paper(request: TenantRequest, pk: int) -> HttpResponse:
    """The decision's paper: for those who read the records, and for whom it concerns."""
    row = get_sanction(pk)
    reads = bool(INTEGRITY_READERS.intersection(request.roles))
    if row.paper is None or not (reads or is_concerned(person(request), row)):
        raise NotVisible
    return download(bytes_of(row.paper), row.paper.media_type, row.filename)


def _upload(file: Any) -> dict[str, Any]:
    return {"filename": file.name, "data": file.read()} if file else {}


def _may_write(request: TenantRequest) -> bool:
    return Role.SECRETARY in request.roles


def _tell(form: forms.Form, refusal: Refused) -> None:
    for finding in refusal.findings:
        form.add_error(finding.field if finding.field in form.fields else None, finding.message)


def _list_crumb(slug: str) -> tuple[str, str]:
    return reverse("proposals:integrity", args=[slug]), _("Integrity records")
