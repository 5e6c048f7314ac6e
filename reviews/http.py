"""Requests and statuses that pages and endpoints share."""

from django.http import HttpRequest

from accounts.models import Tenant, User

SEE_OTHER = 303
NOT_NOW = 409
NOT_UNDERSTOOD = 422


class PortalRequest(HttpRequest):
    """A signed-in request below /<tenant>/, as the middleware leaves it."""

    tenant: Tenant
    roles: frozenset[str]
    user: User
