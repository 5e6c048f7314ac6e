"""Local times of policy files: "2021-07-30 24:00" is the next day's first instant in the funder's zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from programs.cleaning import FIRST_YEAR, LAST_YEAR

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2}) (24:00|(?:[01]\d|2[0-3]):[0-5]\d)")


def split_local(text: str) -> tuple[date, str]:
    """Day and hour of such a time. Raises ValueError."""
    if not (match := _LOCAL.fullmatch(text)):
        raise ValueError('a local time is written "2021-07-30 24:00"')
    day = date.fromisoformat(match[1])
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year is none from {FIRST_YEAR} to {LAST_YEAR}")
    return day, match[2]


def _local_time(text: str) -> str:
    split_local(text)
    return text


LocalTime = Annotated[str, AfterValidator(_local_time)]


def shifted(text: str, days: int) -> str:
    """The same hour, some days later."""
    day, hour = split_local(text)
    return f"{day + timedelta(days=days)} {hour}"


def instant_of(text: str, zone: str) -> datetime:
    """The instant, UTC, in an IANA zone."""
    day, hour = split_local(text)
    if hour == "24:00":
        day, hour = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days_before(instant: datetime, days: int, zone: str) -> datetime:
    """The same local hour some days earlier (later for a negative number), UTC."""
    return (instant.astimezone(ZoneInfo(zone)) - timedelta(days=days)).astimezone(UTC)
