"""An institution's summary lists: what stands endorsed by call, the lists issued, and their files."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import open_to
from core.errors import Refused
from core.limits import at_most
from documents.queries import bytes_of, current_revision
from documents.refusals import FileRefused
from documents.rendering import RenderingFailed
from proposals.actions import file_scan, issue_summary
from proposals.queries.summaries import chapter_of, chapters, issued_for, scan_of, summary_document
from proposals.views.common import download, language, person, seen


@open_to(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def summary_list(request: TenantRequest) -> HttpResponse:
    """What the person's institutions have endorsed, by call and step; POST issues one of them."""
    user, failed = person(request), False
    if request.method == "POST":
        try:
            made = issue_summary(
                chapter=chapter_of(user, request.POST.get("chapter", "")), by=user, language=language()
            )
        except RenderingFailed:
            failed = True
        except Refused as refusal:
            for finding in refusal.findings:
                messages.error(request, finding.message)
        else:
            messages.success(request, _("List %(number)d is ready to print and seal.") % {"number": made.number})
            return redirect("proposals:summaries", request.tenant.slug)
    context = {
        "chapters": chapters(user),
        "issued": issued_for(user),
        "failed": failed,
        "crumbs": [(reverse("proposals:to_endorse", args=[request.tenant.slug]), _("To endorse"))],
    }
    return render(request, "proposals/summaries.html", context, status=503 if failed else 200)


@open_to(Role.OFFICE)
@require_POST
@at_most("scan")
def scan(request: TenantRequest) -> HttpResponse:
    """The sealed list, scanned; the code on its pages says which one it is."""
    uploaded = request.FILES.get("scan")
    try:
        if uploaded is None:
            raise FileRefused("empty")
        row = file_scan(by=person(request), data=uploaded.read(), filename=str(uploaded.name))
    except Refused as refusal:
        for finding in refusal.findings:
            messages.error(request, finding.message)
    else:
        messages.success(request, _("Filed with list %(number)d.") % {"number": row.summary.number})
    return seen(reverse("proposals:summaries", args=[request.tenant.slug]))


@open_to(Role.OFFICE)
@require_safe
def scan_file(request: TenantRequest, pk: int) -> HttpResponse:
    """A sealed list as it was uploaded."""
    row = scan_of(person(request), pk)
    return download(bytes_of(row.file), row.file.media_type, row.filename)


@open_to(Role.OFFICE)
@require_safe
def summary_pdf(request: TenantRequest, pk: int) -> HttpResponse:
    """The same bytes ever after."""
    row, document = summary_document(person(request), pk)
    data = bytes_of(current_revision(document).file)
    return download(data, "application/pdf", f"{_('Summary of endorsements')}-{row.number}.pdf")
