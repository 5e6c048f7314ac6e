"""Rules of cooperation between funders: partners outside the mainland, their contribution, active projects, places."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.clauses.activities import ActivityCountry
from programs.clauses.partners import CounterpartContribution, OutsidePartnerCount
from programs.clauses.people import ActiveProject
from programs.dossier import Activity, Dossier, Party
from tests.programs.dossiers import good_facts

HOLDER = ActiveProject(kind="active_project", article="D2.2", number="grant", until="until")
PLACE = ActivityCountry(kind="activity_country", article="D2.2", question="mode", inside="held", outside="attended")
INPUT = CounterpartContribution(kind="counterpart_contribution", article="D2.1", question="input")
TERM_ENDS = date(2022, 12, 31)


@given(st.integers(1, 4), st.lists(st.sampled_from(["CN", "HK", "TW", "KE", ""]), max_size=6))
def test_partners_outside_the_mainland(minimum: int, countries: list[str]):
    clause = OutsidePartnerCount(kind="outside_partner_count", article="D2.1", minimum=minimum)
    parties = tuple(Party(key=f"p{n}", country=country) for n, country in enumerate(countries))
    outside = sum(country in {"HK", "TW", "KE"} for country in countries)
    assert bool(clause.check(Dossier(parties=parties), good_facts())) is (outside < minimum)


@pytest.mark.parametrize(
    ("country", "fen", "answer", "objects"),
    [("KE", 0, "", True), ("KE", 1, "", False), ("CN", 1, "", True), ("KE", 0, "观测站", False), ("HK", 1, "", False)],
)
def test_the_other_side_contributes_money_or_what_it_says(country: str, fen: int, answer: str, objects: bool):
    dossier = Dossier(parties=(Party(key="p1", country=country, matching_fen=fen),), answers={"input": answer})
    assert bool(INPUT.check(dossier, good_facts())) is objects


@given(st.integers(-400, 400))
def test_the_active_project_lasts_as_long_as_this_one(days: int):
    until = TERM_ENDS + timedelta(days=days)
    dossier = Dossier(end_date=TERM_ENDS, answers={"grant": "42171001", "until": until.isoformat()})
    assert [one.field for one in HOLDER.check(dossier, good_facts())] == (["answers.until"] if days < 0 else [])


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({}, ["answers.grant"]),
        ({"grant": "1"}, []),
        ({"grant": "1", "until": "soon"}, []),
        ({"until": "2022-12-30"}, ["answers.grant", "answers.until"]),
    ],
)
def test_what_is_missing_or_unclear_is_told_once(answers: dict[str, str], fields: list[str]):
    found = HOLDER.check(Dossier(end_date=TERM_ENDS, answers=answers), good_facts())
    assert [one.field for one in found] == fields


@pytest.mark.parametrize(
    ("mode", "country", "objects"),
    [
        ("held", "CN", False),
        ("held", "KE", True),
        ("attended", "KE", False),
        ("attended", "CN", True),
        ("", "KE", False),
        ("held", "", False),
    ],
)
def test_where_a_conference_is(mode: str, country: str, objects: bool):
    dossier = Dossier(activities=(Activity(key="v1", country=country),), answers={"mode": mode})
    assert bool(PLACE.check(dossier, good_facts())) is objects
