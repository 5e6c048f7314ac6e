"""What the views share."""

from accounts.http import TenantRequest
from accounts.models import Tenant, User
from core.parameters import revision
from projects.models import Project
from projects.queries import get_visible


def tenant_of(request: TenantRequest) -> Tenant:
    """The funder in whose scope the page runs."""
    tenant: Tenant = request.tenant
    return tenant


def user_of(request: TenantRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


def roles_of(request: TenantRequest) -> frozenset[str]:
    """The person's roles in this tenant."""
    roles: frozenset[str] = request.roles
    return roles


def project_of(request: TenantRequest, pk: int) -> Project:
    """The project, if the person sees it. Raises NotVisible."""
    return get_visible(user_of(request), pk)


def revision_of(request: TenantRequest) -> int:
    """The revision that the posted page was made from; -1, which is always stale, for nonsense."""
    return revision(request.headers.get("X-Revision") or request.POST.get("revision"))
