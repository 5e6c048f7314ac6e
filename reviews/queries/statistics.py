"""What was received and awarded, counted by state, institution, country, field, programme and month.

Whoever is tied to an application counts without it in every figure, as their lists stand without it (A16)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import TruncMonth

from accounts.enums import STAFF_ROLES
from accounts.models import Institution, Tenant, User
from accounts.standing import standing_of
from core.countries import country_name
from programs.models import Call, Programme
from programs.queries import programmes_by_slug
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalCountry
from proposals.queries.impartiality import untied
from proposals.queries.listing import counted_as, field_labels
from reviews.enums import LineDecision, PlanState
from reviews.models import FundingPlan, PlanLine

DIMENSIONS = ("state", "programme", "field", "institution", "country", "month")
# In the order of a proposal's life and of time; the others begin with the most.
_IN_ORDER = ("state", "month")


@dataclass(frozen=True)
class Line:
    """One row of a table: how many, what they ask for, what was approved, in fen."""

    key: str
    label: str
    count: int
    asked_fen: int
    approved_fen: int
    share: int = 0
    """Of the largest count of its table, in percent."""


@dataclass(frozen=True)
class Statistics:
    """Tables by dimension; each but the countries' adds up to `total`: an application counts once in each country that
    its partners come from."""

    total: Line
    tables: Mapping[str, list[Line]]


def counted(user: User, tenant: Tenant, filters: Mapping[str, Any]) -> Statistics:
    """The funder's received applications that match `counted_as`, of which the person may know.

    One query for all the figures, reading each application once, and three for the names."""
    total = Line("", "", 0, 0, 0)
    figures: dict[str, list[Line]] = {name: [] for name in DIMENSIONS}
    for what, key, count, asked, approved in _figures(_rows(user, tenant, filters), tenant):
        line = Line(str(key or ""), "", int(count), int(asked or 0), int(approved or 0))
        if what == "total":
            total = line
        else:
            figures[what].append(line)
    return Statistics(total, {name: _table(name, figures[name]) for name in DIMENSIONS})


def years_of(user: User, tenant: Tenant) -> list[int]:
    """The years between the last receipt and the first that the person may know of, newest first. One query."""
    found = _rows(user, tenant, {}).aggregate(first=Min("received_at"), last=Max("received_at"))
    if found["first"] is None:
        return []
    begin, end = (found[name].astimezone(tenant.zone).year for name in ("first", "last"))
    return list(range(end, begin - 1, -1))


def _rows(user: User, tenant: Tenant, filters: Mapping[str, Any]) -> QuerySet[Proposal]:
    if not STAFF_ROLES.intersection(standing_of(user).roles.get(tenant.pk, ())):
        return Proposal.objects.none()
    rows = Proposal.objects.filter(tenant=tenant, received_at__isnull=False)
    return rows.filter(untied(user), counted_as(filters, tenant.zone))


def _figures(rows: QuerySet[Proposal], tenant: Tenant) -> Iterable[tuple[str, Any, int, Any, Any]]:
    """(dimension, key, count, asked, approved) of every group."""
    month = TruncMonth("received_at", tzinfo=tenant.zone)
    chosen = rows.order_by().annotate(month=month).values_list(
        "pk", "state", "call_id", "lead_institution_id", "field", "requested_fen", "month"
    )  # fmt: skip
    try:
        inner, values = chosen.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return []
    names = {
        name: f'"{model._meta.db_table}"'
        for name, model in (
            ("calls", Call), ("programmes", Programme), ("countries", ProposalCountry), ("lines", PlanLine),
            ("plans", FundingPlan),
        )
    }  # fmt: skip
    given: list[Any] = [tenant.pk, PlanState.APPROVED, LineDecision.FUND, ProposalState.APPROVED]
    with connection.cursor() as cursor:
        cursor.execute(_ALL.format(chosen=inner, sums=_SUMS, **names), [*values, *given])
        return list(cursor.fetchall())


_SUMS = "count(*), sum(r.asked), sum(r.approved) FROM r"
_ALL = """
WITH f (id, state, call_id, institution, field, asked, month) AS MATERIALIZED ({chosen}),
g AS MATERIALIZED (
    SELECT l.proposal_id, sum(l.amount_fen) AS approved FROM {lines} l JOIN {plans} p ON p.id = l.plan_id
    WHERE l.tenant_id = %s AND p.state = %s AND l.decision = %s GROUP BY l.proposal_id
),
r AS MATERIALIZED (
    SELECT f.*, CASE WHEN f.state = %s THEN g.approved END AS approved FROM f LEFT JOIN g ON g.proposal_id = f.id
)
SELECT 'total', '', {sums}
UNION ALL SELECT 'state', r.state, {sums} GROUP BY r.state
UNION ALL SELECT 'field', r.field, {sums} GROUP BY r.field
UNION ALL SELECT 'institution', CAST(r.institution AS text), {sums} GROUP BY r.institution
UNION ALL SELECT 'month', CAST(r.month AS text), {sums} GROUP BY r.month
UNION ALL SELECT 'country', c.country, {sums} JOIN {countries} c ON c.proposal_id = r.id GROUP BY c.country
UNION ALL SELECT 'programme', m.slug, {sums}
    JOIN {calls} c ON c.id = r.call_id JOIN {programmes} m ON m.id = c.programme_id GROUP BY m.slug
"""


def _table(name: str, lines: list[Line]) -> list[Line]:
    labels = _labels(name, [line.key for line in lines])
    most = max((line.count for line in lines), default=0) or 1
    made = [
        Line(
            line.key[:7] if name == "month" else line.key,
            labels.get(line.key) or line.key,
            line.count,
            line.asked_fen,
            line.approved_fen,
            round(100 * line.count / most),
        )
        for line in lines
    ]
    if name == "state":
        return sorted(made, key=lambda line: ProposalState.values.index(line.key))
    if name == "month":
        return sorted(made, key=lambda line: line.key)
    return sorted(made, key=lambda line: (-line.count, line.label))


def _labels(name: str, keys: list[str]) -> dict[str, str]:
    if name == "state":
        return {state.value: str(state.label) for state in ProposalState}
    if name == "programme":
        return {slug: programme.title for slug, programme in programmes_by_slug().items()}
    if name == "field":
        return field_labels()
    if name == "institution":
        found = Institution.objects.in_bulk([int(key) for key in keys])
        return {str(pk): place.display_name for pk, place in found.items()}
    if name == "country":
        return {key: country_name(key) for key in keys}
    return {key: key[:7] for key in keys}
