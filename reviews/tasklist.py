"""What waits for experts, secretaries and directors, for the home page."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import local
from accounts.standing import standing_of
from core.tasklist import TaskItem, register
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries import without_conflict
from reviews.enums import WAITING_STATES, AssignmentState, PlanState
from reviews.models import FundingPlan, PlanLine
from reviews.queries.assignments import assignments_of
from reviews.rules import EXPERTS

MOST = 30


@register
def tasks(user: Any, tenants: list[Any]) -> list[TaskItem]:
    """Invitations and reviews; proposals to assign experts to; plans to decide or to mend. A query for each kind that
    the person's roles bring them."""
    by_id, standing = {tenant.pk: tenant for tenant in tenants}, standing_of(user)
    found = _reviews(user, by_id) if standing.where(*EXPERTS) else []
    if secretary_of := standing.where(Role.SECRETARY):
        found += _to_assign(user, secretary_of, by_id)
    director_of = standing.where(Role.DIRECTOR)
    if secretary_of or director_of:
        found += _plans(user, secretary_of, director_of, by_id)
    return found


def _reviews(user: Any, tenants: dict[int, Any]) -> list[TaskItem]:
    found = []
    for row in assignments_of(user).filter(state__in=WAITING_STATES)[:MOST]:
        is_invitation = row.state == AssignmentState.INVITED
        found.append(
            TaskItem(
                kind="review",
                title=row.proposal.title,
                what=_("Answer the invitation to review") if is_invitation else _("Write your review"),
                url=reverse_lazy("reviews:review", args=[tenants[row.tenant_id].slug, row.pk]),
                tenant=tenants[row.tenant_id],
                due_at=row.due_at,
            )
        )
    return found


def _to_assign(user: Any, secretary_of: list[int], tenants: dict[int, Any]) -> list[TaskItem]:
    rows = (
        Proposal.objects.filter(without_conflict(user), state=ProposalState.CHECKED, tenant__in=secretary_of)
        .order_by("-pk")
        .values_list("pk", "tenant_id", "title_zh", "title_en", "application_number")
    )
    return [
        _staff_item("assign", tenants[tenant], pk, local(zh, en), number or "")
        for pk, tenant, zh, en, number in rows[:MOST]
    ]


def _plans(user: Any, secretary_of: list[int], director_of: list[int], tenants: dict[int, Any]) -> list[TaskItem]:
    free = without_conflict(user, key="proposal_id", path="proposal__")
    barred = PlanLine.objects.filter(~free, plan=OuterRef("pk"))
    mine = Q(state=PlanState.RETURNED, tenant__in=secretary_of)
    mine |= Q(state=PlanState.APPROVING, tenant__in=director_of) & ~Q(prepared_by=user)
    rows = (
        FundingPlan.objects.filter(~Exists(barred), mine)
        .order_by("-pk")
        .values_list("pk", "tenant_id", "state", "call__title_zh", "call__title_en", "number")
    )
    return [
        _staff_item(state, tenants[tenant], pk, local(zh, en), str(number))
        for pk, tenant, state, zh, en, number in rows[:MOST]
    ]


def _staff_item(what: str, tenant: Any, pk: int, title: str, number: str = "") -> TaskItem:
    words, view = {
        "assign": (_("Assign experts · %(number)s"), "reviews:assign"),
        PlanState.APPROVING: (_("Decide on funding plan %(number)s"), "reviews:plan"),
        PlanState.RETURNED: (_("The director returned funding plan %(number)s"), "reviews:plan"),
    }[what]
    return TaskItem(
        kind="plan" if view == "reviews:plan" else "assign",
        title=title,
        what=words % {"number": number},
        url=reverse_lazy(view, args=[tenant.slug, pk]),
        tenant=tenant,
    )
