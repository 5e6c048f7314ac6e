"""Words of the policy studio's pages."""

from typing import Any

from django import template

from programs.studio.words import label

register = template.Library()


@register.filter
def policy_label(name: str) -> Any:
    """What a field of a policy is called."""
    return label(name)
