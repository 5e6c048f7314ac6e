"""The list of projects: filtered, sorted, by key."""

from collections.abc import Iterator, Mapping

from django.db.models import Q, QuerySet

from accounts.models import User, local
from core.conditions import Holds
from core.keyset import Page, page_of
from core.parameters import whole
from core.search import matching
from programs.models import Call
from projects.enums import ProjectState
from projects.models import Project
from projects.queries.visible import arms_for

SORTS = {"new": "-id", "-new": "id", "amount": "approved_fen", "-amount": "-approved_fen"}
MOST_EXPORTED = 20_000
_CHUNK = 500


def filtered(user: User, parameters: Mapping[str, str]) -> list[QuerySet[Project]]:
    """What the person sees of the projects that `parameters` ask for; nonsense filters nothing.

    Several queries, each by its own index; together they hold all."""
    condition = Q()
    if text := parameters.get("q", "").replace("\x00", "").strip()[:100]:
        condition &= matching(Project, text)
    if (state := parameters.get("state", "")) in ProjectState.values:
        condition &= Q(state=state)
    if (call := whole(parameters.get("call"))) is not None:
        condition &= Q(call=call)
    return [rows.filter(condition) for rows in arms_for(user)]


def page_of_projects(user: User, parameters: Mapping[str, str]) -> Page[Project]:
    """One page of the list. One query for each reason to see a project."""
    column = SORTS.get(parameters.get("sort", ""), "-id")
    arms = [rows.select_related("pi", "lead_institution").defer("book_draft") for rows in filtered(user, parameters)]
    return page_of(arms, parameters, column=column)


def all_of(user: User, parameters: Mapping[str, str]) -> Iterator[Project]:
    """The whole filtered list for an export, newest first."""
    found: set[int] = set()
    for rows in filtered(user, parameters):
        found.update(rows.order_by("-id").values_list("pk", flat=True)[:MOST_EXPORTED])
    whole = Project.objects.select_related("pi", "lead_institution", "tenant", "proposal", "call").defer(
        "book_draft", "proposal__draft", "call__source"
    )
    wanted = sorted(found, reverse=True)[:MOST_EXPORTED]
    for start in range(0, len(wanted), _CHUNK):
        yield from whole.filter(pk__in=wanted[start : start + _CHUNK]).order_by("-id")


def calls_with_projects() -> list[tuple[int, str]]:
    """The calls that the list can be filtered by."""
    has_one = Holds("EXISTS (SELECT 1 FROM {projects} t WHERE t.call_id = {key} {probe})", projects=Project, key="pk")
    calls = Call.objects.filter(has_one).order_by("-id").values_list("pk", "title_zh", "title_en")
    return [(pk, local(zh, en)) for pk, zh, en in calls[:100]]
