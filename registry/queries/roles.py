"""Who holds which role with a funder, for its administrator."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from accounts.queries import current_affiliations
from audit.models import Event
from audit.queries import history_of

# Whom the pool of experts says to be one: given and ended there (A9 A21).
OF_THE_POOL = frozenset({Role.REVIEWER, Role.FINANCE_EXPERT})
TOLD = ("membership.grant", "membership.end")
MOST_EVENTS = 50


def people_of(tenant: Tenant, text: str = "", role: str = "") -> QuerySet[User]:
    """Whoever holds a role (`role`, if given) with the funder and has `text` in name or address."""
    held = Membership.objects.filter(tenant=tenant, user=OuterRef("pk"))
    rows = User.objects.filter(Exists(held.filter(role=role) if role else held))
    if text:
        rows = rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(email__icontains=text))
    return rows


def with_roles(tenant: Tenant, people: Iterable[User]) -> list[tuple[User, list[Membership]]]:
    """Each of the people with their roles there, in the order of `Role`. One query."""
    rows = list(people)
    held: dict[int, list[Membership]] = {user.pk: [] for user in rows}
    for one in Membership.objects.filter(tenant=tenant, user__in=rows):
        held[one.user_id].append(one)
    order = list(Role.values)
    return [(user, sorted(held[user.pk], key=lambda one: order.index(one.role))) for user in rows]


def member_of(tenant: Tenant, pk: int) -> User | None:
    """The person, if they hold a role with the funder."""
    return people_of(tenant).filter(pk=pk).first()


def places_of(user: User) -> list[Any]:
    """Where the person is today, institutions with them."""
    return list(current_affiliations(user).select_related("institution").order_by("pk"))


def role_history(user: User) -> list[Event]:
    """What roles the person was given and lost in the active tenant, newest first."""
    return list(history_of(user).filter(action__in=TOLD).order_by("-seq")[:MOST_EVENTS])
