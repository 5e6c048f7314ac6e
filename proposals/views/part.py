"""What a partner's contact opens by a link, without an account: the institution's own part, and its confirmation."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.access import PUBLIC, open_to
from core.client import client_address, count_up
from core.errors import NotVisible, Refused
from documents.queries import bytes_of
from proposals.actions import attach_to_part, confirm_part, detach_from_part, open_part
from proposals.forms.asking import ConfirmPartForm
from proposals.forms.commands import Command, command_in, with_blank_rows
from proposals.forms.conflict import comparison, taken
from proposals.forms.files import MEGABYTE, checked_size
from proposals.forms.merging import base_of
from proposals.forms.part import PartDesk
from proposals.forms.presence import mark_partner
from proposals.forms.reading import parts_from_post
from proposals.forms.saving import Clash
from proposals.queries.partners import link_of
from proposals.views.common import download, seen

PERIOD_SECONDS = 10 * 60
MOST_MISSES = 60
MOST_WRITES = 120
GONE, TOO_OFTEN, NOT_NOW, NOT_UNDERSTOOD = 404, 429, 409, 422
_KEPT_TEXT = 20_000

PartView = Callable[..., HttpResponse]


def for_holder(view: PartView) -> PartView:
    """Give the view the part that the token in the address opens; a dead link and a made-up one look the same.

    Guessing is slowed by client, writing by link. What was typed when a link had died is shown, to be copied."""

    @wraps(view)
    def found(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        missed = f"partner-miss:{sha256(client_address(request).encode()).hexdigest()}"
        if int(cache.get(missed, 0)) >= MOST_MISSES:
            return render(request, "errors/429.html", status=TOO_OFTEN)
        try:
            part = PartDesk(link_of(token))
        except NotVisible:
            count_up(missed, PERIOD_SECONDS)
            return _gone(request)
        if request.method == "POST" and count_up(f"partner-write:{part.link.pk}", PERIOD_SECONDS) > MOST_WRITES:
            return render(request, "errors/429.html", status=TOO_OFTEN)
        try:
            if part.party is None:
                raise NotVisible
            return _in_their_language(request, part, view, token, more)
        except NotVisible:
            return _gone(request)

    return found


def _in_their_language(
    request: HttpRequest, part: PartDesk, view: PartView, token: str, more: dict[str, Any]
) -> HttpResponse:
    """Who never chose a language here reads the one the link was sent in."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return view(request, part, token, **more)
    translation.activate(part.link.language)
    request.LANGUAGE_CODE = part.link.language
    answer = view(request, part, token, **more)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, part.link.language, max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return answer


def _gone(request: HttpRequest) -> HttpResponse:
    typed = [value.strip() for name, values in request.POST.lists() if "." in name for value in values]
    text = "\n".join(value for value in typed if value and value != "on")[:_KEPT_TEXT]
    return render(request, "proposals/part/gone.html", {"text": text}, status=GONE)


def _url(part: PartDesk, token: str, name: str = "proposals:partner") -> str:
    return reverse(name, args=[part.proposal.tenant.slug, token])


# ---------------------------------------------------------------- writing
@open_to(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def part(request: HttpRequest, part: PartDesk, token: str) -> HttpResponse:
    """The institution's part, to be read and written."""
    if request.method == "POST":
        return _save(request, part, token)
    if part.link.opened_at is None:
        open_part(link=part.link)
    mark_partner(part.desk, part.link, writes=False)
    return _form(request, part, token)


def _form(request: HttpRequest, part: PartDesk, token: str, status: int = 200, **more: Any) -> HttpResponse:
    data = with_blank_rows(part.page, part.data, request.GET.get("add", ""))
    context = {
        **_context(part, token),
        **part.shown(data),
        "base": part.base,
        "largest": settings.MAX_UPLOAD_BYTES,
        "largest_mb": settings.MAX_UPLOAD_BYTES // MEGABYTE,
        **more,
    }
    return render(request, "proposals/part/part.html", context, status=status)


def _context(part: PartDesk, token: str) -> dict[str, Any]:
    return {
        "part": part,
        "proposal": part.proposal,
        "standing": part.standing,
        "address": _url(part, token),
        "confirm_address": _url(part, token, "proposals:partner_confirm"),
        "attach_address": _url(part, token, "proposals:partner_attach"),
        "token": token,
    }


def _save(request: HttpRequest, part: PartDesk, token: str) -> HttpResponse:
    posted = dict(request.POST.lists())
    parts = part.own(parts_from_post(part.page.items, posted))
    if "resolve" in request.POST:
        choices = {name.removeprefix("choice:"): values[-1] for name, values in posted.items()}
        parts = taken(parts, part.data, choices)
    command = command_in(request.POST)
    command.apply(part.page, parts, {})
    try:
        part.save(parts, base=request.POST.get("base", ""))
    except Clash as clash:
        return _compare(request, part, token, clash)
    mark_partner(part.desk, part.link, writes=True)
    after = PartDesk(part.link)
    part.link.proposal.refresh_from_db()
    if request.POST.get("go") == "confirm" and not after.problems:
        return seen(_url(part, token, "proposals:partner_confirm"))
    if after.problems:
        messages.warning(request, _("Saved as you wrote it. What can't be understood yet is marked below."))
    elif not command.name:
        messages.success(request, _("Saved."))
    return seen(f"{_url(part, token)}{_following(command)}")


def _following(command: Command) -> str:
    if command.name == "add_row":
        return f"?add={command.target}#field-{command.target}"
    return "#field-participants" if command.name else ""


def _compare(request: HttpRequest, part: PartDesk, token: str, clash: Clash) -> HttpResponse:
    part.proposal.refresh_from_db()
    context = {
        "proposal": part.proposal,
        "page": part.page,
        "address": _url(part, token),
        "base": base_of(part.page.items, clash.current),
        "revision": clash.current_revision,
        **comparison(part.page, clash.parts, clash.current, clash.paths),
    }
    return render(request, "proposals/draft/compare.html", context, status=NOT_NOW)


# ---------------------------------------------------------------- confirming
@open_to(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def confirm(request: HttpRequest, part: PartDesk, token: str) -> HttpResponse:
    """Everything that the institution would confirm, to be read once more, and who confirms it."""
    if request.method != "POST":
        known = {"name": part.link.name, "position": part.party.contact.title if part.party else ""}
        return _confirm_page(request, part, token, ConfirmPartForm(initial=known))
    form = ConfirmPartForm(request.POST)
    if not form.is_valid():
        return _confirm_page(request, part, token, form, status=NOT_UNDERSTOOD)
    data = form.cleaned_data
    try:
        confirm_part(link=part.link, seen_sha256=data["seen"], name=data["name"], position=data["position"])
    except Refused as refusal:
        return _confirm_page(request, part, token, form, refused=refusal.findings, status=NOT_NOW)
    messages.success(request, _("Thank you. Your confirmation is recorded, and the applicant has been told."))
    return seen(_url(part, token))


def _confirm_page(
    request: HttpRequest, part: PartDesk, token: str, form: ConfirmPartForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {**_context(part, token), "form": form, "sha256": part.sha256, **more}
    return render(request, "proposals/part/confirm.html", context, status=status)


# ---------------------------------------------------------------- files
@open_to(PUBLIC)
@never_cache
@require_POST
@for_holder
def attach(request: HttpRequest, part: PartDesk, token: str) -> HttpResponse:
    """Upload the institution's agreement or letter of willingness (B2.3)."""
    upload = request.FILES.get("file")
    try:
        checked_size(upload)
        assert upload is not None
        kind = request.POST.get("kind", "")
        file = attach_to_part(link=part.link, kind=kind, filename=upload.name or "", data=upload.read())
    except Refused as refusal:
        return _form(request, part, token, status=NOT_UNDERSTOOD, refused=refusal.findings)
    messages.success(request, _("“%(name)s” was added.") % {"name": file.filename})
    return seen(f"{_url(part, token)}#files")


@open_to(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def file(request: HttpRequest, part: PartDesk, token: str, attachment_pk: int) -> HttpResponse:
    """One of the institution's own files; POST takes it out."""
    held = next((one for one in part.files if one.pk == attachment_pk), None)
    if held is None:
        raise NotVisible
    if request.method != "POST":
        return download(bytes_of(held.file), held.file.media_type, held.filename)
    detach_from_part(link=part.link, attachment=held)
    messages.success(request, _("“%(name)s” was removed.") % {"name": held.filename})
    return seen(f"{_url(part, token)}#files")
