"""Who is, and who asks to be, at an institution."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Tenant, User
from accounts.queries import is_office_of, office_users, people_with, tenants_where
from core import clock
from core.errors import NotVisible
from registry.enums import RequestState
from registry.models import PlaceRequest


def current() -> QuerySet[Affiliation]:
    """The affiliations that hold today, of people whose accounts are open."""
    today = clock.today()
    return Affiliation.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today),
        Q(since_date__isnull=True) | Q(since_date__lte=today),
        user__is_active=True,
    )


def has_office(institution: Institution) -> bool:
    """Whether anybody can decide for the institution."""
    return current().filter(institution=institution, kind=AffiliationKind.OFFICE).exists()


def deciders(institution: Institution, tenant: Tenant) -> list[User]:
    """Who is asked: the institution's office; while it has none, the funder's administrators."""
    return list(office_users(institution.pk)) or list(people_with(tenant, Role.ADMIN))


def may_decide(user: User, request: PlaceRequest) -> bool:
    """Whether the person may decide: of the institution's office, or for one without an office the administrator of
    the funder it came through; never about themselves."""
    if request.user_id == user.pk or not user.is_active:
        return False
    if is_office_of(user, request.institution_id):
        return True
    return request.via_id in tenants_where(user, Role.ADMIN) and not has_office(request.institution)


def request_for(user: User, pk: int) -> PlaceRequest | None:
    """The request, if the person may decide it or decided it."""
    row = PlaceRequest.objects.select_related("user", "institution", "via", "decided_by").filter(pk=pk).first()
    if row is None or not (may_decide(user, row) or row.decided_by_id == user.pk):
        return None
    return row


def waiting_at(institutions: list[int]) -> QuerySet[PlaceRequest]:
    """Who waits there, those first who have waited longest."""
    rows = PlaceRequest.objects.filter(institution__in=institutions, state=RequestState.WAITING)
    return rows.select_related("user", "institution").order_by("pk")


def waiting_without_office(tenants: list[int]) -> QuerySet[PlaceRequest]:
    """Who waits at institutions that have no office yet, having come through these funders."""
    office = current().filter(institution=OuterRef("institution"), kind=AffiliationKind.OFFICE)
    rows = PlaceRequest.objects.filter(~Exists(office), via__in=tenants, state=RequestState.WAITING)
    return rows.select_related("user", "institution").order_by("pk")


def colleagues(institutions: list[int], text: str = "") -> QuerySet[Affiliation]:
    """Who is at these institutions today, by name or address."""
    rows = current().filter(institution__in=institutions).select_related("user", "institution")
    if text:
        rows = rows.filter(
            Q(user__name_zh__icontains=text) | Q(user__name_en__icontains=text) | Q(user__email__icontains=text)
        )
    return rows


def own_request(user: User, pk: int) -> PlaceRequest:
    """What the person asked of an institution. Raises NotVisible for anybody else's."""
    row = PlaceRequest.objects.filter(user=user, pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def requests_of(user: User) -> list[PlaceRequest]:
    """The person's own requests, newest first: those that wait, and the last ones decided."""
    return list(PlaceRequest.objects.select_related("institution").filter(user=user).order_by("-pk")[:10])


def shares_domain_of(email: str, known: str) -> bool | None:
    """Whether the address lies in the domain; None where none is known."""
    own = known.strip().lower().lstrip("@")
    domain = email.rpartition("@")[2].lower()
    return (domain == own or domain.endswith(f".{own}")) if own else None


def shares_domain(email: str, institution: Institution) -> bool | None:
    """Whether the address is one of the institution's; None where its domain is not known."""
    return shares_domain_of(email, institution.email_domain)


def others_with_orcid(user: User) -> int:
    """How many other accounts say that the person's ORCID is theirs: one person has one account."""
    return User.objects.filter(orcid=user.orcid).exclude(pk=user.pk).count() if user.orcid else 0


def with_domains(rows: list[PlaceRequest]) -> list[tuple[PlaceRequest, Any]]:
    """Each request with what its address says."""
    return [(row, shares_domain(row.user.email, row.institution)) for row in rows]
