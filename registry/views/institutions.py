"""Institutions register; the funder's secretariat and administrator list them and decide."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import TenantRequest
from audit.queries import history_of
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from documents.responses import as_attachment
from registry.actions.institutions import approve_institution, ask_for_institution, refuse_institution
from registry.enums import RequestState
from registry.forms.institutions import InstitutionForm, Verdict, VerdictForm
from registry.models import InstitutionRequest
from registry.queries.institutions import (
    REGISTRARS,
    alike,
    institution_request,
    institution_requests,
    may_register,
)
from registry.queries.places import shares_domain_of
from registry.views.common import funder, person, put_beside, status_of


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def institution_new(request: TenantRequest) -> HttpResponse:
    """Register the institution where one works, with a proof; who registers it becomes its office."""
    is_posted = request.method == "POST"
    form = InstitutionForm(request.POST if is_posted else None, request.FILES if is_posted else None)
    if is_posted and form.is_valid():
        said = dict(form.cleaned_data)
        proof = said.pop("proof")
        try:
            ask_for_institution(
                tenant=funder(request), by=person(request), data=proof.read(), filename=proof.name, **said
            )
        except Refused as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("The secretariat has been asked. You will be told its decision."))
            return redirect("registry:profile", funder(request).slug)
    crumbs = [(reverse("registry:profile", args=[funder(request).slug]), _("Profile"))]
    return render(request, "registry/institution_new.html", {"form": form, "crumbs": crumbs}, status=status_of(form))


@open_to(*REGISTRARS)
@require_safe
def institution_list(request: TenantRequest) -> HttpResponse:
    """Those that wait, or (`?state=all`) all that ever asked, newest first."""
    shows_all = request.GET.get("state") == "all"
    page = page_of(institution_requests(only_waiting=not shows_all), request.GET, column="-id")
    tabs = [
        {"url": "?", "label": _("Waiting for a decision"), "is_current": not shows_all},
        {"url": "?state=all", "label": _("All"), "is_current": shows_all},
    ]
    context = {"rows": page.rows, "older": page.older, "newer": page.newer, "tabs": tabs}
    return render(request, "registry/institutions.html", context)


@open_to(*REGISTRARS)
@require_http_methods(["GET", "HEAD", "POST"])
def institution_page(request: TenantRequest, pk: int) -> HttpResponse:
    """One that asks: what it says, its proof, those in the directory that are much like it; the decision."""
    row = _found(pk)
    initial = {"kind": row.kind, "is_chinese_legal_person": row.country == "CN"}
    form = VerdictForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            _decide(request, row, form)
        except WrongState as error:
            messages.info(request, error.findings[0].message)
            return redirect("registry:institution_request", funder(request).slug, row.pk)
        except Refused as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("Decided. %(name)s is told.") % {"name": row.asked_by.display_name})
            return redirect("registry:institutions", funder(request).slug)
    is_waiting = row.state == RequestState.WAITING
    context = {
        "row": row,
        "form": form if is_waiting and may_register(person(request), row) else None,
        "is_own": row.asked_by_id == person(request).pk,
        "alike": alike(row) if is_waiting else [],
        "events": history_of(row).order_by("-seq"),
        "shares_domain": shares_domain_of(row.asked_by.email, row.email_domain),
        "crumbs": [(reverse("registry:institutions", args=[funder(request).slug]), _("Institutions"))],
    }
    return render(request, "registry/institution.html", context, status=status_of(form))


def _found(pk: int) -> InstitutionRequest:
    row = institution_request(pk)
    if row is None:
        raise NotVisible
    return row


def _decide(request: TenantRequest, row: InstitutionRequest, form: VerdictForm) -> None:
    data = dict(form.cleaned_data)
    verdict, reason = data.pop("verdict"), data.pop("reason")
    if verdict == Verdict.APPROVE:
        approve_institution(request=row, by=person(request), **data)
    else:
        refuse_institution(request=row, by=person(request), reason=reason)


@open_to(*REGISTRARS)
@require_safe
def institution_proof(request: TenantRequest, pk: int) -> HttpResponse:
    """The file that proves it."""
    row = _found(pk)
    return as_attachment(row.proof, row.proof_name)
