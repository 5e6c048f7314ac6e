"""Statistics of a year, a programme or a call, for the funder's staff."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.enums import STAFF_ROLES
from accounts.http import TenantRequest
from core import clock
from core.access import open_to
from core.limits import at_most
from reviews.exports import MEDIA_TYPE, statistics_xlsx
from reviews.forms.statistics import StatisticsFilters
from reviews.queries.statistics import DIMENSIONS, Line, counted, years_of

# The rest stands in one line; the spreadsheet has all.
MOST_LINES = 15


@open_to(*STAFF_ROLES)
@require_safe
def statistics(request: TenantRequest) -> HttpResponse:
    """Tables with bars; each line leads to the list of what it counts. The filters are in the address."""
    tenant: Any = request.tenant
    filters = StatisticsFilters(request.GET, years_of(request.user, tenant))  # type: ignore[arg-type]
    chosen = filters.values
    found = counted(request.user, tenant, chosen)  # type: ignore[arg-type]
    address = reverse("proposals:list", args=[tenant.slug])
    context = {
        "filters": filters,
        "total": found.total,
        "export_query": urlencode({**chosen, "year": chosen.get("year", "all")}),
        "tables": [
            {"key": name, "title": title, "head": head, "rows": _rows(name, found.tables[name], address, chosen)}
            for name, title, head in titles()
        ],
        "crumbs": [(address, _("Proposals"))],
    }
    return render(request, "reviews/statistics.html", context)


def titles() -> list[tuple[str, Any, Any]]:
    """Dimension, what its table is called, and its first column."""
    words = {
        "state": (_("By state"), _("State")),
        "programme": (_("By programme"), _("Programme")),
        "field": (_("By field"), _("Field")),
        "institution": (_("By lead institution"), _("Lead institution")),
        "country": (_("By the partners' countries"), _("Country")),
        "month": (_("By month of receipt"), _("Month")),
    }
    return [(name, *words[name]) for name in DIMENSIONS]


def _rows(name: str, lines: list[Line], address: str, chosen: dict[str, Any]) -> list[tuple[Line, str]]:
    """Lines with their addresses; what is beyond MOST_LINES, and what has no key, leads nowhere."""
    parts = {key: value for key, value in chosen.items() if not (name == "month" and key == "year")}
    shown = lines if name == "month" or len(lines) <= MOST_LINES + 1 else lines[:MOST_LINES]
    rows = [(_named(line), f"{address}?{urlencode({**parts, name: line.key})}" if line.key else "") for line in shown]
    if rest := lines[len(shown) :]:
        rows.append((_together(rest), ""))
    return rows


def _named(line: Line) -> Line:
    return line if line.label else replace(line, label=_("Not given"))


def _together(rest: list[Line]) -> Line:
    label = ngettext("%(n)d other", "%(n)d others", len(rest)) % {"n": len(rest)}
    asked, approved = sum(line.asked_fen for line in rest), sum(line.approved_fen for line in rest)
    return Line("", label, sum(line.count for line in rest), asked, approved)


@open_to(*STAFF_ROLES)
@require_safe
@at_most("export")
def statistics_export(request: TenantRequest) -> HttpResponse:
    """The same tables, whole, as a spreadsheet."""
    tenant: Any = request.tenant
    filters = StatisticsFilters(request.GET, years_of(request.user, tenant))  # type: ignore[arg-type]
    data = statistics_xlsx(counted(request.user, tenant, filters.values), titles())  # type: ignore[arg-type]
    answer = HttpResponse(data, content_type=MEDIA_TYPE)
    name = f"{_('statistics')}-{clock.today(tenant.zone)}.xlsx"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer
