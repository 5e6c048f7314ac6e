"""What the writing modules share: locks, messages to experts and staff, reminders.

No message to an expert carries a proposal's title: it would stay in the inbox after a conflict came to light (A16)."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import Tenant, User
from core import clock
from core.errors import NotVisible, Obstacle, WrongState
from notifications.actions import notify, remind
from proposals.models import Proposal
from proposals.queries import judged_by
from reviews.models import Assignment, FundingPlan

REMINDER_DAYS = (7, 2)
REVIEW_DUE = "review-due"


def locked_proposal(pk: int) -> Proposal:
    """The row, locked for the rest of the transaction. Raises NotVisible if it is gone."""
    row = Proposal.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def locked_assignment(assignment: Assignment) -> Assignment:
    """The row, locked for the rest of the transaction. Raises NotVisible if it is gone."""
    row = Assignment.objects.select_for_update().filter(pk=assignment.pk).first()
    if row is None:
        raise NotVisible
    return row


def locked_plan(plan: FundingPlan) -> FundingPlan:
    """The row, locked for the rest of the transaction. Raises NotVisible if it is gone."""
    row = FundingPlan.objects.select_for_update().filter(pk=plan.pk).first()
    if row is None:
        raise NotVisible
    return row


def may_know(user: User, proposal: Proposal) -> bool:
    """Whether staff may know of the proposal: no conflict, not their own (A16)."""
    return judged_by(user).filter(pk=proposal.pk).exists()


def obstacle(code: str, zh: str, en: str, *, article: str = "", field: str = "", who: str = "") -> Obstacle:
    """A reason why not, in both languages."""
    return Obstacle(code=code, message_zh=zh, message_en=en, article=article, field=field, who_can_clear=who)


def wrong_state(zh: str, en: str) -> WrongState:
    """The thing has moved on."""
    return WrongState([obstacle("wrong-state", zh, en)])


def clean(text: str) -> str:
    """Text that both databases hold, trimmed."""
    return "".join(c for c in text if c != "\x00" and not "\ud800" <= c <= "\udfff").replace("\r\n", "\n").strip()


def page_of(assignment: Assignment) -> str:
    """Address of the expert's page."""
    return reverse("reviews:review", args=[assignment.tenant.slug, assignment.pk])


def results_page(tenant: Tenant, proposal_id: int) -> str:
    """Address of the staff's page of results."""
    return reverse("reviews:results", args=[tenant.slug, proposal_id])


def tell_expert(assignment: Assignment, *, kind: str, key: str, **texts: Any) -> None:
    """A message to the expert, leading to their page."""
    notify(
        tenant=assignment.tenant,
        to=[assignment.expert.user],
        kind=kind,
        key=f"{key}:{assignment.pk}",
        url=page_of(assignment),
        **texts,
    )


def tell_staff(assignment: Assignment, *, kind: str, key: str, title_zh: str, title_en: str, **more: Any) -> None:
    """A message to whoever assigned the review, unless they must not know of the proposal any more."""
    if not may_know(assignment.assigned_by, assignment.proposal):
        return
    notify(
        tenant=assignment.tenant,
        to=[assignment.assigned_by],
        kind=kind,
        key=f"{key}:{assignment.pk}",
        title_zh=title_zh,
        title_en=title_en,
        url=results_page(assignment.tenant, assignment.proposal_id),
        **more,
    )


def remind_of_review(assignment: Assignment) -> None:
    """Seven and two days before the review is due, and when it is; cancelled when it is handed in."""
    now = clock.now()
    for days in (*REMINDER_DAYS, 0):
        due_at = assignment.due_at - timedelta(days=days)
        if due_at <= now:
            continue
        left_zh = f"还有 {days} 天到期" if days else "今天到期"
        left_en = f"due in {days} days" if days else "due now"
        remind(
            tenant=assignment.tenant,
            users=[assignment.expert.user],
            kind=REVIEW_DUE,
            subject=assignment,
            due_at=due_at,
            title_zh=f"评审任务{left_zh}",
            title_en=f"Your review is {left_en}",
            url=page_of(assignment),
        )
