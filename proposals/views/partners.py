"""The partners of a draft, for those who write it: whom they asked, and who has confirmed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from core.access import open_to
from core.errors import NotVisible, Refused
from proposals.actions import ask_partner, revoke_partner_link
from proposals.forms.asking import AskPartnerForm
from proposals.forms.desk import Desk, get_writable
from proposals.queries.partners import link_to
from proposals.views.common import crumbs, person, seen

NOT_NOW, NOT_UNDERSTOOD = 409, 422


def _desk(request: HttpRequest, pk: int) -> Desk:
    desk = Desk(get_writable(person(request), pk))
    if "parties" not in desk.policy.asked:
        raise NotVisible
    return desk


@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def partners(request: HttpRequest, pk: int) -> HttpResponse:
    """Each partner with its link and its confirmation; send a link to one's contact."""
    desk = _desk(request, pk)
    if request.method != "POST":
        return _page(request, desk)
    form = AskPartnerForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form, status=NOT_UNDERSTOOD)
    data = form.cleaned_data
    try:
        ask_partner(
            proposal=desk.proposal,
            by=person(request),
            party_key=data["key"],
            name=data["name"],
            email=data["email"],
            language=data["language"],
        )
    except Refused as refusal:
        for one in refusal.findings:
            form.add_error(one.field if one.field in form.fields else None, one.message)
        return _page(request, desk, form, status=NOT_NOW)
    messages.success(request, _("The link is on its way to %(email)s.") % {"email": data["email"]})
    return seen(f"{_address(desk)}#partner-{data['key']}")


def _address(desk: Desk) -> str:
    return reverse("proposals:partners", args=[desk.proposal.tenant.slug, desk.proposal.pk])


def _page(request: HttpRequest, desk: Desk, form: AskPartnerForm | None = None, status: int = 200) -> HttpResponse:
    page = next((one for one in desk.pages if one.holds("parties")), None)
    context: dict[str, Any] = {
        "proposal": desk.proposal,
        "desk": desk,
        "rows": [(one, _form_for(one.party, form)) for one in desk.standings.values()],
        "back": f"{desk.url(page)}#field-parties",
        "crumbs": crumbs(desk.proposal, to_this=True),
    }
    return render(request, "proposals/partners.html", context, status=status)


def _form_for(party: Any, bound: AskPartnerForm | None) -> AskPartnerForm:
    """The bound form at its place; elsewhere one with what the draft says of the contact. Ids differ by partner."""
    form = bound
    if form is None or form.data.get("key") != party.key:
        known = {"name": party.contact.name, "email": party.contact.email}
        language = "en" if party.is_foreign else "zh-hans"
        form = AskPartnerForm(initial={"key": party.key, "language": language, **known})
    form.auto_id = f"id_{party.key}_%s"
    return form


@open_to(Role.APPLICANT)
@require_POST
def revoke_link(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    """A link opens nothing more."""
    desk = _desk(request, pk)
    link = revoke_partner_link(link=link_to(desk.proposal, link_pk), by=person(request))
    messages.success(request, _("The link sent to %(email)s holds no longer.") % {"email": link.email})
    return seen(f"{_address(desk)}#partner-{link.party_key}")
