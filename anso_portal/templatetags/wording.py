"""Badges and names of states, roles and events. `{% load wording %}`."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from anso_portal import events, wording

register = template.Library()


@register.simple_tag
def state(thing: Any, label: str = "", tone: str = "") -> SafeString:
    """`{% state proposal %}`: the badge of an object with `state`, or of a plain value with a label."""
    value = str(getattr(thing, "state", thing))
    if not label:
        display = getattr(thing, "get_state_display", None)
        label = display() if display else value
    return format_html('<span class="state tone-{}">{}</span>', tone or wording.tone_of(value), label)


@register.filter
def role_label(role: str) -> Any:
    """`{{ finding.who_can_clear|role_label }}`."""
    return wording.role_label(str(role))


@register.filter
def event_label(event: Any) -> Any:
    """What happened, in words."""
    return events.label_of(event.action)


@register.simple_tag
def event_state(event: Any, which: str) -> SafeString:
    """The badge of an event's `from_state` or `to_state`."""
    value = getattr(event, f"{which}_state")
    label = wording.state_label(event.subject_type, value)
    return format_html('<span class="state tone-{}">{}</span>', wording.tone_of(value), label)
