"""What waits for experts, secretaries and directors, for the home page."""

from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Membership, local
from core.tasklist import TaskItem, register
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries import without_conflict
from reviews.enums import WAITING_STATES, AssignmentState, PlanState
from reviews.models import FundingPlan, PlanLine
from reviews.queries.assignments import assignments_of

MOST = 50


@register
def tasks(user: Any, tenants: list[Any]) -> list[TaskItem]:
    """Invitations and reviews; proposals to assign experts to; plans to decide or to mend. Two queries."""
    by_id = {tenant.pk: tenant for tenant in tenants}
    return [*_reviews(user, by_id), *_staff(user, by_id)]


def _reviews(user: Any, tenants: dict[int, Any]) -> list[TaskItem]:
    found = []
    for row in assignments_of(user).filter(state__in=WAITING_STATES)[:MOST]:
        is_invitation = row.state == AssignmentState.INVITED
        found.append(
            TaskItem(
                kind="review",
                title=row.proposal.call.title if is_invitation else row.proposal.title,
                what=_("Answer the invitation to review") if is_invitation else _("Write your review"),
                url=reverse("reviews:review", args=[tenants[row.tenant_id].slug, row.pk]),
                tenant=tenants[row.tenant_id],
                due_at=row.due_at,
            )
        )
    return found


def _staff(user: Any, tenants: dict[int, Any]) -> list[TaskItem]:
    """One query over both kinds of thing."""
    columns = ("what", "pk", "tenant_id", "zh", "en", "mark")
    to_assign = (
        Proposal.objects.filter(
            without_conflict(user), state=ProposalState.CHECKED, tenant__in=_where(user, Role.SECRETARY)
        )
        .annotate(what=_text("assign"), zh=F("title_zh"), en=F("title_en"), mark=F("application_number"))
        .order_by()
        .values_list(*columns)
    )
    barred = PlanLine.objects.filter(
        ~Q(proposal__in=Proposal.objects.filter(without_conflict(user))), plan=OuterRef("pk")
    )
    plans = (
        FundingPlan.objects.filter(
            ~Exists(barred),
            Q(state=PlanState.APPROVING, tenant__in=_where(user, Role.DIRECTOR)) & ~Q(prepared_by=user)
            | Q(state=PlanState.RETURNED, tenant__in=_where(user, Role.SECRETARY)),
        )
        .annotate(what=F("state"), zh=F("call__title_zh"), en=F("call__title_en"), mark=_text(""))
        .order_by()
        .values_list(*columns)
    )
    rows = to_assign.union(plans, all=True)[:MOST]
    return [_staff_item(tenants[row[2]], *row) for row in rows if row[2] in tenants]


def _staff_item(tenant: Any, what: str, pk: int, _tenant_id: int, zh: str, en: str, mark: str) -> TaskItem:
    words, view = {
        "assign": (_("Assign experts"), "reviews:assign"),
        PlanState.APPROVING: (_("Decide on the funding plan"), "reviews:plan"),
        PlanState.RETURNED: (_("The director returned the funding plan"), "reviews:plan"),
    }[what]
    title = " ".join(part for part in (mark, local(zh, en)) if part)
    return TaskItem(
        kind="plan" if view == "reviews:plan" else "assign",
        title=title,
        what=words,
        url=reverse(view, args=[tenant.slug, pk]),
        tenant=tenant,
    )


def _where(user: Any, role: str) -> Any:
    return Membership.objects.filter(user=user, role=role).values("tenant_id")


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())
