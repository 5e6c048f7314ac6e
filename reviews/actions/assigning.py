"""Assigns experts to proposals, keeps conflicted ones out (A16 A21), reminds, releases, reopens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.workflow import move
from notifications.actions import cancel_reminders
from programs.findings import Finding
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries import dossier_of_version, latest_version
from reviews import rules
from reviews.actions.common import (
    clean,
    locked_assignment,
    locked_proposal,
    may_know,
    obstacle,
    remind_of_review,
    tell_expert,
    wrong_state,
)
from reviews.conflicts import evidence_for
from reviews.enums import WAITING_STATES, AssignmentState, ConflictKind, ConflictSource, ReviewKind
from reviews.models import Assignment, Conflict, Expert
from reviews.queries.panels import panel_findings

REVIEWABLE = (ProposalState.CHECKED, ProposalState.REVIEWING)
REOPENED_DAYS = 7


@transaction.atomic
def find_conflicts(*, proposal: Proposal, expert: Expert) -> list[Conflict]:
    """What ties the expert to the proposal: what the portal sees by itself is put on record, what was declared is
    there already (A16)."""
    version = latest_version(proposal)
    if version is not None:
        found: dict[str, list[tuple[str, str]]] = {}
        for one in evidence_for(proposal, dossier_of_version(version), [expert])[expert.user_id]:
            found.setdefault(str(one.kind), []).append((one.text_zh, one.text_en))
        Conflict.objects.bulk_create(
            (
                Conflict(
                    tenant=proposal.tenant,
                    proposal=proposal,
                    user=expert.user,
                    kind=kind,
                    source=ConflictSource.COMPUTED,
                    evidence_zh="\n".join(zh for zh, _ in texts),
                    evidence_en="\n".join(en for _, en in texts),
                    found_at=clock.now(),
                )
                for kind, texts in found.items()
            ),
            ignore_conflicts=True,
        )
    return list(Conflict.objects.filter(proposal=proposal, user=expert.user).order_by("pk"))


def assign(*, proposal: Proposal, expert: Expert, kind: str, by: User, due_at: datetime) -> Assignment:
    """Ask an expert for a review, due before `due_at`; the proposal's first assignment starts its review (A21).

    Raises NotVisible for anyone but the secretariat (its finance office for finance experts), Refused with the
    evidence for a conflicted expert (A16), and with every reason when the expert can't take it or, for a budget review,
    when a panel must pass the request first (A22)."""
    rules.require(rules.may_assign(by, proposal.tenant, kind) and may_know(by, proposal))
    # On record before the refusal, which would undo it.
    if conflicts := find_conflicts(proposal=proposal, expert=expert):
        raise Refused([conflict_obstacle(expert, one) for one in conflicts])
    with transaction.atomic():
        row = locked_proposal(proposal.pk)
        chosen = Expert.objects.select_for_update().filter(pk=expert.pk).first()
        if chosen is None:
            raise NotVisible
        if row.state not in REVIEWABLE:
            raise wrong_state(
                "该项目当前状态不能指派评审专家，请刷新页面。",
                "In its present state the proposal takes no reviewers; please reload the page.",
            )
        if found := [*_problems(row, chosen, kind, due_at), *_before_its_panel(row, kind)]:
            raise Refused(found)
        return _invite(row, chosen, kind, by, due_at)


def conflict_obstacle(expert: Expert, conflict: Conflict, *, field: str = "") -> Obstacle:
    """Why the expert must stay out, with the evidence (A16)."""
    return Obstacle(
        code=f"conflict-{conflict.kind}",
        message_zh=f"{expert.user.name_zh or expert.user.name_en}须回避：{conflict.evidence_zh}",
        message_en=f"{expert.user.name_en or expert.user.name_zh} must stay out: {conflict.evidence_en}",
        article="A16",
        field=field or f"expert-{expert.pk}",
    )


def _problems(proposal: Proposal, expert: Expert, kind: str, due_at: datetime) -> list[Obstacle]:
    zh = expert.user.name_zh or expert.user.name_en
    en = expert.user.name_en or expert.user.name_zh
    here = f"expert-{expert.pk}"
    found = []
    if rules.is_conflicted(expert.user, proposal):
        found.append(obstacle("conflict", f"{zh}须回避。", f"{en} must stay out.", article="A16", field=here))
    if not expert.is_available or not expert.user.is_active:
        found.append(obstacle("away", f"{zh}目前不接受评审任务。", f"{en} takes no reviews at present.", field=here))
    if expert.consented_at is None:
        zh_consent, en_consent = f"{zh}尚未同意入库，不能指派。", f"{en} has not agreed to stand in the pool."
        found.append(obstacle("consent", zh_consent, en_consent, field=here, who=Role.SECRETARY))
    if not (expert.is_finance if kind == ReviewKind.FINANCE else expert.is_domain):
        found.append(obstacle("kind", f"{zh}不是该类评审专家。", f"{en} is no expert of this kind.", field=here))
    if Assignment.objects.filter(proposal=proposal, expert=expert).exists():
        found.append(
            obstacle("assigned", f"{zh}已被指派过。", f"{en} has been asked for this proposal already.", field=here)
        )
    if Assignment.objects.filter(expert=expert, state__in=WAITING_STATES).count() >= expert.capacity:
        found.append(
            obstacle(
                "capacity",
                f"{zh}在评项目已达上限（{expert.capacity} 项）。",
                f"{en} has no capacity left ({expert.capacity} at a time).",
                field=here,
                who=Role.SECRETARY,
            )
        )
    if due_at <= clock.now():
        found.append(obstacle("due", "截止日期须晚于今天。", "The due date must lie ahead.", field="due"))
    return found


def _before_its_panel(proposal: Proposal, kind: str) -> list[Finding]:
    """Budgets are reviewed after the panel (A22)."""
    version = latest_version(proposal)
    return panel_findings(proposal, version) if kind == ReviewKind.FINANCE and version else []


def _invite(proposal: Proposal, expert: Expert, kind: str, by: User, due_at: datetime) -> Assignment:
    version = latest_version(proposal)
    if version is None:
        raise NotVisible
    assignment = Assignment(
        tenant=proposal.tenant,
        proposal=proposal,
        version=version,
        expert=expert,
        kind=ReviewKind(kind),
        assigned_by=by,
        due_at=due_at,
        invited_at=clock.now(),
    )
    move(assignment.invite)
    assignment.save()
    before = proposal.state
    if before == ProposalState.CHECKED:
        move(proposal.start_review)
        proposal.updated_at = clock.now()
        proposal.save()
    call = proposal.call
    tell_expert(
        assignment,
        kind="review-invitation",
        key="review-invitation",
        title_zh=f"邀请您评审“{call.title_zh}”的一份申请"[:300],
        title_en=f"Invitation to review a proposal: {call.title_en}"[:300],
        body_zh="请先查看利益冲突说明，再决定接受或谢绝。",
        body_en="Please read the note on conflicts of interest first, then accept or decline.",
    )
    remind_of_review(assignment)
    if before == ProposalState.CHECKED:
        record(
            tenant=proposal.tenant,
            actor=by,
            action="proposal.start_review",
            subject=proposal,
            from_state=before,
            to_state=proposal.state,
        )
    record(
        tenant=proposal.tenant,
        actor=by,
        action="review.assign",
        subject=assignment,
        to_state=assignment.state,
        data={"proposal": proposal.pk, "expert": expert.pk, "kind": assignment.kind, "due_at": due_at.isoformat()},
    )
    return assignment


def assign_many(
    *, proposal: Proposal, experts: Sequence[Expert], kind: str, by: User, due_at: datetime
) -> tuple[list[Assignment], list[Obstacle]]:
    """Assign each expert whom nothing hinders; the reasons against the others.

    Raises NotVisible for anyone who may not assign."""
    done: list[Assignment] = []
    found: list[Obstacle] = []
    for expert in experts:
        try:
            done.append(assign(proposal=proposal, expert=expert, kind=kind, by=by, due_at=due_at))
        except Refused as refusal:
            found += [one for one in refusal.findings if one not in found]
    return done, found


@transaction.atomic
def record_conflict(*, proposal: Proposal, user: User, by: User, reason: str) -> Conflict:
    """Put on record that `user` must stay out of the proposal; open reviews of theirs end, submitted ones no longer
    count (A16). Anyone of the funder's staff may say so of themselves, the secretariat of anybody.

    Raises NotVisible, Refused without a reason."""
    rules.require(may_know(by, proposal))
    rules.require(by == user or rules.holds(by, proposal.tenant, Role.SECRETARY))
    if not clean(reason):
        raise Refused([obstacle("reason", "请说明理由。", "Say why.", field="reason", article="A16")])
    row = locked_proposal(proposal.pk)
    conflict, _ = Conflict.objects.get_or_create(
        tenant=row.tenant,
        proposal=row,
        user=user,
        kind=ConflictKind.DECLARED,
        defaults={
            "source": ConflictSource.DECLARED,
            "evidence_zh": clean(reason),
            "evidence_en": clean(reason),
            "found_at": clock.now(),
        },
    )
    for assignment in Assignment.objects.select_for_update().filter(proposal=row, expert__user=user):
        if assignment.state in (*WAITING_STATES, AssignmentState.PROPOSED):
            move(assignment.declare_conflict)
            assignment.save()
        cancel_reminders(tenant=row.tenant, subject=assignment)
    record(
        tenant=row.tenant,
        actor=by,
        action="conflict.record",
        subject=conflict,
        reason=clean(reason),
        data={"proposal": row.pk, "user": user.pk},
    )
    return conflict


@transaction.atomic
def release(*, assignment: Assignment, by: User, reason: str = "") -> Assignment:
    """Staff take back an invitation or an unfinished review, so that somebody else can be asked.

    Raises NotVisible, WrongState once it is submitted."""
    row = _for_staff(assignment, by)
    before = row.state
    move(row.decline)
    row.decline_reason, row.responded_at = clean(reason), clock.now()
    row.save()
    cancel_reminders(tenant=row.tenant, subject=row)
    tell_expert(
        row,
        kind="review-released",
        key="review-released",
        title_zh="一项评审任务已取消",
        title_en="A review is no longer needed from you",
    )
    record(
        tenant=row.tenant,
        actor=by,
        action="review.release",
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=clean(reason),
    )
    return row


@transaction.atomic
def remind_now(*, assignment: Assignment, by: User) -> None:
    """Remind the expert today, once a day at most. Raises NotVisible, WrongState when nothing is waited for."""
    row = _for_staff(assignment, by)
    if row.state not in WAITING_STATES:
        raise wrong_state("该评审不需要提醒。", "There is nothing to remind of.")
    tell_expert(
        row,
        kind="review-reminder",
        key=f"review-reminder:{clock.today(row.tenant.zone)}",
        title_zh="提醒：您有一项评审任务待完成",
        title_en="Reminder: a review of yours is waiting",
    )
    record(tenant=row.tenant, actor=by, action="review.remind", subject=row)


@transaction.atomic
def reopen(*, assignment: Assignment, by: User, reason: str, due_at: datetime | None = None) -> Assignment:
    """Give a submitted review back for improvement, due in a week unless told otherwise.

    Raises NotVisible, Refused without a reason, WrongState unless it is submitted and the proposal under review."""
    row = _for_staff(assignment, by)
    if not clean(reason):
        raise Refused([obstacle("reason", "请说明需要补充什么。", "Say what is to be improved.", field="reason")])
    if row.proposal.state != ProposalState.REVIEWING:
        raise wrong_state("该项目已不在评审中。", "The proposal is no longer under review.")
    before = row.state
    move(row.reopen)
    row.submitted_at, row.reopen_reason = None, clean(reason)
    row.due_at = due_at or max(row.due_at, clock.now() + timedelta(days=REOPENED_DAYS))
    row.save()
    tell_expert(
        row,
        kind="review-reopened",
        key=f"review-reopened:{row.revision}",
        title_zh="您的评审意见需要补充",
        title_en="Your review was given back for improvement",
        body_zh=clean(reason),
        body_en=clean(reason),
    )
    remind_of_review(row)
    record(
        tenant=row.tenant,
        actor=by,
        action="review.reopen",
        subject=row,
        from_state=before,
        to_state=row.state,
        reason=clean(reason),
    )
    return row


def _for_staff(assignment: Assignment, by: User) -> Assignment:
    locked_proposal(assignment.proposal_id)
    row = locked_assignment(assignment)
    rules.require(rules.may_assign(by, row.tenant, row.kind) and may_know(by, row.proposal))
    return row
