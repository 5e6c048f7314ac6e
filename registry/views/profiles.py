"""One's own page: names, ORCID, language, and where one works."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import TenantRequest
from accounts.models import User
from accounts.queries import current_affiliations, tenants_with
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused, WrongState
from core.parameters import whole
from registry.actions.institutions import withdraw_institution
from registry.actions.places import ask_for_place, end_place, withdraw_request
from registry.actions.profiles import change_profile
from registry.forms.people import AskForm, NamesForm
from registry.queries.institutions import own_institution_request, own_institution_requests
from registry.queries.places import own_request, requests_of
from registry.queries.roles import places_of
from registry.views.common import funder, person, put_beside, status_of


@open_to(SIGNED_IN)
@require_safe
def profile_anywhere(request: TenantRequest) -> HttpResponse:
    """The page stands with a funder: with the first one that the person works with."""
    tenants = tenants_with(person(request))
    return redirect("registry:profile", tenants[0].slug) if tenants else redirect("home")


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: TenantRequest) -> HttpResponse:
    """Show it; save (`do=save`), ask to be admitted (`ask`, `search`), take that back (`withdraw`,
    `withdraw-institution`), leave (`leave`)."""
    user, does = person(request), request.POST.get("do", "")
    names = _names(user, request.POST if does == "save" else None)
    ask = AskForm(request.POST if does in ("ask", "search") else None, prefix="ask")
    act = ACTS.get(does)
    if request.method == "POST" and act is not None and act(request, names if does == "save" else ask):
        return redirect("registry:profile", funder(request).slug)
    if does == "search":
        ask.errors.clear()
    context = {
        "names": names,
        "ask": ask,
        "places": places_of(user),
        "requests": requests_of(user),
        "institution_requests": own_institution_requests(user),
        "does": does,
        "is_search": does == "search",
    }
    return render(request, "registry/profile.html", context, status=200 if does == "search" else status_of(names, ask))


def _names(user: User, data: Any) -> NamesForm:
    languages = dict(settings.LANGUAGES)
    known = {name: getattr(user, name) for name in ("name_zh", "name_en", "orcid")}
    return NamesForm(data, initial={**known, "language": user.language if user.language in languages else "en"})


def _save(request: TenantRequest, form: Any) -> bool:
    if not form.is_valid():
        return False
    change_profile(tenant=funder(request), by=person(request), **form.cleaned_data)
    messages.success(request, _("Saved."))
    return True


def _ask(request: TenantRequest, form: Any) -> bool:
    if not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        ask_for_place(
            tenant=funder(request), user=person(request), institution=data["institution"], position=data["position"]
        )
    except Refused as refusal:
        put_beside(form, refusal)
        return False
    messages.success(request, _("The institution has been asked. You will be told its answer."))
    return True


def _withdraw(request: TenantRequest, form: Any) -> bool:
    row = own_request(person(request), whole(request.POST.get("pk")) or 0)
    try:
        withdraw_request(request=row, by=person(request))
    except WrongState as error:
        messages.info(request, error.findings[0].message)
    else:
        messages.success(request, _("Taken back."))
    return True


def _withdraw_institution(request: TenantRequest, form: Any) -> bool:
    row = own_institution_request(person(request), whole(request.POST.get("pk")) or 0)
    try:
        withdraw_institution(request=row, by=person(request))
    except WrongState as error:
        messages.info(request, error.findings[0].message)
    else:
        messages.success(request, _("Taken back."))
    return True


def _leave(request: TenantRequest, form: Any) -> bool:
    row = current_affiliations(person(request)).filter(pk=whole(request.POST.get("pk")) or 0).first()
    if row is None:
        raise NotVisible
    try:
        end_place(tenant=funder(request), by=person(request), affiliation=row)
    except Refused as refusal:
        messages.error(request, refusal.findings[0].message)
    else:
        messages.success(request, _("You are no longer at this institution."))
    return True


ACTS: dict[str, Callable[[TenantRequest, Any], bool]] = {
    "save": _save,
    "ask": _ask,
    "withdraw": _withdraw,
    "withdraw-institution": _withdraw_institution,
    "leave": _leave,
}
