"""Autosave of a review while it is written; the contract is that of static/js/autosave.js."""

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from accounts.http import PortalRequest
from core.access import open_to
from core.errors import Refused, StaleRevision
from core.parameters import revision
from reviews import rules
from reviews.actions.reviewing import missing_in
from reviews.forms.desk import review_form, save
from reviews.http import NOT_NOW, NOT_UNDERSTOOD
from reviews.queries.assignments import get_mine


@open_to(*rules.EXPERTS)
@require_POST
def autosave(request: PortalRequest, pk: int) -> HttpResponse:
    """Keep the form as it stands: 200 with the new revision, 409 with what was saved meanwhile, 422 refused."""
    assignment = get_mine(request.user, pk)
    form = review_form(assignment, request.POST)
    try:
        row = save(request.user, assignment, form, revision(request.headers.get("X-Revision")))
    except StaleRevision as stale:
        theirs = {name: text for name, text in stale.current.items() if name in form.fields}
        return JsonResponse({"revision": stale.current_revision, "theirs": theirs}, status=NOT_NOW)
    except Refused as refusal:
        errors = {one.field or "comment": str(one.message) for one in refusal.findings}
        return JsonResponse({"errors": errors}, status=NOT_UNDERSTOOD)
    html = render_to_string("reviews/_missing.html", {"missing": missing_in(row)}, request)
    saved_at = row.saved_at.isoformat() if row.saved_at else ""
    return JsonResponse({"revision": row.revision, "saved_at": saved_at, "findings_html": html})
