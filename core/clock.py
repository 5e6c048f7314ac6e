"""The one source of time: UTC instants, deadlines half-open in the tenant's zone, Chinese working days.

Tests and `manage.py life` put another clock in with `at()`; the demo may run ahead of the wall clock by the
offset in `var/demo-clock`, so that a visitor can reach a project's term end."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
_fixed: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    instant = datetime.now(UTC)
    return instant + demo_offset() if settings.DEMO_MODE else instant


def today(zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day now in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let `now()` answer `instant` (aware) within the block."""
    if instant.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def start_of_day(day: date, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The first instant of `day` in `zone`, as UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo = SHANGHAI) -> datetime:
    """ "24:00" of `day`: the exclusive end, that is, the next day's first instant, as UTC."""
    return start_of_day(day + timedelta(days=1), zone)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def add_working_days(day: date, days: int) -> date:
    """`days` Chinese working days after `day`.

    Raises NotImplementedError past the years whose holidays the State Council has published."""
    while days > 0:
        day += timedelta(days=1)
        if chinese_calendar.is_workday(day):
            days -= 1
    return day


def real_today(zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day of the wall clock, whatever the demo's clock says."""
    return datetime.now(zone).date()


def demo_offset() -> timedelta:
    """How far the demo's clock runs ahead; zero unless the demo's clock page has moved it."""
    try:
        return timedelta(seconds=int((settings.VAR_DIR / "demo-clock").read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()


def set_demo_offset(offset: timedelta) -> None:
    """Move the demo's clock for web, worker and beat alike. Only the demo page calls this."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    (settings.VAR_DIR / "demo-clock").write_text(str(int(offset.total_seconds())))
