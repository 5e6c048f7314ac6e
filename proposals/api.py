"""JSON endpoint of a draft: autosave with revision. The same mapping and the same judgement as the pages."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from rest_framework.decorators import api_view
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Role
from accounts.models import User, local
from core.access import open_to
from core.errors import Refused, StaleRevision, WrongState
from proposals.forms.desk import Desk, open_desk
from proposals.forms.fields import Kind, Rows
from proposals.forms.merging import base_of, news
from proposals.forms.pages import Block, Page
from proposals.forms.presence import present
from proposals.forms.reading import BadDraft, Parts, merged, parts_from_json, parts_from_post
from proposals.forms.saving import page_context, save_page
from proposals.forms.showing import ShownField, slots_of


@open_to(Role.APPLICANT)
@api_view(["PUT", "PATCH"])
def autosave(request: Request, pk: int) -> HttpResponse:
    """Save a draft, or one page of it.

    Body: `revision` (the one last seen), and either `page` + `fields` (a form's values by name) + `base` (the prints of
    the page's values), or `data` (parts of a dossier's JSON; amounts are whole fen, or text in yuan as typed). PUT
    empties what `data` leaves out. Answers 200 with the new `revision`, `saved_at`, `base`, what others wrote on the
    page (`theirs`, by field; `has_other_rows`) and what it shows anew; 409 with `theirs` when someone else wrote in
    the same `fields`, or without `base` anything since, or with `code` "handed_in"; 422 with the reason for what the
    applicant doesn't let one change; 400 for what isn't part of a draft; 401 when signed out; 404 when one has
    no part in it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return Response({"code": "too_large"}, status=413)
    desk = open_desk(_person(request), pk, any_state=True)
    proposal = desk.proposal
    try:
        body = _body(request)
        page = _page(desk, body)
        parts = _parts(request, page, body)
    except BadDraft as problem:
        return Response({"code": "bad_draft", "path": problem.path, "detail": str(problem)}, status=400)
    try:
        saved = save_page(
            proposal=proposal,
            by=_person(request),
            page=page,
            parts=parts,
            revision=body["revision"],
            base=str(body.get("base") or ""),
        )
    except StaleRevision as stale:
        theirs = {item.name: stale.current.get(item.name) for item in page.items if "." not in item.name}
        answer = {"code": "stale", "revision": stale.current_revision, "theirs": theirs}
        return Response(answer | {"fields": sorted(getattr(stale, "paths", ()))}, status=409)
    except WrongState as refusal:
        return Response({"code": "handed_in", "findings": _words(refusal)}, status=409)
    except Refused as refusal:
        return Response({"code": "refused", "findings": _words(refusal)}, status=422)
    return Response(_answer(request, Desk(saved, extent=desk.extent), page, merged(saved.draft, parts)))


# The framework exempts its views from LoginRequiredMiddleware; this one wants it, so that an ended session is a 401.
autosave.login_required = True  # type: ignore[attr-defined]


def _person(request: Request) -> User:
    return cast(User, request.user)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.data
    except RecursionError as problem:
        raise ParseError from problem
    if not isinstance(body, dict):
        raise BadDraft("data")
    revision = body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision < 2**31:
        raise BadDraft("revision")
    return body


def _page(desk: Desk, body: dict[str, Any]) -> Page:
    if "page" in body:
        return desk.page(str(body["page"]))
    blocks = [block for page in [*desk.pages, desk.page("reasons")] for block in page.blocks if block.items]
    return Page("", desk.pages[0].label, blocks=tuple(blocks))


def _parts(request: Request, page: Page, body: dict[str, Any]) -> Parts:
    if "fields" in body:
        fields = body["fields"]
        if not isinstance(fields, dict) or not all(_is_texts(values) for values in fields.values()):
            raise BadDraft("fields")
        return parts_from_post(page.items, fields)
    parts = parts_from_json(page.items, body.get("data"))
    if request.method == "PUT":
        for block in page.blocks:
            _empty_what_is_missing(block, parts)
    return parts


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _empty_what_is_missing(block: Block, parts: Parts) -> None:
    for item in block.items:
        here = parts
        *steps, last = item.name.split(".")
        for step in steps:
            here = here.setdefault(step, {})
        if last not in here:
            kind = None if isinstance(item, Rows) else item.kind
            here[last] = [] if kind in (None, Kind.WORDS) else False if kind is Kind.FLAG else ""


def _words(refusal: Refused) -> list[dict[str, str]]:
    return [{"message": one.message, "field": one.field, "article": one.article} for one in refusal.findings]


def _answer(request: Request, desk: Desk, page: Page, shown: Mapping[str, Any]) -> dict[str, Any]:
    """`shown` is what the form shows: of what others wrote it goes on showing, and sending, what it had."""
    theirs = news(page.items, shown, desk.proposal.draft)
    answer: dict[str, Any] = {
        "revision": desk.proposal.revision,
        "saved_at": desk.proposal.updated_at.isoformat(),
        "base": base_of(page.items, shown),
        "theirs": theirs.values,
        "has_other_rows": theirs.has_other_rows,
        "title": local(desk.dossier.title_zh, desk.dossier.title_en) or f"#{desk.proposal.pk}",
    }
    here = {"present": present(desk, page, _person(request), writes=True)}
    context = {**page_context(desk, page), **here, "tenant": desk.proposal.tenant}
    # Both lists stand on the page already; a part of the whole draft has no page around it.
    answer["findings_html"] = render_to_string("proposals/draft/_list.html", context)
    answer["rail_html"] = render_to_string("proposals/draft/_rail.html", context)
    if page.key:
        blocks = desk.blocks(page)
        answer["at"] = {
            path: render_to_string("proposals/draft/_remarks.html", {"remarks": slot.remarks})
            for path, slot in slots_of(blocks)
            if slot.remarks
        }
        answer["invalid"] = [
            path for path, slot in slots_of(blocks) if isinstance(slot, ShownField) and slot.is_invalid
        ]
    return answer
