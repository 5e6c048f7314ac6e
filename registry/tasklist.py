"""What waits for a person: people who want to be admitted to their institution; for a funder's staff, institutions that
register, and people of those that have no office yet."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.models import User, local
from accounts.standing import standing_of
from core.tasklist import TaskItem
from core.tenancy import active_among
from registry.enums import RequestState
from registry.models import InstitutionRequest, PlaceRequest
from registry.queries.institutions import REGISTRARS
from registry.queries.places import waiting_without_office

MOST = 30


def tasks(user: User, tenants: list[Any]) -> Iterable[TaskItem]:
    """One line for each institution of the person's office, and one for each request that falls to an administrator."""
    standing, by_id = standing_of(user), {tenant.pk: tenant for tenant in tenants}
    items: list[TaskItem] = []
    if standing.offices:
        items += _at_offices(user, sorted(standing.offices), by_id)
    if admin_of := active_among(standing.where(Role.ADMIN)):
        rows = waiting_without_office(admin_of).exclude(user=user)[:MOST]
        items += [_without_office(row, by_id[row.via_id]) for row in rows]
    if registrar_of := active_among(standing.where(*REGISTRARS)):
        waiting = InstitutionRequest.objects.filter(tenant__in=registrar_of, state=RequestState.WAITING)
        items += [_institution(row, by_id[row.tenant_id]) for row in waiting.exclude(asked_by=user)[:MOST]]
    return items


def _at_offices(user: User, offices: list[int], by_id: dict[int, Any]) -> list[TaskItem]:
    rows = PlaceRequest.objects.filter(institution__in=offices, via__in=list(by_id), state=RequestState.WAITING)
    found = rows.exclude(user=user).values("institution__name_zh", "institution__name_en", "institution")
    counted = found.annotate(people=Count("pk"), first=Min("via")).order_by("institution")[:MOST]
    return [
        TaskItem(
            kind="place-requests",
            title=local(row["institution__name_zh"], row["institution__name_en"]),
            what=ngettext("%(n)d person waits for approval", "%(n)d people wait for approval", row["people"])
            % {"n": row["people"]},
            url=reverse_lazy("registry:colleagues", args=[by_id[row["first"]].slug]),
            tenant=by_id[row["first"]],
        )
        for row in counted
    ]


def _without_office(row: PlaceRequest, tenant: Any) -> TaskItem:
    return TaskItem(
        kind="place-request",
        title=f"{row.user.display_name} → {row.institution.display_name}",
        what=_("Waits for approval; the institution has no office here yet"),
        url=reverse_lazy("registry:place_request", args=[tenant.slug, row.pk]),
        tenant=tenant,
    )


def _institution(row: InstitutionRequest, tenant: Any) -> TaskItem:
    return TaskItem(
        kind="institution-request",
        title=row.display_name,
        what=_("An institution registers: look at its proof"),
        url=reverse_lazy("registry:institution_request", args=[tenant.slug, row.pk]),
        tenant=tenant,
    )
