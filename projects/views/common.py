"""What the views share."""

from django.http import HttpRequest

from accounts.models import Tenant, User
from core.parameters import revision
from projects.models import Project
from projects.queries import get_visible


def tenant_of(request: HttpRequest) -> Tenant:
    """The funder in whose scope the page runs."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined] # set by TenantMiddleware
    return tenant


def user_of(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


def roles_of(request: HttpRequest) -> frozenset[str]:
    """The person's roles in this tenant."""
    roles: frozenset[str] = request.roles  # type: ignore[attr-defined] # set by TenantMiddleware
    return roles


def project_of(request: HttpRequest, pk: int) -> Project:
    """The project, if the person sees it. Raises NotVisible."""
    return get_visible(user_of(request), pk)


def revision_of(request: HttpRequest) -> int:
    """The revision that the posted page was made from; -1, which is always stale, for nonsense."""
    return revision(request.headers.get("X-Revision") or request.POST.get("revision"))
