"""Requests below /<tenant>/ as accounts.middleware leaves them."""

from django.http import HttpRequest

from accounts.models import Tenant, User


class TenantRequest(HttpRequest):
    """Somebody's, signed in or not."""

    tenant: Tenant
    roles: frozenset[str]


class PortalRequest(TenantRequest):
    """A signed-in person's."""

    user: User
