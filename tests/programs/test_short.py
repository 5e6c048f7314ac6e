"""A call in short: programme's and call's limits as one, as narrow as both make it."""

from datetime import date
from typing import Any

from accounts.enums import InstitutionKind
from programs.clauses.amounts import Amount
from programs.clauses.dates import Duration, Window
from programs.clauses.partners import PartnerCount
from programs.clauses.people import LeadKind
from programs.policy import load_builtin
from programs.policy.short import in_short


def clause(kind: type, name: str, **fields: Any) -> Any:
    return kind(kind=name, article="A1", **fields)


def words(*clauses: Any) -> list[str]:
    return [one.summary.en for one in in_short(clauses)]


def test_the_2021_call_in_short() -> None:
    found = [
        (one.kind, one.summary.zh, one.article)
        for one in in_short(load_builtin("anso/calls/2021-joint-research").clauses)
    ]
    assert [kind for kind, *_ in found] == [
        "amount",
        "duration",
        "window",
        "lead_kind",
        "partner_count",
        "foreign_partner_count",
    ]
    assert found[0] == ("amount", "总经费 100 万元至 150 万元", "B5")
    assert found[1] == ("duration", "资助期为 3 年", "B5")


def test_each_side_may_be_the_narrower_one() -> None:
    wide, low = clause(Amount, "amount", max_yuan=400), clause(Amount, "amount", min_yuan=100)
    assert words(wide, low) == words(low, wide) == ["Total from CNY 100 to CNY 400"]
    years = clause(Duration, "duration", min_months=12, max_months=60), clause(Duration, "duration", max_months=36)
    assert words(*years) == ["From 1 year to 3 years"]
    first = clause(Window, "window", earliest_start_date=date(2022, 1, 1), latest_end_date=date(2025, 12, 31))
    second = clause(Window, "window", earliest_start_date=date(2021, 1, 1), latest_end_date=date(2024, 12, 31))
    assert words(first, second) == ["Between 2022-01-01 and 2024-12-31"]
    assert words(
        clause(PartnerCount, "partner_count", minimum=3), clause(PartnerCount, "partner_count", minimum=2)
    ) == ["At least 3 partner units"]
    cas, university = InstitutionKind.CAS_INSTITUTE, InstitutionKind.UNIVERSITY
    kinds = clause(LeadKind, "lead_kind", kinds=(cas, university)), clause(LeadKind, "lead_kind", kinds=(cas,))
    assert words(*kinds) == ["The lead institution must be an institute of the Chinese Academy of Sciences"]


def test_what_excludes_each_other_is_told_as_it_stands() -> None:
    assert words(clause(Amount, "amount", max_yuan=100), clause(Amount, "amount", min_yuan=200)) == [
        "Total at most CNY 100",
        "Total at least CNY 200",
    ]
