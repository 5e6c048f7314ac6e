"""Lists of proposals: filtered, searched, sorted, by page or whole for an export. Nothing is counted or skipped."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User, local
from core.keyset import Page, count_up_to, page_of
from core.search import matching
from programs.models import Call
from proposals.enums import ProposalState
from proposals.models import Proposal
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
MOST_EXPORTED = 10_000


def filtered(user: User, filters: Mapping[str, Any]) -> list[QuerySet[Proposal]]:
    """Those that `user` sees and that match: `q` in words of number, titles or the PI's name, `state`, `call` (an id).

    Several queries, each by its own index; together they hold all."""
    condition = Q()
    if text := str(filters.get("q") or "").strip():
        condition &= matching(Proposal, text)
    if (state := filters.get("state")) in ProposalState.values:
        condition &= Q(state=state)
    if call := filters.get("call"):
        condition &= Q(call_id=int(call))
    return [rows.filter(condition) for rows in arms_for(user)]


def listed(user: User, filters: Mapping[str, Any], parameters: Mapping[str, str]) -> tuple[Page[Proposal], int]:
    """A page of them, and how many there are up to MOST_COUNTED. `parameters` hold sort, after, before."""
    arms = filtered(user, filters)
    column = SORTS.get(parameters.get("sort", ""), "-id")
    page = page_of([_whole(rows) for rows in arms], parameters, column=column)
    is_all = not page.older and not page.newer
    return page, len(page.rows) if is_all else count_up_to(arms, MOST_COUNTED)


def exported(user: User, filters: Mapping[str, Any]) -> list[Proposal]:
    """The same rows for a spreadsheet, newest first, at most MOST_EXPORTED."""
    found = {row.pk: row for rows in filtered(user, filters) for row in _whole(rows).order_by("-id")[:MOST_EXPORTED]}
    return sorted(found.values(), key=lambda row: row.pk, reverse=True)[:MOST_EXPORTED]


def _whole(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    # Not the drafts: they are the size of a book.
    return rows.select_related("pi", "lead_institution").defer("draft")


def calls_to_choose(*, is_staff: bool) -> list[tuple[int, str]]:
    """Calls of the active tenant with any proposals, newest first, for the filter; those by invitation for staff."""
    seen = {} if is_staff else {"is_targeted": False}
    rows = (
        Call.objects.filter(**seen).exclude(published_at=None).order_by("-id").values_list("pk", "title_zh", "title_en")
    )
    return [(pk, local(zh, en)) for pk, zh, en in rows[:100]]
