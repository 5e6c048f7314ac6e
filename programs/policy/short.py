"""What a call comes to: the limits that people ask for first, as narrow as programme and call make them together."""

from collections.abc import Iterable

from programs.clauses import AnyClause
from programs.clauses.amounts import Amount
from programs.clauses.dates import Duration, Window
from programs.clauses.partners import ForeignPartnerCount, PartnerCount
from programs.clauses.people import LeadKind

# In this order.
ASKED_FIRST = (
    "amount",
    "typical_amount",
    "yearly_amount",
    "duration",
    "window",
    "lead_kind",
    "partner_count",
    "foreign_partner_count",
    "award_count",
)


def in_short(clauses: Iterable[AnyClause]) -> list[AnyClause]:
    """The limits, narrowed. Two clauses that no application can meet together are both told."""
    told: dict[str, list[AnyClause]] = {kind: [] for kind in ASKED_FIRST}
    for clause in clauses:
        if clause.kind not in told:
            continue
        before = told[clause.kind]
        narrow = _narrower(before[-1], clause) if before else clause
        if narrow is None:
            before.append(clause)
        else:
            before[-1:] = [narrow]
    return [clause for found in told.values() for clause in found]


def _narrower(one: AnyClause, other: AnyClause) -> AnyClause | None:
    """Both limits as one clause; None when they exclude each other."""
    match one, other:
        case Amount(), Amount():
            ceilings = [each.max_yuan for each in (one, other) if each.max_yuan is not None]
            ceiling, floor = min(ceilings, default=None), max(one.min_yuan, other.min_yuan)
            limits = {"min_yuan": floor, "max_yuan": ceiling}
            return None if ceiling is not None and floor > ceiling else other.model_copy(update=limits)
        case Duration(), Duration():
            shortest, longest = max(one.min_months, other.min_months), min(one.max_months, other.max_months)
            limits = {"min_months": shortest, "max_months": longest}
            return None if shortest > longest else other.model_copy(update=limits)
        case Window(), Window():
            first = max(one.earliest_start_date, other.earliest_start_date)
            last = min(one.latest_end_date, other.latest_end_date)
            days = {"earliest_start_date": first, "latest_end_date": last}
            return None if first > last else other.model_copy(update=days)
        case LeadKind(), LeadKind():
            kinds = tuple(kind for kind in other.kinds if kind in one.kinds)
            return other.model_copy(update={"kinds": kinds}) if kinds else None
        case PartnerCount(), PartnerCount():
            return one if one.minimum > other.minimum else other
        case ForeignPartnerCount(), ForeignPartnerCount():
            return one if one.minimum > other.minimum else other
    return None
