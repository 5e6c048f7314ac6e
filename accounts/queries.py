"""Reads about people, institutions and tenants."""

from django.db.models import Q, QuerySet

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User
from core import clock


def roles_of(user: User, tenant: Tenant) -> frozenset[str]:
    """The person's roles in `tenant`: granted ones, plus APPLICANT for all and OFFICE by affiliation. Two queries."""
    roles = set(Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True))
    roles.add(Role.APPLICANT)
    if current_affiliations(user).filter(kind=AffiliationKind.OFFICE).exists():
        roles.add(Role.OFFICE)
    return frozenset(str(role) for role in roles)


def tenants_where(user: User, *roles: str) -> list[int]:
    """Ids of the tenants in which the person holds one of the granted `roles`."""
    return list(Membership.objects.filter(user=user, role__in=roles).values_list("tenant_id", flat=True).distinct())


def current_affiliations(user: User) -> QuerySet[Affiliation]:
    """The affiliations that hold today."""
    today = clock.today()
    return Affiliation.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today),
        Q(since_date__isnull=True) | Q(since_date__lte=today),
        user=user,
    )


def institutions_of(user: User, *kinds: str) -> list[int]:
    """Ids of the institutions at which the person is now (as one of `kinds`, or at all)."""
    rows = current_affiliations(user)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return list(rows.values_list("institution_id", flat=True))


def office_institutions(user: User) -> list[int]:
    """Ids of the institutions for which the person examines and endorses (A10)."""
    return institutions_of(user, AffiliationKind.OFFICE)


def is_office_of(user: User, institution_id: int) -> bool:
    """Whether the person may act for that institution."""
    return institution_id in office_institutions(user)


def office_users(institution_id: int) -> QuerySet[User]:
    """The people of an institution's office, to be told and reminded."""
    today = clock.today()
    return User.objects.filter(
        Q(affiliations__until_date__isnull=True) | Q(affiliations__until_date__gte=today),
        affiliations__institution_id=institution_id,
        affiliations__kind=AffiliationKind.OFFICE,
        is_active=True,
    ).distinct()


def people_with(tenant: Tenant, *roles: str) -> QuerySet[User]:
    """Active people who hold one of the granted `roles` in `tenant`."""
    return User.objects.filter(memberships__tenant=tenant, memberships__role__in=roles, is_active=True).distinct()


def tenant_by_slug(slug: str) -> Tenant | None:
    """The funder with that address, or None."""
    return Tenant.objects.filter(slug=slug).first()


def tenant_by_id(pk: int) -> Tenant:
    """That funder. Raises Tenant.DoesNotExist."""
    return Tenant.objects.get(pk=pk)


def all_tenants() -> list[Tenant]:
    """Every funder of this portal, in order of address."""
    return list(Tenant.objects.all())


def search_institutions(text: str, *, limit: int = 20) -> list[Institution]:
    """Institutions whose Chinese or English name contains `text`, for pickers."""
    text = text.strip()
    if not text:
        return []
    return list(Institution.objects.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text))[:limit])
