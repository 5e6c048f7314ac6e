"""Term, amount and field of an application that keeps to a policy's limits, whatever they are."""

from datetime import date, timedelta

from core.clock import add_months
from core.money import FEN_PER_WAN, FEN_PER_YUAN
from programs.clauses.amounts import Amount, TypicalAmount, YearlyAmount
from programs.clauses.dates import Duration, Window
from programs.policy import Policy
from programs.policy.short import in_short

# Where a policy sets no limit.
USUAL_MONTHS = 24
USUAL_WAN = 200


def term_of(policy: Policy) -> tuple[date, date]:
    """First and last day: the policy's window, or the longest term from the year after the call on."""
    limits = in_short(policy.clauses)
    for clause in limits:
        if isinstance(clause, Window):
            return clause.earliest_start_date, clause.latest_end_date
    months = next((clause.max_months for clause in limits if isinstance(clause, Duration)), USUAL_MONTHS)
    closes = policy.call.closes_at.year if policy.call else 2021
    start = date(closes + 1, 1, 1)
    return start, add_months(start, months) - timedelta(days=1)


def total_of(policy: Policy, number: int) -> int:
    """The request in fen, different from application to application."""
    limits = [clause for clause in in_short(policy.clauses) if isinstance(clause, Amount | TypicalAmount)]
    ceilings = [clause.max_yuan for clause in limits if clause.max_yuan is not None]
    most = min(ceilings) * FEN_PER_YUAN // FEN_PER_WAN if ceilings else USUAL_WAN
    least = max((clause.min_yuan for clause in limits), default=0) * FEN_PER_YUAN // FEN_PER_WAN or most // 2
    return (least + 5 + number * 7 % max(1, most - least - 6)) * FEN_PER_WAN


def award_of(policy: Policy, requested_fen: int) -> int:
    """Nine tenths of the request in fen, but no less than the policy's least amount."""
    limits = [clause for clause in in_short(policy.clauses) if isinstance(clause, Amount)]
    least = max((clause.min_yuan for clause in limits), default=0) * FEN_PER_YUAN
    return min(requested_fen, max(least, requested_fen * 9 // 10))


def weights(policy: Policy, years: list[int]) -> list[int]:
    """How the money is spread over the years; evenly where each year has a limit."""
    if policy.clauses_of(YearlyAmount):
        return [1] * len(years)
    return [3, 4, 3, 2, 2][: len(years)]


def field_of(policy: Policy, wanted: str, number: int) -> str:
    """The wanted field, or another one of the policy."""
    keys = [choice.key for choice in policy.fields]
    return wanted if wanted in keys or not keys else keys[number % len(keys)]
