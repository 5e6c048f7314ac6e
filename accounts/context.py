"""What every page's frame needs: the tenant, the person's roles, the hats they can put on."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership


def portal(request: HttpRequest) -> dict[str, Any]:
    """`tenant`, `roles` and `hats` (the person's memberships, one lazy query) for templates."""
    return {
        "tenant": getattr(request, "tenant", None),
        "roles": getattr(request, "roles", frozenset()),
        "hats": SimpleLazyObject(lambda: _hats(request)),
    }


def _hats(request: HttpRequest) -> list[Membership]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return list(Membership.objects.filter(user=user).select_related("tenant").order_by("tenant__slug", "role"))
