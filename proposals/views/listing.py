"""The list of proposals and its spreadsheet."""

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import STAFF_ROLES, Role
from accounts.http import TenantRequest
from core import clock
from core.access import open_to
from core.limits import at_most
from proposals.exports import proposals_xlsx
from proposals.forms.filters import Filters
from proposals.queries.listing import MOST_COUNTED, exported, listed
from proposals.rules import INTEGRITY_READERS
from proposals.views.common import READERS, person

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@open_to(*READERS)
@require_safe
def proposal_list(request: TenantRequest) -> HttpResponse:
    """What the person may see; filters, order and place are all in the address."""
    is_staff = bool(STAFF_ROLES.intersection(request.roles))
    filters = Filters(request.GET, is_staff=is_staff)
    page, count = listed(person(request), filters.values, request.GET, request.tenant.zone)
    context = {
        "filters": filters,
        "rows": page.rows,
        "older": page.older,
        "newer": page.newer,
        "count": f"{MOST_COUNTED}+" if count >= MOST_COUNTED else count,
        "is_staff": is_staff,
        "reads_integrity": bool(INTEGRITY_READERS.intersection(request.roles)),
        "is_secretary": Role.SECRETARY in request.roles,
        "is_filtered": any(filters.values.values()),
    }
    return render(request, "proposals/list.html", context)


@open_to(*READERS)
@require_safe
@at_most("export")
def export(request: TenantRequest) -> HttpResponse:
    """The same list as a spreadsheet."""
    zone = request.tenant.zone
    is_staff = bool(STAFF_ROLES.intersection(request.roles))
    data = proposals_xlsx(exported(person(request), Filters(request.GET, is_staff=is_staff).values, zone), zone)
    answer = HttpResponse(data, content_type=XLSX)
    name = f"{_('proposals')}-{clock.today(zone)}.xlsx"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer
