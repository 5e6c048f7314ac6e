"""Pages that belong to no app: My tasks, and whether the server is alive."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest
from accounts.queries import all_tenants
from core.access import PUBLIC, SIGNED_IN, open_to
from core.tasklist import tasks_for
from core.tenancy import tenant_scope

FIRST = 20


@open_to(SIGNED_IN)
@require_safe
def home(request: TenantRequest) -> HttpResponse:
    """My tasks: what waits for me with every funder and in every role, soonest deadline first."""
    tenants = all_tenants()
    request.tenants = tenants  # type: ignore[attr-defined] # for the role switch
    with tenant_scope(tenants):
        items = tasks_for(request.user, tenants)
        shown = items if "all" in request.GET else items[:FIRST]
        context = {"items": shown, "more": len(items) - len(shown), "tenants": tenants}
        return render(request, "home.html", context)


@open_to(PUBLIC)
@require_safe
def front(request: TenantRequest) -> HttpResponse:
    """A funder's address as people type it: its calls."""
    return redirect("programs:call_list", request.tenant.slug)


@open_to(PUBLIC)
@require_safe
def healthz(request: TenantRequest) -> HttpResponse:
    """200 when the process answers and its database does too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
