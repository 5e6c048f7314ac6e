"""What every page's frame needs: the tenant, the person's roles, the hats they can put on."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership
from accounts.queries import hats_of


def portal(request: HttpRequest) -> dict[str, Any]:
    """`tenant`, `roles` and `hats` (the person's memberships, lazily) for templates."""
    return {
        "tenant": getattr(request, "tenant", None),
        "roles": getattr(request, "roles", frozenset()),
        "hats": SimpleLazyObject(lambda: _hats(request)),
    }


def _hats(request: HttpRequest) -> list[Membership]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    present = getattr(request, "tenant", None)
    return hats_of(user, getattr(request, "tenants", None) or ([present] if present else []))
