"""A guide's dates as a calendar file (RFC 5545), for any calendar program."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from programs.enums import GuideState
from programs.guides.content import Step
from programs.language import pick
from programs.models import Call, Guide


def calendar_file(guide: Guide, calls: list[Call]) -> bytes:
    """The guide's days and the hours of its calls, in the active language.

    A correction's events have the same names as those that they correct, so that calendars that hold them are put
    right; those of a withdrawn guide say that they are cancelled."""
    calendar = Calendar()
    calendar.add("prodid", "-//ANSO portal//yearly guide//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", guide.title)
    for step in guide.text.calendar:
        if step.first_day is not None:
            calendar.add_component(_step(guide, step))
    for call in calls:
        calendar.add_component(_call(call))
    return bytes(calendar.to_ical())


def _step(guide: Guide, step: Step) -> Event:
    """Whole days; the last one is inside."""
    first, last = step.first_day, step.last_day or step.first_day
    event = _event(f"guide-{guide.year}-{step.key}", guide, step.title)
    event.add("dtstart", first)
    event.add("dtend", last + timedelta(days=1) if last else first)
    event.add("sequence", guide.version)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if guide.state == GuideState.WITHDRAWN else "CONFIRMED")
    event.add("description", pick(guide.text.title_zh, guide.text.title_en))
    event.add("url", settings.PUBLIC_URL + reverse("programs:guide", args=[guide.tenant.slug, guide.pk]))
    return event


def _call(call: Call) -> Event:
    """From the opening to the deadline, in UTC."""
    event = _event(f"call-{call.pk}", call, call.title)
    event.add("dtstart", call.opens_at)
    event.add("dtend", call.closes_at)
    event.add("transp", "TRANSPARENT")
    event.add("url", settings.PUBLIC_URL + reverse("programs:call", args=[call.tenant.slug, call.pk]))
    return event


def _event(name: str, thing: Any, summary: str) -> Event:
    host = settings.PUBLIC_URL.split("//")[-1].split(":")[0].split("/")[0]
    event = Event()
    event.add("uid", f"{thing.tenant.slug}-{name}@{host}")
    event.add("dtstamp", thing.published_at or thing.created_at)
    event.add("summary", summary)
    return event
