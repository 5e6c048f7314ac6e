"""Reads of the pool: its list, one candidate, what was drawn."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import Role
from core.errors import NotVisible
from core.keyset import Page, count_up_to, page_of
from core.rows import only
from programs.enums import CallState, Channel
from programs.models import Call
from programs.pool.models import Candidate, CandidateDraw

# Who reads the pool; the secretariat alone keeps it and draws from it.
POOL_READERS = frozenset({Role.SECRETARY, Role.DIRECTOR})
SORTS = {"newest": "-id", "amount": "amount_fen", "-amount": "-amount_fen"}
STATUSES = ("open", "drawn", "closed")
MOST_COUNTED = 1_000
MOST_EXPORTED = 10_000
_SEARCHED = ("title_zh", "title_en", "keywords", "proposer", "field", "institution__name_zh", "institution__name_en")
# Calls that a candidate can still be drawn into.
_RUNNING = (CallState.DRAFTING, CallState.CONSULTING, CallState.APPROVED, CallState.OPEN)


def filtered(filters: Mapping[str, Any]) -> QuerySet[Candidate]:
    """The active tenant's candidates: `q`, each of whose words stands somewhere; `channel`, `country`, `status`."""
    rows = Candidate.objects.select_related("institution").annotate(
        is_drawn=Exists(CandidateDraw.objects.filter(candidate=OuterRef("pk")))
    )
    for word in str(filters.get("q") or "").split()[:8]:
        condition = Q()
        for name in _SEARCHED:
            condition |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(condition)
    if (channel := filters.get("channel")) in Channel.values:
        rows = rows.filter(channel=channel)
    if country := filters.get("country"):
        rows = rows.filter(country=country)
    status = filters.get("status")
    if status in STATUSES:
        rows = rows.filter(closed_at__isnull=status != "closed")
    if status in ("open", "drawn"):
        rows = rows.filter(is_drawn=status == "drawn")
    return rows


def listed(filters: Mapping[str, Any], parameters: Mapping[str, str]) -> tuple[Page[Candidate], int]:
    """A page of them, and how many there are up to MOST_COUNTED. `parameters` hold sort, after, before."""
    rows = filtered(filters)
    page = page_of(rows, parameters, column=SORTS.get(parameters.get("sort", ""), "-id"))
    is_all = not page.older and not page.newer
    return page, len(page.rows) if is_all else count_up_to(rows, MOST_COUNTED)


def exported(filters: Mapping[str, Any]) -> list[Candidate]:
    """The same rows for a spreadsheet, newest first, at most MOST_EXPORTED."""
    return list(filtered(filters).order_by("-id")[:MOST_EXPORTED])


def get_candidate(pk: int) -> Candidate:
    """One of the active tenant's. Raises NotVisible."""
    found: Candidate | None = only(
        Candidate.objects.select_related("institution", "tenant", "added_by", "closed_by").filter(pk=pk)
    )
    if found is None:
        raise NotVisible
    return found


def candidates(pks: Iterable[int]) -> QuerySet[Candidate]:
    """Those of the active tenant's with these ids, oldest first."""
    return Candidate.objects.filter(pk__in=list(pks)).select_related("institution", "tenant").order_by("pk")


def draws_of(candidate: Candidate) -> QuerySet[CandidateDraw]:
    """The calls that drew it, oldest first."""
    return candidate.draws.select_related("call", "drawn_by")


def draws_into(call: Call) -> QuerySet[CandidateDraw]:
    """What the call drew from the pool, oldest first."""
    return CandidateDraw.objects.filter(call=call).select_related("candidate")


def calls_to_draw_into() -> QuerySet[Call]:
    """The calls by invitation that are not over, newest first."""
    return Call.objects.filter(is_targeted=True, state__in=_RUNNING).order_by("-id")
