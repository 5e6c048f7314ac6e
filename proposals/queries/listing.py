"""Lists of proposals: filtered, searched, sorted, by page or whole for an export. Nothing is counted or skipped."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import User, local
from core import clock
from core.keyset import Page, count_up_to, page_of
from core.search import matching
from programs.models import Call
from programs.queries import policies_by_hash
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalCountry
from proposals.queries.visibility import arms_for

# Sort key of the address → column; all are indexed after the tenant.
SORTS = {
    "newest": "-id",
    "amount": "requested_fen",
    "-amount": "-requested_fen",
    "changed": "updated_at",
    "-changed": "-updated_at",
}
MOST_COUNTED = 100
LARGEST_ID = 2**63
MOST_EXPORTED = 10_000


def filtered(user: User, filters: Mapping[str, Any], zone: ZoneInfo = clock.SHANGHAI) -> list[QuerySet[Proposal]]:
    """Those that `user` sees and that match: `q` in words of number, titles or the PI's name, `state`, `call` (an id),
    and what `counted_as` takes.

    Several queries, each by its own index; together they hold all."""
    condition = counted_as(filters, zone)
    if text := str(filters.get("q") or "").strip():
        condition &= matching(Proposal, text)
    if (state := filters.get("state")) in ProposalState.values:
        condition &= Q(state=state)
    return [rows.filter(condition) for rows in arms_for(user)]


def counted_as(filters: Mapping[str, Any], zone: ZoneInfo) -> Q:
    """The condition of what statistics count together: `call` and `institution` (ids), `programme` (a slug), `country`
    of a partner, `field` (a key), `year` ("2021") and `month` ("2021-07") of receipt in `zone`."""
    condition = Q()
    if call := filters.get("call"):
        condition &= Q(call_id=int(call))
    if institution := filters.get("institution"):
        condition &= Q(lead_institution_id=int(institution))
    if programme := filters.get("programme"):
        condition &= Q(call__in=Call.objects.filter(programme__slug=programme).values("pk"))
    if country := filters.get("country"):
        condition &= Q(pk__in=ProposalCountry.objects.filter(country=country).values("proposal"))
    if field := filters.get("field"):
        condition &= Q(field=field)
    for months, name in ((12, "year"), (1, "month")):
        value = str(filters.get(name) or "")
        if first := month_of(f"{value}-01" if name == "year" and value else value):
            begins, ends = clock.start_of_day(first, zone), clock.start_of_day(clock.add_months(first, months), zone)
            condition &= Q(received_at__gte=begins, received_at__lt=ends)
    return condition


def month_of(text: str) -> date | None:
    """The first day of "2021-07"; None for nonsense."""
    if not re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        return None
    return date(int(text[:4]), int(text[5:]), 1)


def listed(
    user: User, filters: Mapping[str, Any], parameters: Mapping[str, str], zone: ZoneInfo = clock.SHANGHAI
) -> tuple[Page[Proposal], int]:
    """A page of them, and how many there are up to MOST_COUNTED. `parameters` hold sort, after, before."""
    arms = filtered(user, filters, zone)
    column = SORTS.get(parameters.get("sort", ""), "-id")
    page = page_of([_whole(rows) for rows in arms], parameters, column=column)
    is_all = not page.older and not page.newer
    return page, len(page.rows) if is_all else count_up_to(arms, MOST_COUNTED)


def exported(user: User, filters: Mapping[str, Any], zone: ZoneInfo = clock.SHANGHAI) -> list[Proposal]:
    """The same rows for a spreadsheet, newest first, at most MOST_EXPORTED."""
    arms = filtered(user, filters, zone)
    found = {row.pk: row for rows in arms for row in _whole(rows).order_by("-id")[:MOST_EXPORTED]}
    return sorted(found.values(), key=lambda row: row.pk, reverse=True)[:MOST_EXPORTED]


def _whole(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    # Not the drafts: they are the size of a book.
    return rows.select_related("pi", "lead_institution").defer("draft")


def field_labels() -> dict[str, str]:
    """The fields of the active tenant's published calls by their keys, in the active language; the newest call's word
    where several have one. One query."""
    rows = Call.objects.exclude(published_at=None).order_by("-id").values_list("policy_sha256", "pk")
    calls = dict(reversed(list(rows[:100])))
    policies = policies_by_hash(calls)
    return {choice.key: choice.label for sha256 in calls for choice in policies[sha256].fields}


def calls_to_choose(*, is_staff: bool) -> list[tuple[int, str]]:
    """Calls of the active tenant with any proposals, newest first, for the filter; those by invitation for staff."""
    seen = {} if is_staff else {"is_targeted": False}
    rows = (
        Call.objects.filter(**seen).exclude(published_at=None).order_by("-id").values_list("pk", "title_zh", "title_en")
    )
    return [(pk, local(zh, en)) for pk, zh, en in rows[:100]]
