"""Opens the tenant's scope for `/<tenant>/…` URLs."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.queries import roles_of, tenant_by_slug
from accounts.standing import keep_standing
from core.tenancy import tenant_scope

SAFE = ("GET", "HEAD")


class TenantMiddleware:
    """Sets `request.tenant` and `request.roles`; the view runs inside `tenant_scope` and doesn't get the slug.

    An unknown tenant is a 404, as is a page that doesn't exist. Outside tenant URLs both are empty."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = None  # type: ignore[attr-defined]
        request.roles = frozenset()  # type: ignore[attr-defined]
        if request.method in SAFE and request.user.is_authenticated:
            keep_standing(request.user)
        try:
            slug = resolve(request.path_info).kwargs.get("tenant")
        except Resolver404:
            slug = None
        if slug is None:
            return self.get_response(request)
        tenant = tenant_by_slug(slug)
        if tenant is None:
            return self.get_response(request)
        request.tenant = tenant  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.roles = roles_of(request.user, tenant)  # type: ignore[attr-defined]
        with tenant_scope(tenant), timezone.override(tenant.zone):
            response = self.get_response(request)
            if response.status_code >= 500 and transaction.get_connection().vendor == "postgresql":
                transaction.set_rollback(True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> None:
        if "tenant" in kwargs:
            kwargs.pop("tenant")
            if request.tenant is None:  # type: ignore[attr-defined]
                raise Http404
