"""Lists of proposals: filtered, searched, sorted, by page or whole for an export. Nothing is counted or skipped."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User, local
from core.keyset import Page, count_up_to, page_of
from programs.models import Call
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries.visibility import visible_to

# Sort key of the address → column; all are indexed after the tenant.
SORTS = {
    "newest": "-id",
    "amount": "requested_fen",
    "-amount": "-requested_fen",
    "changed": "updated_at",
    "-changed": "-updated_at",
}
MOST_COUNTED = 1000
MOST_EXPORTED = 10_000


def filtered(user: User, filters: Mapping[str, Any]) -> QuerySet[Proposal]:
    """Those that `user` sees and that match: `q` in number, titles or the PI's name, `state`, `call` (an id)."""
    rows = visible_to(user)
    if text := str(filters.get("q") or "").strip():
        people = User.objects.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text)).values("pk")
        rows = rows.filter(
            Q(title_zh__icontains=text)
            | Q(title_en__icontains=text)
            | Q(application_number__icontains=text)
            | Q(pi__in=people)
        )
    if (state := filters.get("state")) in ProposalState.values:
        rows = rows.filter(state=state)
    if call := filters.get("call"):
        rows = rows.filter(call_id=int(call))
    return rows


def listed(user: User, filters: Mapping[str, Any], parameters: Mapping[str, str]) -> tuple[Page[Proposal], int]:
    """A page of them, and how many there are up to MOST_COUNTED. `parameters` hold sort, after, before."""
    rows = filtered(user, filters)
    column = SORTS.get(parameters.get("sort", ""), "-id")
    page = page_of(_whole(rows), parameters, column=column)
    is_all = not page.older and not page.newer
    return page, len(page.rows) if is_all else count_up_to(rows, MOST_COUNTED)


def exported(user: User, filters: Mapping[str, Any]) -> QuerySet[Proposal]:
    """The same rows for a spreadsheet, newest first, at most MOST_EXPORTED."""
    return _whole(filtered(user, filters)).order_by("-id")[:MOST_EXPORTED]


def _whole(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    # Not the drafts: they are the size of a book.
    return rows.select_related("pi", "lead_institution").defer("draft")


def calls_to_choose() -> list[tuple[int, str]]:
    """Calls of the active tenant with any proposals, newest first, for the filter."""
    rows = Call.objects.exclude(published_at=None).order_by("-id").values_list("pk", "title_zh", "title_en")
    return [(pk, local(zh, en)) for pk, zh, en in rows[:100]]
