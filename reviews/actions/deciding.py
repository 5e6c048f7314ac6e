"""The executive director approves a funding plan or returns it (A23); result letters go out with the approval."""

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.queries import office_users
from audit.actions import record
from audit.queries import history_of
from core import clock
from core.errors import Refused
from core.money import format_yuan
from core.workflow import move
from notifications.actions import notify
from programs.findings import Stage
from proposals.enums import ProposalState
from proposals.models import Proposal, TeamMember
from reviews import rules
from reviews.actions.common import clean, locked_plan, obstacle, wrong_state
from reviews.actions.planning import blocking_findings, lock_proposals_of, plan_page, withdrawn_lines
from reviews.enums import LineDecision, PlanState
from reviews.models import FundingPlan, PlanLine
from reviews.queries.panels import panels_that_count
from reviews.queries.plans import content_sha256, panels_shown, plans_visible_to, total_fen
from reviews.signals import proposal_funded


@transaction.atomic
def decide_plan(
    *,
    plan: FundingPlan,
    by: User,
    approve: bool,
    comment: str = "",
    seen_sha256: str | None = None,
    seen_panels: str | None = None,
) -> FundingPlan:
    """Approve the whole plan, or return it with a comment.

    Approval binds the content's hash: it fails if the plan is no longer what was handed in, or not what the director
    saw (`seen_sha256`; `seen_panels`: the panels' records, which may have been corrected since, A22). Concurrent
    projects are counted again, with the people locked (A19). Each funded proposal is announced by `proposal_funded` in
    the same transaction, and every PI and office gets the result.

    Raises NotVisible (also for whoever prepared it), WrongState, Refused with every unmet condition."""
    rules.require(rules.may_decide_plan(by, plan.tenant) and plans_visible_to(by).filter(pk=plan.pk).exists())
    proposals = lock_proposals_of(plan)
    plan = locked_plan(plan)
    lines = _checked_lines(plan, proposals, by, seen_sha256)
    if not approve and not clean(comment):
        raise Refused(
            [obstacle("comment", "退回须说明理由。", "Say why you return it.", field="comment", article="A23")]
        )
    if approve:
        _check_panels(lines, seen_panels)
        _lock_people(proposals)
        if found := withdrawn_lines(lines) or blocking_findings(plan, lines, stage=Stage.AWARD):
            raise Refused(found)
    before = plan.state
    move(plan.approve if approve else plan.send_back)
    plan.decided_by, plan.decided_at, plan.decision_comment = by, clock.now(), clean(comment)
    plan.save()
    for line in lines:
        _decide_line(line, by, approve=approve)
    if not approve:
        _tell_preparer(plan)
    record(
        tenant=plan.tenant,
        actor=by,
        action="plan.approve" if approve else "plan.return",
        subject=plan,
        from_state=before,
        to_state=plan.state,
        reason=plan.decision_comment,
        data={"content_sha256": plan.content_sha256, "total_fen": total_fen(lines)},
    )
    return plan


def has_prepared(user: User, plan: FundingPlan) -> bool:
    """Whether the person started the plan, changed it or handed it in; such a one never decides it (A23)."""
    return bool(
        plan.prepared_by_id == user.pk
        or history_of(plan).filter(actor=user).exclude(action__in=("plan.approve", "plan.return")).exists()
    )


def _checked_lines(
    plan: FundingPlan, proposals: dict[int, Proposal], by: User, seen_sha256: str | None
) -> list[PlanLine]:
    """The locked plan's lines, proved to be those that were handed in and seen."""
    if plan.state != PlanState.APPROVING:
        raise wrong_state(
            "方案不在审批中，请刷新页面。", "The plan is not before you any more; please reload the page."
        )
    if has_prepared(by, plan):
        raise Refused(
            [
                obstacle(
                    "own-plan",
                    "编制过本方案的人不能审批，须由他人审批。",
                    "Whoever prepared the plan can't decide it; somebody else must.",
                    article="A23",
                    who="director",
                )
            ]
        )
    lines = list(PlanLine.objects.filter(plan=plan).select_related("version", "tenant").order_by("pk"))
    has_changed = {line.proposal_id for line in lines} != proposals.keys()
    for line in lines:
        line.proposal = proposals.get(line.proposal_id, line.proposal)
    has_changed |= content_sha256(plan, lines) != plan.content_sha256
    if has_changed or seen_sha256 not in (None, plan.content_sha256):
        raise Refused(
            [
                obstacle(
                    "changed-plan",
                    "方案内容与提交时或您所见的不一致，不能审批；请刷新后核对。",
                    "The plan differs from what was handed in or from what you saw; please reload it and look again.",
                    article="A23",
                )
            ]
        )
    return lines


def _check_panels(lines: list[PlanLine], seen: str | None) -> None:
    """Recording one locks the proposal, which is locked here: what stands now stands until the approval."""
    if seen is not None and seen != panels_shown(panels_that_count([line.proposal_id for line in lines]).values()):
        raise Refused(
            [
                obstacle(
                    "changed-panel",
                    "评审委员会的记录在您查看后有更正，请刷新后核对。",
                    "A panel's record was corrected after you looked; please reload and look again.",
                    article="A22",
                )
            ]
        )


def _lock_people(proposals: dict[int, Proposal]) -> None:
    """One award at a time for each PI and main participant: two directors' counts can't both miss the other (A19)."""
    people = {row.pi_id for row in proposals.values()}
    people |= set(
        TeamMember.objects.filter(proposal__in=list(proposals), is_main=True).values_list("user_id", flat=True)
    )
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))


def _decide_line(line: PlanLine, by: User, *, approve: bool) -> None:
    proposal = line.proposal
    before = proposal.state
    is_funded = approve and line.decision == LineDecision.FUND
    if proposal.state == ProposalState.WITHDRAWN:
        return  # a plan with one is never approved; returned, it leaves the proposal as its applicant left it
    if not approve:
        move(proposal.unplan)
    elif is_funded:
        move(proposal.approve)
    else:
        move(proposal.decline)
    proposal.updated_at = clock.now()
    proposal.save()
    if approve:
        _send_letter(line, is_funded=is_funded)
    if is_funded:
        proposal_funded.send(
            sender=Proposal, proposal=proposal, version=line.version, amount_fen=line.amount_fen, by=by
        )
    record(
        tenant=line.tenant,
        actor=by,
        action="proposal.approve" if is_funded else "proposal.decline" if approve else "proposal.unplan",
        subject=proposal,
        from_state=before,
        to_state=proposal.state,
        data={"amount_fen": line.amount_fen} if is_funded else {},
    )


def _send_letter(line: PlanLine, *, is_funded: bool) -> None:
    """The result for the PI and the lead institution's office; nobody who reviewed is named."""
    proposal, amount = line.proposal, format_yuan(line.amount_fen)
    zh = proposal.title_zh or proposal.title_en
    en = proposal.title_en or proposal.title_zh
    number = proposal.application_number
    if is_funded:
        title_zh, title_en = f"资助通知：{number}", f"Your proposal is funded: {number}"
        body_zh = (
            f"项目“{zh}”（{number}）经评审和审批，同意资助，批准经费 {amount} 元。请按通知填报计划任务书和经费预算书。"
        )
        body_en = (
            f"After review and approval, the proposal “{en}” ({number}) will be funded with CNY {amount}. "
            "Please prepare the task book and the budget book."
        )
    else:
        title_zh, title_en = f"评审结果通知：{number}", f"Result of your proposal: {number}"
        body_zh = f"项目“{zh}”（{number}）经评审和审批，本次未获资助。感谢您的申请。"
        body_en = f"After review, the proposal “{en}” ({number}) was not selected for funding. Thank you for applying."
    notify(
        tenant=line.tenant,
        to=[proposal.pi, *office_users(proposal.lead_institution_id)],
        kind="funding-result",
        key=f"funding-result:{proposal.pk}",
        title_zh=title_zh,
        title_en=title_en,
        body_zh=body_zh,
        body_en=body_en,
        url=reverse("proposals:detail", args=[line.tenant.slug, proposal.pk]),
    )


def _tell_preparer(plan: FundingPlan) -> None:
    notify(
        tenant=plan.tenant,
        to=[plan.prepared_by],
        kind="plan-returned",
        key=f"plan-returned:{plan.pk}:{plan.content_sha256[:16]}",
        title_zh=f"资助方案 {plan.number} 已退回",
        title_en=f"Funding plan {plan.number} was returned",
        body_zh=plan.decision_comment,
        body_en=plan.decision_comment,
        url=plan_page(plan),
    )
