"""Pages on which an applicant begins, writes and hands in an application. Denied is always 404."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.queries import search_institutions
from core.access import open_to
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from core.limits import at_most
from core.parameters import revision, whole
from documents.rendering import RenderingFailed
from programs.cleaning import ROW_KEY
from programs.findings import Stage
from programs.models import Call
from programs.queries import effective_policy, get_call
from proposals.actions import create_draft, remove_attachment, request_endorsement
from proposals.enums import ProposalState
from proposals.forms.beginning import figures_of, my_drafts, my_places, rules_of
from proposals.forms.commands import Command, command_in, with_blank_rows
from proposals.forms.conflict import comparison, differences, resolved, taken
from proposals.forms.copying import Copied, copied
from proposals.forms.desk import Desk, get_writable, open_desk
from proposals.forms.files import MEGABYTE, read_upload, slots
from proposals.forms.pages import REASONS, Page
from proposals.forms.partners import choose_partner
from proposals.forms.presence import present
from proposals.forms.reading import Parts, parts_from_post
from proposals.forms.saving import Clash, page_context, save_page
from proposals.papers import preview_pdf as make_preview
from proposals.queries.chain import candidates_of
from proposals.queries.earlier import MOST_SHOWN, earlier_of, get_own
from proposals.views.common import person, seen

Answer = HttpResponse | HttpResponseRedirect


# ---------------------------------------------------------------- beginning
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest, call_pk: int) -> Answer:
    """What the call asks for; choose the lead institution among one's own and begin, empty or with what fits of an
    earlier application of one's own (`from`, found by `q`; `source` in the form)."""
    call = get_call(request.roles, call_pk, person(request))
    places = my_places(person(request))
    copy = _copy(request, call)
    refused: list[Any] = []
    if request.method == "POST":
        place = next((one for one in places if str(one.pk) == request.POST.get("lead")), None)
        if place is not None:
            try:
                proposal = create_draft(
                    call=call,
                    pi=person(request),
                    lead_institution=place,
                    source=copy.source if copy else None,
                    parts=copy.parts if copy else None,
                )
            except Refused as refusal:
                refused = refusal.findings
            else:
                if copy:
                    text = _("Begun with what fits of “%(title)s”. Read every page again before you hand it in.")
                    messages.success(request, text % {"title": copy.source})
                return seen(reverse("proposals:edit", args=[call.tenant.slug, proposal.pk]))
    text = request.GET.get("q", "")[:100]
    earlier, has_more = earlier_of(person(request), call.tenant, text)
    context = {
        "copy": copy,
        "earlier": earlier,
        "has_more": has_more,
        "most_shown": MOST_SHOWN,
        "text": text,
        "call": call,
        "rules": rules_of(effective_policy(call)),
        "places": places,
        "chosen": request.POST.get("lead", ""),
        "drafts": my_drafts(person(request), call),
        "refused": refused,
        "missing": request.method == "POST" and not refused,
    }
    return render(request, "proposals/draft/new.html", context, status=422 if request.method == "POST" else 200)


def _copy(request: TenantRequest, call: Call) -> Copied | None:
    asked = request.POST.get("source") if request.method == "POST" else request.GET.get("from")
    if not asked:
        return None
    return copied(get_own(person(request), call.tenant, whole(asked)), call)


@open_to(Role.APPLICANT)
@require_safe
def edit(request: TenantRequest, pk: int) -> Answer:
    """To the first page of the form that the person may write, or look at."""
    desk = open_desk(person(request), pk)
    return HttpResponseRedirect(desk.url(next(filter(desk.is_open, desk.pages), desk.pages[0])))


# ---------------------------------------------------------------- writing
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_section(request: TenantRequest, pk: int, section: str) -> Answer:
    """One page of the form; what the person may not write stands there to be read."""
    if request.method == "POST":
        return _save(request, pk, section)
    desk = open_desk(person(request), pk)
    page = desk.page(section)
    if page.key == REASONS:
        return HttpResponseRedirect(desk.url(page))
    data = with_blank_rows(page, desk.completed(page, desk.proposal.draft), request.GET.get("add", ""))
    return _form(request, desk, page, data)


def _form(
    request: TenantRequest, desk: Desk, page: Page, data: dict[str, Any] | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    before, after = desk.neighbours(page)
    context = {
        **page_context(desk, page),
        "present": present(desk, page, person(request)),
        "blocks": desk.blocks(page, data),
        "before": desk.url(before) if before else "",
        "after": desk.url(after),
        "after_label": str(after.label) if after else _("Check and hand in"),
        "file_slots": slots(desk) if any(block.path == "attachments" for block in page.blocks) else [],
        "largest": settings.MAX_UPLOAD_BYTES,
        "largest_mb": settings.MAX_UPLOAD_BYTES // MEGABYTE,
        **more,
    }
    return render(request, "proposals/draft/page.html", context, status=status)


def _save(request: TenantRequest, pk: int, section: str) -> Answer:
    desk = open_desk(person(request), pk, any_state=True)
    proposal, page = desk.proposal, desk.page(section)
    posted = dict(request.POST.lists())
    parts = parts_from_post(page.items, posted)
    if how := request.POST.get("resolve"):
        choices = {name.removeprefix("choice:"): values[-1] for name, values in posted.items()}
        is_of_fields = how == "fields"
        parts = (
            taken(parts, proposal.draft, choices) if is_of_fields else resolved(page, parts, proposal.draft, choices)
        )
    command = command_in(request.POST)
    command.apply(page, parts, desk.options_by_name())
    try:
        saved = save_page(
            proposal=proposal,
            by=person(request),
            page=page,
            parts=parts,
            revision=revision(request.POST.get("revision")),
            base=request.POST.get("base", ""),
        )
    except Clash as clash:
        return _compare(request, desk, page, comparison(page, clash.parts, clash.current, clash.paths), clash)
    except StaleRevision as stale:
        return _compare(request, desk, page, comparison(page, parts, stale.current), stale)
    except WrongState:
        return _not_saved(request, desk, page, parts)
    except Refused as refusal:
        return _not_saved(request, desk, page, parts, refusal)
    _tell(request, Desk(saved), page, command)
    return seen(_following(desk, page, command, request.POST.get("go", "")))


def _tell(request: TenantRequest, desk: Desk, page: Page, command: Command) -> None:
    wrong = sum(1 for problem in desk.problems if page.holds(problem.path))
    if wrong:
        text = ngettext(
            "Saved as you wrote it. %(n)d value on this page can't be understood yet; it is marked below.",
            "Saved as you wrote it. %(n)d values on this page can't be understood yet; they are marked below.",
            wrong,
        )
        messages.warning(request, text % {"n": wrong})
    elif not command.name:
        messages.success(request, _("Saved."))


def _following(desk: Desk, page: Page, command: Command, go: str) -> str:
    slug, pk = desk.proposal.tenant.slug, desk.proposal.pk
    if command.name == "find":
        return reverse("proposals:find_partner", args=[slug, pk, command.key])
    if command.name == "add_row":
        return f"{desk.url(page)}?{urlencode({'add': command.target})}#field-{command.target}"
    if command.name:
        return f"{desk.url(page)}#field-{command.target}"
    if go == "next":
        return desk.url(desk.neighbours(page)[1])
    if go == "preview":
        return reverse("proposals:preview_pdf", args=[slug, pk])
    return desk.url(page)


def _compare(request: TenantRequest, desk: Desk, page: Page, both: dict[str, Any], stale: StaleRevision) -> Answer:
    if not both["differences"]:
        messages.success(request, _("Saved."))
        return seen(desk.url(page))
    desk.proposal.refresh_from_db(fields=["draft", "revision", "updated_at"])
    context = {
        **page_context(Desk(desk.proposal), page),
        **both,
        "revision": stale.current_revision,
        "address": desk.url(page)
        if page.key != REASONS
        else reverse("proposals:edit_section", args=[desk.proposal.tenant.slug, desk.proposal.pk, page.key]),
    }
    return render(request, "proposals/draft/compare.html", context, status=409)


def _not_saved(
    request: TenantRequest, desk: Desk, page: Page, parts: Parts, refusal: Refused | None = None
) -> HttpResponse:
    """Handed in meanwhile, in another tab or by another writer, or more than the applicant lets one change: nothing is
    saved; the text is shown to be copied."""
    texts = differences(page, parts, desk.proposal.draft)
    findings = refusal.findings if refusal else []
    context = {"proposal": desk.proposal, "page": page, "differences": texts, "findings": findings}
    return render(request, "proposals/draft/too_late.html", context, status=409)


@open_to(Role.APPLICANT)
@require_safe
def presence(request: TenantRequest, pk: int, section: str) -> HttpResponse:
    """Who else has the draft open now, for those who may read it; the page asks again and again."""
    desk = open_desk(person(request), pk)
    words = present(desk, desk.page(section), person(request))
    answer = render(request, "proposals/draft/_present.html", {"present": words})
    answer["Cache-Control"] = "private, no-store"
    return answer


# ---------------------------------------------------------------- partners
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def find_partner(request: TenantRequest, pk: int, key: str) -> Answer:
    """Search the directory of institutions for one partner row; scripts show the same list in a dialog."""
    proposal = get_writable(person(request), pk)
    if not ROW_KEY.fullmatch(key):
        raise NotVisible
    desk = Desk(proposal)
    page = next((one for one in desk.pages if one.holds("parties")), None)
    if page is None:
        raise NotVisible
    if request.method == "POST":
        choose_partner(
            proposal=proposal, by=person(request), key=key, institution_pk=whole(request.POST.get("pk")) or 0
        )
        return seen(f"{desk.url(page)}#field-parties.{key}")
    text = request.GET.get("q", "")[:100]
    context = {
        "desk": desk,
        "proposal": proposal,
        "q": text,
        "results": search_institutions(text, limit=30) if len(text.strip()) > 1 else [],
        "back": f"{desk.url(page)}?{urlencode({'add': f'parties.{key}'})}#field-parties.{key}",
        "row_key": key,
    }
    is_part = request.headers.get("X-Part") == "results"
    name = "proposals/draft/_partner_results.html" if is_part else "proposals/draft/find_partner.html"
    return render(request, name, context)


# ---------------------------------------------------------------- files
@open_to(Role.APPLICANT)
@require_POST
def attach(request: TenantRequest, pk: int) -> Answer:
    """Upload one file; what is wrong with it stands at its place, in both languages' words."""
    proposal = get_writable(person(request), pk)
    desk = Desk(proposal)
    page = next((one for one in desk.pages if one.holds("attachments")), None)
    if page is None:
        raise NotVisible
    slot = request.POST.get("slot", "")
    try:
        attachment = read_upload(desk, by=person(request), posted=request.POST, upload=request.FILES.get("file"))
    except Refused as refusal:
        return _form(request, desk, page, status=422, refused_slot=slot, refused=refusal.findings)
    messages.success(request, _("“%(name)s” was added.") % {"name": attachment.filename})
    return seen(f"{desk.url(page)}#slot-{slot}" if ROW_KEY.fullmatch(slot) else desk.url(page))


@open_to(Role.APPLICANT)
@require_POST
def detach(request: TenantRequest, pk: int, attachment_pk: int) -> Answer:
    """Take a file out of the draft."""
    desk = Desk(get_writable(person(request), pk))
    page = next((one for one in desk.pages if one.holds("attachments")), None)
    attachment = next((one for one in desk.files if one.pk == attachment_pk), None)
    if attachment is None:
        raise NotVisible
    remove_attachment(attachment=attachment, by=person(request))
    messages.success(request, _("“%(name)s” was removed.") % {"name": attachment.filename})
    return seen(desk.url(page))


@open_to(Role.APPLICANT)
@require_safe
@at_most("preview")
def preview_pdf(request: TenantRequest, pk: int) -> HttpResponse:
    """The draft as a PDF with 草稿 on each page."""
    desk = open_desk(person(request), pk)
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    try:
        data = make_preview(proposal=desk.proposal, dossier=desk.dossier, policy=desk.policy, language=language)
    except RenderingFailed:
        return render(request, "proposals/draft/no_preview.html", {"proposal": desk.proposal, "desk": desk}, status=503)
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="draft-{desk.proposal.pk}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


# ---------------------------------------------------------------- handing in
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: TenantRequest, pk: int) -> Answer:
    """Everything that is still open, reasons for exceptions, and the confirmation."""
    desk = open_desk(person(request), pk, any_state=True, stage=Stage.ENDORSE)
    proposal = desk.proposal
    detail = reverse("proposals:detail", args=[proposal.tenant.slug, proposal.pk])
    if proposal.state != ProposalState.DRAFT:
        if proposal.pi_id != person(request).pk or request.method != "POST":
            raise NotVisible
        messages.info(request, _("This application has been handed in already."))
        return seen(detail)
    if request.method == "POST":
        try:
            request_endorsement(proposal=proposal, by=person(request), endorsers=_endorsers(request))
        except WrongState:
            messages.info(request, _("This application has been handed in already."))
            return seen(detail)
        except Refused as refusal:
            # The page below lists every condition anew, with the links to each.
            messages.error(request, _("Not handed in: something still stands in the way."))
            for finding in refusal.findings:
                if finding.field.startswith("chain."):
                    messages.error(request, finding.message)
            return seen(reverse("proposals:hand_in", args=[proposal.tenant.slug, proposal.pk]))
        messages.success(request, _("Handed in. Your institution's office has been told."))
        return seen(detail)
    page = desk.page(REASONS)
    blocks = desk.blocks(page)
    context = {
        **page_context(desk, page),
        "present": present(desk, page, person(request)),
        "blocks": blocks,
        "figures": figures_of(desk),
        "may_hand_in": proposal.pi_id == person(request).pk,
        "candidates": candidates_of(proposal),
    }
    return render(request, "proposals/draft/hand_in.html", context)


def _endorsers(request: TenantRequest) -> dict[str, int]:
    """The institution chosen for each further step of the chain: `endorser.<step>`."""
    prefix = "endorser."
    named = ((name.removeprefix(prefix), whole(str(value))) for name, value in request.POST.items() if prefix in name)
    return {step: pk for step, pk in named if pk is not None}
