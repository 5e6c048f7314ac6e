"""One proposal: its page, its versions side by side, its files."""

from itertools import zip_longest
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest
from core.access import open_to
from core.errors import NotVisible
from documents.queries import bytes_of, current_revision
from documents.rendering import RenderingFailed
from programs.dossier import diff
from proposals.actions import issue_version_pdf
from proposals.enums import ProposalState
from proposals.queries import Access, access_of, office_comments
from proposals.queries.chain import chain_of, returned_title
from proposals.queries.checks import appealable, checks_of, reads_appeals
from proposals.queries.history import editions_for, find_file, shown_to
from proposals.queries.options import options_for, steps_of
from proposals.queries.picture import picture_of, place_name
from proposals.queries.stamped import files_scans, reads_scans, scans_of
from proposals.views.common import READERS, crumbs, download, history, language, person, rulings


@open_to(*READERS)
@require_safe
def detail(request: TenantRequest, pk: int) -> HttpResponse:
    """The whole application as this person may see it: content, findings, history, files, and what they can do."""
    access = access_of(person(request), pk)
    proposal, editions = access.proposal, editions_for(access)
    shown = shown_to(access, editions)
    options = options_for(access, shown)
    returned = office_comments(proposal) if access.reads_draft and access.was_handed_in else None
    comments = returned.field_comments if returned else {}
    context = {
        "proposal": proposal,
        "shown": shown,
        "picture": picture_of(proposal, shown.dossier, comments=comments, is_draft=shown.is_draft),
        "options": options,
        "steps": steps_of(proposal),
        "events": history(access, request.roles),
        "editions": editions,
        "returned": returned,
        "returned_title": returned_title(proposal, returned) if returned else "",
        "chain": chain_of(proposal) if access.reads_draft or access.is_office or access.is_endorser else [],
        "comment_rows": [(place_name(path), text) for path, text in comments.items()],
        **_rulings(access),
        **_scans(access),
        "can_appeal": access.owns and appealable(proposal) is not None,
        "crumbs": crumbs(proposal),
    }
    return render(request, "proposals/detail.html", context)


def _rulings(access: Access) -> dict[str, Any]:
    """What the preliminary check decided: what the applicant is to answer now, and what was decided before."""
    proposal = access.proposal
    if proposal.received_at is None or not reads_appeals(access):
        return {}
    found = rulings(proposal, checks_of(proposal))
    waits = proposal.state in (ProposalState.DRAFT, ProposalState.INVALID)
    return {"ruling": found[0], "earlier_rulings": found[1:]} if found and waits else {"earlier_rulings": found}


def _scans(access: Access) -> dict[str, Any]:
    """The stamped scans, for those who read them, and whether the person may file one (B6)."""
    if access.proposal.received_at is None or not reads_scans(access):
        return {}
    return {"scans": scans_of(access.proposal) if access.has_scans else [], "can_scan": files_scans(access)}


@open_to(*READERS)
@require_safe
def compare(request: TenantRequest, pk: int) -> HttpResponse:
    """What changed between any two editions, and who made each when: versions, and for the applicant's side also
    hand-ins (`?a=…&b=…`). Without a choice, the newest and the one before it."""
    access = access_of(person(request), pk)
    editions = editions_for(access)
    by_key = {edition.key: edition for edition in editions}
    after = by_key.get(request.GET.get("b", "")) or (editions[0] if editions else None)
    pairs = list(zip_longest(editions, editions[1:]))
    before = by_key.get(request.GET.get("a", "")) or next((older for one, older in pairs if one is after), None)
    context = {
        "proposal": access.proposal,
        "editions": editions,
        "pairs": pairs,
        "before": before,
        "after": after,
        "changes": diff(before.dossier, after.dossier) if before and after else [],
        "crumbs": crumbs(access.proposal, to_this=True),
    }
    return render(request, "proposals/compare.html", context)


@open_to(*READERS)
@require_safe
def version_pdf(request: TenantRequest, pk: int, number: int) -> HttpResponse:
    """A frozen version's PDF, issued when first asked for and the same bytes ever after."""
    access = access_of(person(request), pk)
    proposal, key = access.proposal, f"v{number}"
    version = proposal.versions.filter(number=number).first()
    if version is None or key not in {edition.key for edition in editions_for(access)}:
        raise NotVisible
    try:
        document = issue_version_pdf(version=version, language=language(), by=person(request))
    except RenderingFailed:
        address = reverse("proposals:detail", args=[proposal.tenant.slug, pk])
        return render(request, "proposals/no_pdf.html", {"proposal": proposal, "back": address}, status=503)
    name = f"{proposal.application_number}-v{number}.pdf"
    return download(bytes_of(current_revision(document).file), "application/pdf", name)


@open_to(*READERS)
@require_safe
def attachment(request: TenantRequest, pk: int, attachment_pk: int) -> HttpResponse:
    """A file of the draft for its writers; for the others only one that stands in what they may read."""
    row = find_file(access_of(person(request), pk), attachment_pk)
    if row is None:
        raise NotVisible
    return download(bytes_of(row.file), row.file.media_type, row.filename)
