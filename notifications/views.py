"""The inbox."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import TenantRequest
from core.access import SIGNED_IN, open_to
from core.parameters import whole
from notifications.actions import mark_read
from notifications.queries import inbox_of, page_of


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: TenantRequest) -> HttpResponse:
    """My notices with this funder, newest first; POST marks the shown ones as read."""
    if request.method == "POST":
        mark_read(user=request.user, notice_ids=_ids(request.POST.getlist("notice")))
        return redirect("notifications:inbox", tenant=request.tenant.slug)
    notices, older = page_of(inbox_of(request.user), before=whole(request.GET.get("after")))
    return render(request, "notifications/inbox.html", {"notices": notices, "older": older})


def _ids(texts: list[str]) -> list[int]:
    """The numbers among them that a database key can be."""
    return [number for text in texts if (number := whole(text)) is not None]
