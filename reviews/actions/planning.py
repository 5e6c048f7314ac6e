"""The secretariat makes a funding plan: lines with amounts, handed in to the executive director (A21 A22 A23)."""

from dataclasses import replace

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.queries import people_with
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.money import MAX_FEN, format_yuan
from core.workflow import move
from notifications.actions import notify
from programs.findings import Finding, Stage
from programs.models import Call
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import rules
from reviews.actions.common import clean, locked_plan, locked_proposal, may_know, obstacle, wrong_state
from reviews.enums import OPEN_PLAN_STATES, LineDecision, PlanState
from reviews.models import FundingPlan, PlanLine
from reviews.queries.plans import (
    content_sha256,
    findings_of,
    is_blocking,
    latest_versions,
    plans_visible_to,
    total_fen,
)


@transaction.atomic
def start_plan(*, call: Call, by: User) -> FundingPlan:
    """An empty plan for a call, with the call's next number. Raises NotVisible for anyone but the secretariat."""
    rules.require(rules.may_prepare_plan(by, call.tenant))
    Call.objects.select_for_update().get(pk=call.pk)  # two at once would take the same number
    last = FundingPlan.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
    plan = FundingPlan.objects.create(
        tenant=call.tenant, call=call, number=last + 1, prepared_by=by, prepared_at=clock.now()
    )
    record(tenant=plan.tenant, actor=by, action="plan.start", subject=plan, to_state=plan.state)
    return plan


@transaction.atomic
def put_line(
    *, plan: FundingPlan, proposal: Proposal, by: User, decision: str, amount_fen: int, note: str = ""
) -> PlanLine:
    """Put a proposal into the plan, or change its line: fund it with an amount (fen), or decline it.

    Raises NotVisible, WrongState unless the plan is in preparation and the proposal under review, Refused for a
    proposal of another plan or an amount out of range."""
    row = locked_proposal(proposal.pk)
    plan = _editable(plan, by)
    rules.require(row.call_id == plan.call_id and may_know(by, row))
    if row.state != ProposalState.REVIEWING:
        raise wrong_state("该项目不在评审中，不能列入方案。", "The proposal is not under review; it can't be planned.")
    if found := _line_problems(plan, row, decision, amount_fen):
        raise Refused(found)
    version = latest_versions([row.pk]).get(row.pk)
    if version is None:
        raise NotVisible
    line = PlanLine.objects.filter(plan=plan, proposal=row).first() or PlanLine(
        tenant=plan.tenant, plan=plan, proposal=row
    )
    before = [line.decision, line.amount_fen, line.note] if line.pk else None
    line.version, line.decision, line.note = version, LineDecision(decision), clean(note)
    line.amount_fen = amount_fen if decision == LineDecision.FUND else 0
    after = [str(line.decision), line.amount_fen, line.note]
    if before != after:
        line.save()
        record(
            tenant=plan.tenant,
            actor=by,
            action="plan.put_line",
            subject=plan,
            data={"proposal": row.pk, "before": before, "after": after},
        )
    return line


def _line_problems(plan: FundingPlan, proposal: Proposal, decision: str, amount_fen: int) -> list[Obstacle]:
    found = []
    if decision not in LineDecision.values:
        found.append(
            obstacle(
                "decision", "请选择资助或不资助。", "Choose to fund or to decline.", field="decision", article="A23"
            )
        )
    if not 0 <= amount_fen <= MAX_FEN:
        found.append(obstacle("amount", "金额超出范围。", "The amount is out of range.", field="amount", article="A23"))
    elif decision == LineDecision.FUND and amount_fen > proposal.requested_fen:
        limit = format_yuan(proposal.requested_fen)
        found.append(
            obstacle(
                "above-request",
                f"资助金额不能超过申请金额 {limit} 元。",
                f"The amount can't exceed the request of CNY {limit}.",
                field="amount",
                article="A23",
            )
        )
    elsewhere = PlanLine.objects.filter(proposal=proposal, plan__state__in=OPEN_PLAN_STATES).exclude(plan=plan)
    if other := elsewhere.select_related("plan").first():
        found.append(
            obstacle(
                "other-plan",
                f"该项目已列入方案 {other.plan.number}。",
                f"The proposal is in plan {other.plan.number} already.",
                article="A23",
            )
        )
    return found


@transaction.atomic
def remove_line(*, plan: FundingPlan, proposal: Proposal, by: User) -> None:
    """Take a proposal out of a plan in preparation; nothing if it isn't there. Raises NotVisible, WrongState."""
    plan = _editable(plan, by)
    deleted, _ = PlanLine.objects.filter(plan=plan, proposal=proposal).delete()
    if deleted:
        record(tenant=plan.tenant, actor=by, action="plan.remove_line", subject=plan, data={"proposal": proposal.pk})


@transaction.atomic
def comment_plan(*, plan: FundingPlan, by: User, comment: str) -> FundingPlan:
    """Say something to the director about the whole plan. Raises NotVisible, WrongState."""
    plan = _editable(plan, by)
    if plan.comment != clean(comment):
        plan.comment = clean(comment)
        plan.save()
        record(tenant=plan.tenant, actor=by, action="plan.comment", subject=plan, reason=plan.comment)
    return plan


@transaction.atomic
def hand_in_plan(*, plan: FundingPlan, by: User) -> FundingPlan:
    """Bring the plan before the executive director, bound by the hash of its content; its proposals are planned.

    Raises NotVisible, WrongState, Refused with every unmet condition of every line: reviews (A21), panel (A22),
    amounts, concurrent projects (A19)."""
    rules.require(plans_visible_to(by).filter(pk=plan.pk).exists())
    proposals = lock_proposals_of(plan)
    plan = _editable(plan, by)
    lines = _settled_lines(plan, proposals)
    if found := withdrawn_lines(lines) or blocking_findings(plan, lines, stage=Stage.PLAN):
        raise Refused(found)
    for line in lines:
        move(proposals[line.proposal_id].plan)
        proposals[line.proposal_id].save()
    before = plan.state
    move(plan.hand_in)
    plan.prepared_by, plan.prepared_at, plan.handed_in_at = by, clock.now(), clock.now()
    plan.content_sha256 = content_sha256(plan, lines)
    plan.save()
    _tell_directors(plan, len(lines), total_fen(lines))
    for line in lines:
        record(
            tenant=plan.tenant,
            actor=by,
            action="proposal.plan",
            subject=proposals[line.proposal_id],
            from_state=ProposalState.REVIEWING,
            to_state=proposals[line.proposal_id].state,
        )
    record(
        tenant=plan.tenant,
        actor=by,
        action="plan.hand_in",
        subject=plan,
        from_state=before,
        to_state=plan.state,
        data={"content_sha256": plan.content_sha256, "total_fen": total_fen(lines)},
    )
    return plan


def lock_proposals_of(plan: FundingPlan) -> dict[int, Proposal]:
    """The plan's proposals, locked in order of their ids, before the plan itself (decision 4)."""
    ids = PlanLine.objects.filter(plan=plan).values_list("proposal_id", flat=True)
    rows = Proposal.objects.select_for_update(of=("self",)).select_related(
        "tenant", "pi", "lead_institution", "call__programme", "call__policy_version"
    )
    return {row.pk: row for row in rows.filter(pk__in=list(ids)).order_by("pk")}


def _settled_lines(plan: FundingPlan, proposals: dict[int, Proposal]) -> list[PlanLine]:
    """The locked plan's lines on the locked proposals."""
    lines = list(PlanLine.objects.filter(plan=plan).select_related("version").order_by("pk"))
    if {line.proposal_id for line in lines} != proposals.keys():
        raise wrong_state("方案刚刚被修改，请刷新页面。", "The plan has just been changed; please reload the page.")
    for line in lines:
        line.proposal = proposals[line.proposal_id]
    return lines


def withdrawn_lines(lines: list[PlanLine]) -> list[Finding | Obstacle]:
    """The proposals that their applicants withdrew after they were put in: they must be taken out first."""
    return [
        obstacle(
            "withdrawn",
            f"{line.proposal.application_number}：申请已由申请人撤回，须从方案中移出。",
            f"{line.proposal.application_number}: withdrawn by its applicant; it must be taken out of the plan.",
            field=f"line-{line.proposal_id}",
            article="A23",
            who=Role.SECRETARY,
        )
        for line in lines
        if line.proposal.state == ProposalState.WITHDRAWN
    ]


def blocking_findings(plan: FundingPlan, lines: list[PlanLine], *, stage: Stage) -> list[Finding | Obstacle]:
    """Everything that blocks, each named with its proposal; an empty plan is one such thing."""
    if not lines:
        return [obstacle("empty-plan", "方案中还没有项目。", "The plan has no proposals yet.", article="A23")]
    found = findings_of(plan.call, lines, stage=stage)
    return [
        replace(
            one,
            message_zh=f"{line.proposal.application_number}：{one.message_zh}",
            message_en=f"{line.proposal.application_number}: {one.message_en}",
            field=f"line-{line.proposal_id}",
        )
        for line in lines
        for one in found[line.pk]
        if is_blocking(one)
    ]


def _tell_directors(plan: FundingPlan, count: int, total: int) -> None:
    directors = [
        person
        for person in people_with(plan.tenant, Role.DIRECTOR)
        if plans_visible_to(person).filter(pk=plan.pk).exists()
    ]
    notify(
        tenant=plan.tenant,
        to=directors,
        kind="plan-handed-in",
        key=f"plan-handed-in:{plan.pk}:{plan.content_sha256[:16]}",
        title_zh=f"资助方案 {plan.number} 待审批：{count} 项，合计 {format_yuan(total)} 元",
        title_en=f"Funding plan {plan.number} awaits your decision: {count} proposals, CNY {format_yuan(total)}",
        url=plan_page(plan),
    )


def plan_page(plan: FundingPlan) -> str:
    """Address of the plan's page."""
    return reverse("reviews:plan", args=[plan.tenant.slug, plan.pk])


@transaction.atomic
def revise_plan(*, plan: FundingPlan, by: User) -> FundingPlan:
    """Work on a returned plan again. Raises NotVisible, WrongState."""
    rules.require(rules.may_prepare_plan(by, plan.tenant) and plans_visible_to(by).filter(pk=plan.pk).exists())
    plan = locked_plan(plan)
    before = plan.state
    move(plan.revise)
    plan.decided_by, plan.decided_at, plan.content_sha256 = None, None, ""
    plan.save()
    record(tenant=plan.tenant, actor=by, action="plan.revise", subject=plan, from_state=before, to_state=plan.state)
    return plan


def _editable(plan: FundingPlan, by: User) -> FundingPlan:
    rules.require(rules.may_prepare_plan(by, plan.tenant) and plans_visible_to(by).filter(pk=plan.pk).exists())
    row = locked_plan(plan)
    if row.state != PlanState.DRAFTING:
        raise wrong_state("方案不在编制中，不能修改。", "The plan is not in preparation; it can't be changed now.")
    return row
