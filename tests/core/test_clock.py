"""Deadlines to the microsecond, months of any length, working days that refuse to guess."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from core import clock as portal_clock

BEIJING = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
TICK = timedelta(microseconds=1)


def test_the_deadline_is_the_next_midnight_of_beijing():
    end = portal_clock.end_of_day(date(2021, 7, 30), BEIJING)
    assert end == datetime(2021, 7, 30, 16, 0, tzinfo=UTC)
    assert end.tzinfo is UTC
    assert (end - TICK).astimezone(BEIJING).date() == date(2021, 7, 30)
    assert end.astimezone(BEIJING).date() == date(2021, 7, 31)


@given(DAYS, st.sampled_from([BEIJING, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia")]))
def test_days_follow_each_other_without_gap_or_overlap(day, zone):
    assert portal_clock.end_of_day(day, zone) == portal_clock.start_of_day(day + timedelta(days=1), zone)
    assert portal_clock.start_of_day(day, zone) < portal_clock.end_of_day(day, zone)


def test_a_day_with_a_changed_clock_has_another_length():
    day = date(2021, 3, 14)
    assert portal_clock.end_of_day(day, NEW_YORK) - portal_clock.start_of_day(day, NEW_YORK) == timedelta(hours=23)


def test_the_clock_inside_at_answers_that_instant_in_utc():
    outer = datetime(2021, 7, 30, 23, 59, 59, tzinfo=BEIJING)
    inner = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=-5)))
    with portal_clock.at(outer):
        assert portal_clock.now() == outer
        assert portal_clock.now().tzinfo is UTC
        assert portal_clock.today(BEIJING) == date(2021, 7, 30)
        with portal_clock.at(inner):
            assert portal_clock.now() == inner
        assert portal_clock.now() == outer
    assert abs(portal_clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_comes_back_after_an_exception():
    with pytest.raises(RuntimeError), portal_clock.at(datetime(2021, 1, 1, tzinfo=UTC)):
        raise RuntimeError
    assert portal_clock.now().year >= 2026


def test_the_clock_refuses_naive_time():
    with pytest.raises(ValueError, match="aware"), portal_clock.at(datetime(2021, 1, 1)):
        pass


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2021, 1, 31), 1, date(2021, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2021, 12, 31), 2, date(2022, 2, 28)),
        (date(2021, 10, 31), 1, date(2021, 11, 30)),
        (date(2021, 12, 15), 1, date(2022, 1, 15)),
        (date(2021, 3, 31), -1, date(2021, 2, 28)),
        (date(2021, 5, 5), 0, date(2021, 5, 5)),
    ],
)
def test_months_end_where_the_month_ends(day, months, expected):
    assert portal_clock.add_months(day, months) == expected


@given(DAYS, st.integers(0, 240))
def test_adding_months_moves_by_exactly_that_many_months(day, months):
    later = portal_clock.add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day


def test_working_days_pass_over_spring_festival_and_count_the_shifted_sunday():
    # 2021: 11–17 February are holidays, Sunday the 7th and Saturday the 20th are working days.
    assert portal_clock.add_working_days(date(2021, 2, 5), 1) == date(2021, 2, 7)
    assert portal_clock.add_working_days(date(2021, 2, 10), 1) == date(2021, 2, 18)
    assert portal_clock.add_working_days(date(2021, 2, 19), 1) == date(2021, 2, 20)


def test_working_days_of_years_without_published_holidays_fail_loudly():
    with pytest.raises(NotImplementedError):
        portal_clock.add_working_days(date(2099, 1, 1), 1)


def test_the_demo_clock_runs_ahead_only_in_the_demo(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    portal_clock.set_demo_offset(timedelta(days=400))
    assert portal_clock.demo_offset() == timedelta(days=400)
    assert abs(portal_clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    settings.DEMO_MODE = True
    assert portal_clock.now() - datetime.now(UTC) > timedelta(days=399)
    (tmp_path / "demo-clock").write_text("nonsense")
    assert portal_clock.demo_offset() == timedelta()


def test_tests_do_not_run_as_a_demo():
    assert not settings.DEMO_MODE
