"""An expert answers an invitation: accepts, declines, or declares a conflict of interest (A16)."""

from django.db import transaction

from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import Refused
from core.workflow import move
from notifications.actions import cancel_reminders
from proposals.enums import ProposalState
from reviews import rules
from reviews.actions.assigning import find_conflicts
from reviews.actions.common import clean, locked_assignment, locked_proposal, obstacle, tell_staff, wrong_state
from reviews.enums import ConflictKind, ConflictSource
from reviews.models import Assignment, Conflict


@transaction.atomic
def accept(*, assignment: Assignment, by: User, no_conflict: bool) -> Assignment:
    """Take the review on, declaring that there is no conflict of interest.

    If the portal now sees one that it didn't when the expert was asked, the review ends in CONFLICTED instead: look at
    the state of the answer. Raises NotVisible, Refused without the declaration, WrongState."""
    row = _own(assignment, by)
    if not no_conflict:
        raise Refused(
            [
                obstacle(
                    "no-conflict",
                    "接受评审前须声明与该项目无利益冲突。",
                    "Before accepting, declare that you have no conflict of interest.",
                    article="A16",
                    field="no_conflict",
                )
            ]
        )
    if row.proposal.state != ProposalState.REVIEWING:
        raise wrong_state("该项目已不在评审中，谢谢。", "The proposal is no longer under review; thank you.")
    before = row.state
    if find_conflicts(proposal=row.proposal, expert=row.expert):
        return _end_in_conflict(row, by, before, reason="")
    move(row.accept)
    row.responded_at = row.no_conflict_declared_at = clock.now()
    row.save()
    record(tenant=row.tenant, actor=by, action="review.accept", subject=row, from_state=before, to_state=row.state)
    return row


@transaction.atomic
def decline(*, assignment: Assignment, by: User, reason: str) -> Assignment:
    """Say no, or stop before submitting. Raises NotVisible, Refused without a reason, WrongState."""
    row = _own(assignment, by)
    if not clean(reason):
        raise Refused([obstacle("reason", "请说明理由。", "Say why.", field="reason")])
    before = row.state
    move(row.decline)
    row.decline_reason, row.responded_at = clean(reason), clock.now()
    row.save()
    cancel_reminders(tenant=row.tenant, subject=row)
    tell_staff(
        row,
        kind="review-declined",
        key="review-declined",
        title_zh=f"{row.expert.user.name_zh or row.expert.user.name_en}谢绝了评审邀请",
        title_en=f"{row.expert.user.name_en or row.expert.user.name_zh} declined to review",
        body_zh=clean(reason),
        body_en=clean(reason),
    )
    record(
        tenant=row.tenant,
        actor=by,
        action="review.decline",
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=clean(reason),
    )
    return row


@transaction.atomic
def declare_conflict(*, assignment: Assignment, by: User, reason: str) -> Assignment:
    """Declare one's own conflict of interest: from now on nothing of the proposal is there for the expert (A16).

    Raises NotVisible, Refused without a reason, WrongState once the review is submitted."""
    row = _own(assignment, by)
    if not clean(reason):
        raise Refused(
            [obstacle("reason", "请说明利益关系。", "Say what ties you to it.", field="reason", article="A16")]
        )
    Conflict.objects.get_or_create(
        tenant=row.tenant,
        proposal=row.proposal,
        user=by,
        kind=ConflictKind.DECLARED,
        defaults={
            "source": ConflictSource.DECLARED,
            "evidence_zh": clean(reason),
            "evidence_en": clean(reason),
            "found_at": clock.now(),
        },
    )
    return _end_in_conflict(row, by, row.state, reason=clean(reason))


def _own(assignment: Assignment, by: User) -> Assignment:
    """The person's own review, locked after its proposal; gone for a conflicted one."""
    locked_proposal(assignment.proposal_id)
    row = locked_assignment(assignment)
    rules.require(rules.is_assigned(by, row) and not rules.is_conflicted(by, row.proposal_id))
    return row


def _end_in_conflict(row: Assignment, by: User, before: str, *, reason: str) -> Assignment:
    move(row.declare_conflict)
    row.responded_at = clock.now()
    row.save()
    cancel_reminders(tenant=row.tenant, subject=row)
    tell_staff(
        row,
        kind="review-conflict",
        key="review-conflict",
        title_zh=f"{row.expert.user.name_zh or row.expert.user.name_en}因利益冲突回避评审",
        title_en=f"{row.expert.user.name_en or row.expert.user.name_zh} has a conflict of interest",
        body_zh=reason,
        body_en=reason,
    )
    record(
        tenant=row.tenant,
        actor=by,
        action="review.conflict",
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=reason,
    )
    return row
