"""The form in Word and the budget in Excel: templates to download, filled ones to take into the draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.models import User
from core.access import PUBLIC, open_to
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from core.limits import at_most
from documents.office import MAX_FILE
from documents.responses import attachment
from programs.queries import get_call
from proposals.actions import beyond
from proposals.enums import Extent
from proposals.forms.desk import Desk, get_writable, open_desk
from proposals.forms.files import MEGABYTE
from proposals.forms.reading import BadDraft
from proposals.forms.saving import save_onto
from proposals.office.changes import Change, Overtaken, again, taken
from proposals.office.files import EXCEL, MEDIA_TYPES, WORD, has_money, name_of, plan_of, read_upload, template
from proposals.office.plan import Plan, blank_desk
from proposals.office.preview import Preview, preview_again, preview_of, unpacked
from proposals.views.common import language, moved_on, person, seen


@open_to(PUBLIC)
@require_safe
@at_most("template")
def blank_word(request: TenantRequest, call_pk: int) -> HttpResponse:
    """The call's form as an empty Word template."""
    return _blank(request, call_pk, WORD)


@open_to(PUBLIC)
@require_safe
@at_most("template")
def blank_excel(request: TenantRequest, call_pk: int) -> HttpResponse:
    """The call's budget as an empty Excel table."""
    return _blank(request, call_pk, EXCEL)


def _blank(request: TenantRequest, call_pk: int, kind: str) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    call = get_call(request.roles, call_pk, user)
    return _download(blank_desk(call), kind)


@open_to(Role.APPLICANT)
@require_safe
@at_most("template")
def word(request: TenantRequest, pk: int) -> HttpResponse:
    """The draft as a Word template."""
    return _download(Desk(get_writable(person(request), pk)), WORD)


@open_to(Role.APPLICANT)
@require_safe
@at_most("template")
def excel(request: TenantRequest, pk: int) -> HttpResponse:
    """The draft's budget as an Excel table."""
    return _download(_desk(request, pk), EXCEL)


def _desk(request: TenantRequest, pk: int, *, any_state: bool = False) -> Desk:
    """For whoever may write the draft, or its budget."""
    return open_desk(person(request), pk, Extent.EDIT, Extent.BUDGET, any_state=any_state)


def _download(desk: Desk, kind: str) -> HttpResponse:
    if kind == EXCEL and not has_money(desk):
        raise NotVisible
    return attachment(template(desk, kind, language()), filename=name_of(desk, kind), media_type=MEDIA_TYPES[kind])


@open_to(Role.APPLICANT)
@require_safe
def office(request: TenantRequest, pk: int) -> HttpResponse:
    """Both templates, and the place to upload a filled one."""
    return _page(request, _desk(request, pk))


def _page(request: TenantRequest, desk: Desk, *, refusal: Refused | None = None, status: int = 200) -> HttpResponse:
    context = {
        "desk": desk,
        "proposal": desk.proposal,
        "call": desk.proposal.call,
        "sections": desk.progress(),
        "has_money": has_money(desk),
        "largest": MAX_FILE,
        "largest_mb": MAX_FILE // MEGABYTE,
        "word_name": name_of(desk, WORD),
        "excel_name": name_of(desk, EXCEL),
        "refused": refusal.findings if refusal else [],
    }
    return render(request, "proposals/draft/office.html", context, status=status)


@open_to(Role.APPLICANT)
@require_POST
@at_most("template")
def office_read(request: TenantRequest, pk: int) -> HttpResponse:
    """What a filled file would change. Nothing is saved yet."""
    desk = _desk(request, pk)
    try:
        filled = read_upload(desk, request.FILES.get("file"))
        if filled.marker.kind == WORD and not desk.writes_all:
            raise Refused([beyond(desk.extent)])
    except Refused as refusal:
        return _page(request, desk, refusal=refusal, status=422)
    return _preview(request, desk, preview_of(filled), filled.marker.kind)


def _preview(request: TenantRequest, desk: Desk, preview: Preview, kind: str, status: int = 200) -> HttpResponse:
    context = {
        "desk": desk,
        "proposal": desk.proposal,
        "call": desk.proposal.call,
        "sections": desk.progress(),
        "preview": preview,
        "kind": kind,
        "is_stale": status == 409,
    }
    return render(request, "proposals/draft/office_preview.html", context, status=status)


@open_to(Role.APPLICANT)
@require_POST
def office_take(request: TenantRequest, pk: int) -> HttpResponse:
    """Save what was chosen of a preview, as the form saves it; nothing else of the draft is touched."""
    desk = _desk(request, pk, any_state=True)
    kind = EXCEL if request.POST.get("kind") == EXCEL else WORD
    plan = plan_of(desk, kind)
    wanted = set(request.POST.getlist("take"))
    try:
        chosen = [one for one in unpacked(request.POST.get("orders", ""), plan) if one.path in wanted]
        if chosen:
            _save(request, desk, plan, chosen)
    except BadDraft:
        text = _("The page was incomplete when it was sent. Please upload the file once more.")
        messages.error(request, text)
        return seen(_address(desk))
    except (Overtaken, StaleRevision):
        fresh = _desk(request, pk)
        plan = plan_of(fresh, kind)
        changes = again(fresh.proposal.draft, chosen, plan)
        return _preview(request, fresh, preview_again(plan, changes), kind, status=409)
    except WrongState as error:
        return moved_on(request, desk.proposal, error)
    page = plan.page_of(chosen[0].path) if chosen else None
    return seen(desk.url(page) if page else _address(desk))


def _save(request: TenantRequest, desk: Desk, plan: Plan, chosen: list[Change]) -> None:
    save_onto(proposal=desk.proposal, by=person(request), change=lambda draft: taken(draft, chosen, plan))
    text = ngettext("%(n)d change was taken from the file.", "%(n)d changes were taken from the file.", len(chosen))
    messages.success(request, text % {"n": len(chosen)})


def _address(desk: Desk) -> str:
    return reverse("proposals:office", args=[desk.proposal.tenant.slug, desk.proposal.pk])
