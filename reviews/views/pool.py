"""The expert pool (A9 A21)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import PortalRequest
from core.access import open_to
from core.countries import country_name
from core.errors import Refused
from core.keyset import page_of
from programs.queries import calls_for
from reviews.actions import add_expert, invite_again, update_expert
from reviews.forms.staff import ExpertFilter, ExpertForm, filters_of
from reviews.http import NOT_UNDERSTOOD
from reviews.models import Expert
from reviews.queries import pool
from reviews.views.common import add_findings, crumb, see_other


@open_to(Role.SECRETARY, Role.FINANCE)
@require_safe
def experts(request: PortalRequest) -> HttpResponse:
    """The pool with load and capacity, filtered, newest first."""
    filters = ExpertFilter(request.GET)
    page = page_of(pool.find_experts(filters_of(filters)), request.GET, column="-id")
    labels = dict(_topics(request))
    context = {
        "filters": filters,
        "rows": [(row, country_name(row.country), [labels.get(key, key) for key in row.fields]) for row in page.rows],
        "older": page.older,
        "newer": page.newer,
        "can_edit": Role.SECRETARY in request.roles,
    }
    return render(request, "reviews/experts.html", context)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def expert_new(request: PortalRequest) -> HttpResponse:
    """Add a person to the pool."""
    form = ExpertForm(request.POST or None, institutions=pool.institutions(), topics=_topics(request))
    if request.method == "POST" and form.is_valid():
        people = {name: form.cleaned_data[name] for name in ("email", "name_zh", "name_en")}
        try:
            expert = add_expert(tenant=request.tenant, by=request.user, **people, **form.profile())
        except Refused as refusal:
            add_findings(form, refusal.findings)
        else:
            messages.success(request, _added(expert))
            return see_other(request, "reviews:experts")
    return _form_page(request, form, _("Add an expert"))


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def expert_edit(request: PortalRequest, pk: int) -> HttpResponse:
    """What the pool knows of a person."""
    expert = pool.get_expert(pk)
    form = ExpertForm(
        request.POST or None,
        institutions=pool.institutions(),
        topics=_topics(request),
        expert=expert,
        initial=_initial(expert),
    )
    if request.method == "POST" and form.is_valid():
        try:
            update_expert(expert=expert, by=request.user, **form.profile())
        except Refused as refusal:
            add_findings(form, refusal.findings)
        else:
            messages.success(request, _("Saved."))
            return see_other(request, "reviews:experts")
    return _form_page(request, form, expert.user.display_name, expert)


@open_to(Role.SECRETARY)
@require_POST
def expert_invite(request: PortalRequest, pk: int) -> HttpResponse:
    """Send the invitation to set a password once more."""
    expert = pool.get_expert(pk)
    try:
        invite_again(expert=expert, by=request.user)
    except Refused as refusal:
        for one in refusal.findings:
            messages.warning(request, one.message)
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": expert.user.email})
    return see_other(request, "reviews:expert_edit", pk)


def _topics(request: PortalRequest) -> list[tuple[str, str]]:
    return pool.topics(calls_for(request.roles)[:50])


def _added(expert: Expert) -> str:
    words = {"name": expert.user.display_name, "email": expert.user.email}
    if expert.user.has_usable_password():
        return _("%(name)s is in the pool.") % words
    return _("%(name)s is in the pool, and an invitation is on its way to %(email)s.") % words


def _initial(expert: Expert) -> dict[str, Any]:
    names = ("is_domain", "is_finance", "is_international", "country", "keywords", "capacity", "is_available")
    return {
        **{name: getattr(expert, name) for name in names},
        "institution": expert.institution_id,
        "has_consented": expert.consented_at is not None,
        "topics": expert.fields,
    }


def _form_page(request: PortalRequest, form: ExpertForm, title: str, expert: Expert | None = None) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "expert": expert,
        "awaits_password": expert is not None and not expert.user.has_usable_password(),
        "invited_at": pool.invited_at(expert) if expert else None,
        "crumbs": [crumb(request, "reviews:experts", _("Experts"))],
    }
    return render(request, "reviews/expert_form.html", context, status=NOT_UNDERSTOOD if form.errors else 200)
