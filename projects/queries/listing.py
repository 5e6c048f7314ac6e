"""The list of projects: filtered, sorted, by key."""

from collections.abc import Iterator, Mapping

from django.db.models import Q, QuerySet

from accounts.models import User
from core.keyset import Page, page_of
from programs.models import Call
from projects.enums import ProjectState
from projects.models import Project
from projects.queries.visible import visible_to

SORTS = {"new": "-id", "-new": "id", "amount": "approved_fen", "-amount": "-approved_fen"}
MOST_EXPORTED = 20_000


def filtered(user: User, parameters: Mapping[str, str]) -> QuerySet[Project]:
    """What the person sees of the projects that `parameters` ask for; nonsense filters nothing."""
    rows = visible_to(user)
    if text := parameters.get("q", "").replace("\x00", "").strip()[:100]:
        words = Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(grant_number__icontains=text)
        words |= Q(proposal__application_number__icontains=text)
        rows = rows.filter(words | Q(pi__name_zh__icontains=text) | Q(pi__name_en__icontains=text))
    if (state := parameters.get("state", "")) in ProjectState.values:
        rows = rows.filter(state=state)
    if (call := parameters.get("call", "")).isdecimal() and len(call) < 10:
        rows = rows.filter(call=int(call))
    return rows.select_related("pi", "lead_institution", "tenant").defer("book_draft")


def page_of_projects(user: User, parameters: Mapping[str, str]) -> Page[Project]:
    """One page of the list. One query."""
    column = SORTS.get(parameters.get("sort", ""), "-id")
    return page_of(filtered(user, parameters), parameters, column=column)


def all_of(user: User, parameters: Mapping[str, str]) -> Iterator[Project]:
    """The whole filtered list for an export, newest first."""
    rows = filtered(user, parameters).select_related("pi", "lead_institution", "tenant", "proposal", "call")
    rows = rows.defer("book_draft", "proposal__draft", "call__source")
    yield from rows.order_by("-id")[:MOST_EXPORTED].iterator(chunk_size=1000)


def calls_with_projects() -> list[tuple[int, str]]:
    """The calls that the list can be filtered by."""
    calls = Call.objects.filter(projects__isnull=False).distinct().order_by("-id").defer("source")
    return [(call.pk, call.title) for call in calls[:100]]
