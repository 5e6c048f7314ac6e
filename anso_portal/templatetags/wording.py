"""Badges and names of states, roles and events. `{% load wording %}`."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.models import local
from anso_portal import events, wording

register = template.Library()


@register.simple_tag
def state(thing: Any, label: str = "", tone: str = "") -> SafeString:
    """`{% state proposal %}`: the badge of an object with `state`, or of a plain value with a label."""
    value = str(getattr(thing, "state", thing))
    display = getattr(type(thing), "get_state_display", None)
    if label or display is None:
        return _badge(value, label or value, tone)
    known = _BADGES.get(key := (type(thing), value, tone, get_language()))
    if known is None:
        known = _BADGES[key] = _badge(value, display(thing), tone)
    return known


# Each row of a list has one: by model, state, tone and language, which are few.
_BADGES: dict[tuple[type, str, str, str | None], SafeString] = {}


def _badge(value: str, label: str, tone: str) -> SafeString:
    return format_html('<span class="state tone-{}">{}</span>', tone or wording.tone_of(value), label)


@register.filter
def role_label(role: str) -> Any:
    """`{{ finding.who_can_clear|role_label }}`."""
    return wording.role_label(str(role))


@register.filter
def event_label(event: Any) -> Any:
    """What happened, in words; of a step of a chain also which."""
    label, data = events.label_of(event.action), getattr(event, "data", None) or {}
    step = local(str(data.get("step_zh", "")), str(data.get("step_en", "")))
    return f"{label} · {step}" if step else label


@register.simple_tag
def event_state(event: Any, which: str) -> SafeString:
    """The badge of an event's `from_state` or `to_state`."""
    value = getattr(event, f"{which}_state")
    label = wording.state_label(event.subject_type, value, getattr(event, "action", ""))
    return format_html('<span class="state tone-{}">{}</span>', wording.tone_of(value), label)
