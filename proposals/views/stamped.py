"""The stamped scan of an application: filed with the version that its codes name, and read again (B6)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Role
from core.access import open_to
from core.errors import NotVisible, Refused
from core.limits import at_most
from documents.queries import bytes_of
from documents.refusals import FileRefused
from proposals.actions import file_version_scan
from proposals.queries import access_of
from proposals.queries.stamped import reads_scans, scans_of
from proposals.views.common import READERS, download, person, seen


@open_to(Role.APPLICANT, Role.OFFICE)
@require_POST
@at_most("scan")
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """File the scan; the code on its pages says which version it is of."""
    proposal = access_of(person(request), pk).proposal
    uploaded = request.FILES.get("scan")
    try:
        data, name = (uploaded.read(), str(uploaded.name)) if uploaded else (b"", "")
        row = file_version_scan(proposal=proposal, by=person(request), data=data, filename=name)
    except FileRefused as refusal:
        messages.error(request, str(refusal))
    except Refused as refusal:
        for finding in refusal.findings:
            messages.error(request, finding.message)
    else:
        messages.success(request, _("Filed with version %(number)d.") % {"number": row.version.number})
    return seen(reverse("proposals:detail", args=[proposal.tenant.slug, pk]) + "#versions")


@open_to(*READERS)
@require_safe
def scan_file(request: HttpRequest, pk: int, scan_pk: int) -> HttpResponse:
    """A stamped application as it was uploaded."""
    access = access_of(person(request), pk)
    row = next((one for one in scans_of(access.proposal) if one.pk == scan_pk), None)
    if row is None or not reads_scans(access):
        raise NotVisible
    return download(bytes_of(row.file), row.file.media_type, row.filename)
