"""An institution's office and its people: who waits, who is there, who leaves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import AffiliationKind, Role
from accounts.http import TenantRequest
from accounts.models import Affiliation
from accounts.queries import office_institutions
from core.access import open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from registry.actions.places import decide_request, end_place, share_office
from registry.enums import RequestState
from registry.forms.places import Answer, AnswerForm, ColleagueFilter, EndForm
from registry.queries.places import (
    colleagues,
    has_office,
    others_with_orcid,
    request_for,
    shares_domain,
    waiting_at,
    with_domains,
)
from registry.views.common import funder, person, put_beside, searched, status_of

MOST_WAITING = 50


@open_to(Role.OFFICE)
@require_safe
def colleague_list(request: TenantRequest) -> HttpResponse:
    """Who waits to be admitted, and everybody who is there, by `?q=`, a page at a time."""
    offices = office_institutions(person(request))
    page = page_of(colleagues(offices, searched(request.GET.get("q", ""))), request.GET)
    context = {
        "waiting": with_domains(list(waiting_at(offices).exclude(user=person(request))[:MOST_WAITING])),
        "rows": page.rows,
        "older": page.older,
        "newer": page.newer,
        "filters": ColleagueFilter(request.GET),
        "has_several": len(offices) > 1,
        "offices": AffiliationKind.OFFICE,
    }
    return render(request, "registry/colleagues.html", context)


@open_to(Role.OFFICE, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def place_request(request: TenantRequest, pk: int) -> HttpResponse:
    """One who asks: what they said, what speaks for it; the answer."""
    row = request_for(person(request), pk)
    if row is None:
        raise NotVisible
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            decide_request(
                request=row, by=person(request), grants=data["answer"] == Answer.APPROVE, reason=data["reason"],
                kind=data["kind"],
            )  # fmt: skip
        except WrongState as error:
            messages.info(request, error.findings[0].message)
            return redirect("registry:place_request", funder(request).slug, row.pk)
        except Refused as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("Decided. %(name)s is told.") % {"name": row.user.display_name})
            return _onward(request)
    context = {
        "request_row": row,
        "form": form if row.state == RequestState.WAITING else None,
        "shares_domain": shares_domain(row.user.email, row.institution),
        "has_office": has_office(row.institution),
        "others_with_orcid": others_with_orcid(row.user),
        "crumbs": _crumbs(request),
    }
    return render(request, "registry/place_request.html", context, status=status_of(form))


@open_to(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def colleague(request: TenantRequest, pk: int) -> HttpResponse:
    """One who is there: share the office's work with them (`do=share`), or end what they are (`do=end`)."""
    offices = office_institutions(person(request))
    row: Affiliation | None = colleagues(offices).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    does = request.POST.get("do", "")
    form = EndForm(row.kind, request.POST if does == "end" else None)
    if does == "share":
        share_office(tenant=funder(request), by=person(request), user=row.user, institution=row.institution)
        messages.success(request, _("%(name)s acts for the office now and is told.") % {"name": row.user.display_name})
        return redirect("registry:colleagues", funder(request).slug)
    if form.is_bound and form.is_valid():
        try:
            end_place(tenant=funder(request), by=person(request), affiliation=row, **form.cleaned_data)
        except Refused as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("Ended. %(name)s is told.") % {"name": row.user.display_name})
            return _onward(request)
    same = colleagues([row.institution_id]).filter(user=row.user, kind=AffiliationKind.OFFICE)
    context = {"row": row, "form": form, "is_of_office": same.exists(), "crumbs": _crumbs(request)}
    return render(request, "registry/colleague.html", context, status=status_of(form))


def _onward(request: TenantRequest) -> HttpResponse:
    """To the list while it is still for whoever asks."""
    if office_institutions(person(request)):
        return redirect("registry:colleagues", funder(request).slug)
    return redirect("home")


def _crumbs(request: TenantRequest) -> list[tuple[str, str]]:
    if not office_institutions(person(request)):
        return []
    return [(reverse("registry:colleagues", args=[funder(request).slug]), _("Our people"))]
