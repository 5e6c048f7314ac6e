"""Rules on activities and on usual and yearly amounts: each at, just below and just above any limit it may have."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from programs.clauses.activities import ActivityCount, ActivityDates, ActivityLength
from programs.clauses.amounts import TypicalAmount, YearlyAmount
from programs.clauses.base import fen
from programs.dossier import Activity, BudgetLine, Disbursement, Dossier, canonical_json
from tests.programs.dossiers import good_facts

FACTS = good_facts()
FIRST = date(2022, 6, 1)


def held(*days: int | None) -> Dossier:
    """Activities of these lengths."""
    rows = tuple(
        Activity(
            key=f"v{n}",
            name="课程",
            start_date=FIRST,
            end_date=None if length is None else FIRST + timedelta(days=length - 1),
        )
        for n, length in enumerate(days)
    )
    return Dossier(activities=rows, start_date="2022-01-01", end_date="2022-12-31")


def fields(clause: Any, dossier: Dossier) -> list[str]:
    return [finding.field for finding in clause.check(dossier, FACTS)]


@given(st.integers(1, 60), st.integers(0, 60))
def test_a_length_within_both_limits_passes_and_one_day_more_or_less_does_not(least: int, more: int):
    most = least + more
    clause = ActivityLength(kind="activity_length", article="A5.3", min_days=least, max_days=most)
    dossier = held(least, most, most + 1, least - 1 or None, None)
    expected = ["activities.v2.end_date", *(["activities.v3.end_date"] if least > 1 else [])]
    assert fields(clause, dossier) == expected
    assert all(not f.justification and f.blocks and f.severity == "warn" for f in clause.check(dossier, FACTS))


def test_days_in_the_wrong_order_are_another_rules_matter():
    assert fields(ActivityLength(kind="activity_length", article="A5.3", max_days=14), held(0, -3)) == []


@given(st.integers(1, 9), st.integers(0, 12))
def test_the_number_of_activities(minimum: int, count: int):
    clause = ActivityCount(kind="activity_count", article="A5.3", minimum=minimum)
    assert bool(fields(clause, held(*[3] * count))) is (count < minimum)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2022-01-01", "2022-12-31", ""),
        ("2021-12-31", "2022-01-01", "start_date"),
        ("2022-12-31", "2023-01-01", "end_date"),
        ("2022-06-02", "2022-06-01", "end_date"),
        ("2022-06-01", "2022-06-01", ""),
        (None, "2022-06-01", ""),
        ("2022-06-01", None, ""),
    ],
)
def test_activities_lie_in_the_term(first: str | None, last: str | None, field: str):
    row = Activity(key="v1", start_date=first, end_date=last)
    dossier = Dossier(activities=(row,), start_date="2022-01-01", end_date="2022-12-31")
    clause = ActivityDates(kind="activity_dates", article="A5.3")
    assert fields(clause, dossier) == ([f"activities.v1.{field}"] if field else [])
    assert fields(clause, dossier.model_copy(update={"start_date": None, "end_date": None})) == (
        ["activities.v1.end_date"] if (first, last) == ("2022-06-02", "2022-06-01") else []
    )


def budget(total: int) -> Dossier:
    return Dossier(budget_lines=(BudgetLine(key="l1", amount_fen=total),))


@given(st.integers(1, 10**7), st.integers(0, 10**7))
def test_the_usual_amount(least: int, more: int):
    most = least + more
    clause = TypicalAmount(kind="typical_amount", article="A5.5", min_yuan=least, max_yuan=most, unless="is_series")
    for total, objects in [
        (fen(least) - 1, True),
        (fen(least), False),
        (fen(most), False),
        (fen(most) + 1, True),
    ]:
        found = clause.check(budget(total), FACTS)
        assert bool(found) is objects
        assert all(finding.severity == "warn" and finding.waivable for finding in found)
        series = budget(total).model_copy(update={"answers": {"is_series": "yes"}})
        assert not clause.check(series, FACTS)
    assert not clause.check(Dossier(), FACTS), "nothing is asked of a budget that isn't there yet"


@given(st.integers(0, 10**7), st.integers(0, 10**9))
def test_the_yearly_amount_is_of_the_year_not_of_the_row(most: int, part: int):
    clause = YearlyAmount(kind="yearly_amount", article="A5.4", max_yuan=most)

    def paid(*amounts: int, year: int = 2022) -> Dossier:
        rows = [Disbursement(key=f"d{n}", year=year, amount_fen=amount) for n, amount in enumerate(amounts)]
        return Dossier(disbursement=(*rows, Disbursement(key="other", year=2023, amount_fen=fen(most))))

    part = min(part, fen(most))
    assert fields(clause, paid(fen(most))) == []
    assert fields(clause, paid(fen(most) + 1)) == ["disbursement.d0.amount_fen"]
    assert fields(clause, paid(fen(most) - part, part)) == []
    assert len(fields(clause, paid(fen(most) - part, part + 1))) == 2


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (ActivityLength, {"kind": "activity_length", "min_days": 3, "max_days": 2}),
        (TypicalAmount, {"kind": "typical_amount", "min_yuan": 3, "max_yuan": 2}),
    ],
)
def test_limits_in_the_wrong_order_are_refused(kind: Any, limits: dict[str, Any]):
    with pytest.raises(ValidationError, match="is above"):
        kind(article="A5.3", **limits)


def test_a_dossier_without_activities_keeps_the_bytes_it_was_frozen_with():
    assert b"activities" not in canonical_json(Dossier())
    assert b"activities" in canonical_json(held(3))
    assert Dossier.model_validate_json(canonical_json(held(3))) == held(3)
