"""Reads about people, institutions and tenants."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, Tenant, User
from accounts.standing import standing_of
from core import clock
from core.rows import only


def roles_of(user: User, tenant: Tenant) -> frozenset[str]:
    """The person's roles in `tenant`: granted ones, plus APPLICANT for all and OFFICE by affiliation. One query."""
    standing = standing_of(user)
    roles = standing.roles.get(tenant.pk, frozenset()) | {str(Role.APPLICANT)}
    return roles | {str(Role.OFFICE)} if standing.offices else roles


def hats_of(user: User, known: Iterable[Tenant]) -> list[Membership]:
    """The roles that the person was granted, by funder; no query for those funders that are `known`."""
    roles = standing_of(user).roles
    tenants = {tenant.pk: tenant for tenant in known}
    if missing := roles.keys() - tenants.keys():
        tenants.update(Tenant.objects.in_bulk(list(missing)))
    hats = [Membership(user_id=user.pk, tenant=tenants[pk], role=role) for pk, held in roles.items() for role in held]
    return sorted(hats, key=lambda hat: (hat.tenant.slug, hat.role))


def tenants_where(user: User, *roles: str) -> list[int]:
    """Ids of the tenants in which the person holds one of the granted `roles`."""
    return standing_of(user).where(*roles)


def current_affiliations(user: User) -> QuerySet[Affiliation]:
    """The affiliations that hold today."""
    today = clock.today()
    return Affiliation.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today),
        Q(since_date__isnull=True) | Q(since_date__lte=today),
        user=user,
    )


def institutions_of(user: User) -> list[int]:
    """Ids of the institutions at which the person is now."""
    return sorted(standing_of(user).places)


def office_institutions(user: User) -> list[int]:
    """Ids of the institutions for which the person examines and endorses (A10)."""
    return sorted(standing_of(user).offices)


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
    found: Tenant | None = only(Tenant.objects.filter(slug=slug))
    return found


def tenant_by_id(pk: int) -> Tenant:
    """That funder. Raises Tenant.DoesNotExist."""
    return Tenant.objects.get(pk=pk)


def all_tenants() -> list[Tenant]:
    """Every funder of this portal, in order of address."""
    return list(Tenant.objects.all())


def search_institutions(text: str, *, limit: int = 20) -> list[Institution]:
    """Institutions whose Chinese or English name contains `text`, for pickers."""
    # PostgreSQL takes no NUL.
    text = text.replace("\x00", "").strip()
    if not text:
        return []
    return list(Institution.objects.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text))[:limit])


def institutions_named(text: str, *, limit: int) -> list[Institution]:
    """The institutions that have `text` as a name or as their unified social credit code; if none, those whose names
    contain it."""
    if not text:
        return []
    exact = Q(name_zh__iexact=text) | Q(name_en__iexact=text) | Q(uscc__iexact=text)
    return list(Institution.objects.filter(exact)[:limit]) or search_institutions(text, limit=limit)


def tenants_with(user: User) -> list[Tenant]:
    """The funders that ought to know of changes to the person's account: where they hold a role, else the first."""
    held = Tenant.objects.filter(memberships__user=user).distinct().order_by("pk")
    return list(held) or list(Tenant.objects.all()[:1])
