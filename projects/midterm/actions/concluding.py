"""Go on, rectify, adjust the budget or terminate: the secretariat proposes, the director approves (A28)."""

import hashlib
from datetime import date, timedelta
from typing import Any

import rfc8785
from django.db import transaction

from accounts.enums import Role
from audit.actions import record
from core import clock
from core.errors import Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import remind
from projects.actions.common import name_of, page_of, staff, tell
from projects.enums import IN_TERM, ProjectState
from projects.enums import MidTermOutcome as Outcome
from projects.midterm import letters
from projects.midterm.actions.common import PAGE, locked_midterm, tell_applicant
from projects.models import MidTerm, MidTermConclusion, Project
from projects.running import require_director, require_secretary

REMIND_BEFORE = timedelta(days=7)


def propose(
    *,
    midterm: MidTerm,
    by: Any,
    outcome: str,
    comment: str = "",
    rectify_by: date | None = None,
    amount_fen: int | None = None,
) -> MidTermConclusion:
    """Conclude that the project goes on, or propose what needs the director (A28): rectification until `rectify_by`,
    `amount_fen` in place of what was granted, or the end.

    Raises Refused for a proposal without reasons, a rectification without a day to come, and an amount that is not
    below what was granted; WrongState when nothing is to be concluded now."""
    with transaction.atomic():
        midterm = locked_midterm(midterm)
        require_secretary(by, midterm.project)
        rectify_by = rectify_by if outcome == Outcome.RECTIFY else None
        amount_fen = amount_fen if outcome == Outcome.ADJUST else None
        if problems := list(_problems(midterm.project, outcome, comment, rectify_by, amount_fen)):
            raise Refused(problems)
        before = midterm.state
        is_final = outcome == Outcome.CONTINUE
        move(midterm.go_on if is_final else midterm.propose)
        midterm.save(update_fields=["state"])
        facts = {"outcome": outcome, "comment": comment, "rectify_by": rectify_by, "amount_fen": amount_fen}
        conclusion = _written(midterm, by, is_final=is_final, **facts)
        if is_final:
            _carry_out(midterm, conclusion, by)
        else:
            _ask_director(midterm, conclusion)
        record(
            tenant=midterm.tenant,
            actor=by,
            action="midterm.continue" if is_final else "midterm.propose",
            subject=midterm.project,
            from_state=before,
            to_state=midterm.state,
            reason=comment,
            data=_told(conclusion),
        )
    return conclusion


def _written(midterm: MidTerm, by: Any, *, is_final: bool, **facts: Any) -> MidTermConclusion:
    conclusion = MidTermConclusion(
        tenant=midterm.tenant,
        midterm=midterm,
        number=midterm.conclusions.count() + 1,
        proposed_at=clock.now(),
        proposed_by=by,
        **facts,
    )
    conclusion.content_sha256 = content_hash(midterm, conclusion)
    if is_final:
        conclusion.is_approved, conclusion.decided_at, conclusion.decided_by = True, clock.now(), by
    conclusion.save()
    return conclusion


def decide(*, conclusion: MidTermConclusion, by: Any, approve: bool, comment: str = "") -> MidTermConclusion:
    """The director approves, and it is carried out with a letter; or returns the proposal (A28).

    Raises Refused for the proposer, for a return without comment, and when what it rests on has changed; WrongState
    when it was decided already, or the project is no longer running."""
    with transaction.atomic():
        midterm = locked_midterm(conclusion.midterm)
        require_director(by, midterm.project)
        if by.pk == conclusion.proposed_by_id:
            raise Refused([_OWN_PROPOSAL])
        if not approve and not comment.strip():
            raise Refused([_RETURN_NEEDS_COMMENT])
        conclusion = midterm.conclusions.select_for_update().get(pk=conclusion.pk)
        if conclusion.decided_at is not None:
            raise WrongState([_DECIDED_ALREADY])
        if conclusion.content_sha256 != content_hash(midterm, conclusion):
            raise Refused([_CHANGED])
        if approve and midterm.project.state not in IN_TERM:
            raise WrongState([_NOT_RUNNING])
        before = midterm.project.state
        conclusion.is_approved, conclusion.decision_comment = approve, comment
        conclusion.decided_at, conclusion.decided_by = clock.now(), by
        if not approve:
            move(midterm.send_back)
        else:
            move(midterm.rectify if conclusion.outcome == Outcome.RECTIFY else midterm.conclude)
            _carry_out(midterm, conclusion, by)
        midterm.save(update_fields=["state", "rectify_by"])
        conclusion.save()
        record(
            tenant=midterm.tenant,
            actor=by,
            action="midterm.approve" if approve else "midterm.return",
            subject=midterm.project,
            from_state=before,
            to_state=midterm.project.state,
            reason=comment,
            data=_told(conclusion),
        )
    return conclusion


def content_hash(midterm: MidTerm, conclusion: MidTermConclusion) -> str:
    """SHA-256 of what the director approves: the conclusion, what is granted now, and the papers it rests on."""
    papers = midterm.opinions.order_by("pk").select_related("file")
    body = {
        "midterm": midterm.pk,
        **_told(conclusion),
        "comment": conclusion.comment,
        "granted_fen": midterm.project.approved_fen,
        "papers": [[one.kind, one.turn, one.result, one.text, one.file.sha256 if one.file else ""] for one in papers],
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def _told(conclusion: MidTermConclusion) -> dict[str, Any]:
    day = conclusion.rectify_by
    return {
        "outcome": str(conclusion.outcome),
        "rectify_by": day.isoformat() if day else "",
        "amount_fen": conclusion.amount_fen,
    }


def _carry_out(midterm: MidTerm, conclusion: MidTermConclusion, by: Any) -> None:
    """What the decision does to the project, and the letter of it."""
    project = midterm.project
    outcome = conclusion.outcome
    conclusion.document = letters.issue_result_letter(project=project, conclusion=conclusion, by=by)
    if outcome == Outcome.RECTIFY:
        if project.state != ProjectState.RECTIFYING:
            move(project.rectify)
        midterm.rectify_by = conclusion.rectify_by
        _remind_of_rectification(midterm)
    elif outcome == Outcome.TERMINATE:
        move(project.terminate)
    else:
        if project.state == ProjectState.RECTIFYING:
            move(project.resume)
        if conclusion.amount_fen is not None:
            project.approved_fen = conclusion.amount_fen
    project.save(update_fields=["state", "approved_fen"])
    if conclusion.pk:
        conclusion.save(update_fields=["document"])
    zh, en = letters.TITLES[Outcome(outcome)]
    tell_applicant(midterm, kind="midterm-result", key=conclusion.number, zh=zh, en=en)


def _remind_of_rectification(midterm: MidTerm) -> None:
    project, day = midterm.project, midterm.rectify_by
    assert day is not None
    remind(
        tenant=midterm.tenant,
        users=[project.pi],
        kind="midterm-rectify",
        subject=midterm,
        due_at=clock.end_of_day(day, project.tenant.zone) - REMIND_BEFORE,
        title_zh=f"整改报告须在 {day.isoformat()} 前提交：{name_of(project, 'zh')}"[:300],
        title_en=f"The report of the rectification is due by {day.isoformat()}: {name_of(project, 'en')}"[:300],
        url=page_of(project, PAGE),
    )


def _ask_director(midterm: MidTerm, conclusion: MidTermConclusion) -> None:
    tell(
        midterm.project,
        staff(midterm.project, Role.DIRECTOR),
        kind="midterm-proposed",
        key=f"{midterm.pk}:{conclusion.number}",
        zh="中期评估处理建议待批",
        en="Mid-term proposal to decide",
        page=PAGE,
    )


def _problems(project: Project, outcome: str, comment: str, rectify_by: date | None, amount_fen: int | None) -> Any:
    if project.state not in IN_TERM:
        yield _NOT_RUNNING
    if outcome != Outcome.CONTINUE and not comment.strip():
        yield _NEEDS_REASONS
    if outcome == Outcome.RECTIFY and (rectify_by is None or rectify_by <= clock.today(project.tenant.zone)):
        yield _NEEDS_DAY
    if outcome == Outcome.RECTIFY and rectify_by is not None and rectify_by > project.end_date:
        yield _DAY_AFTER_TERM
    if outcome == Outcome.ADJUST and not (amount_fen and 0 < amount_fen < project.approved_fen):
        yield _NEEDS_AMOUNT


_NOT_RUNNING = Obstacle(
    code="project-not-running",
    article="A28",
    message_zh="项目已不在执行中，不能再作中期评估结论。",
    message_en="The project is no longer running; no mid-term conclusion can follow.",
)
_NEEDS_REASONS = Obstacle(
    code="midterm-without-reasons",
    article="A28",
    field="comment",
    message_zh="提出整改、调整预算或终止建议须写明理由和要求。",
    message_en="Say why, and what is asked for.",
)
_NEEDS_DAY = Obstacle(
    code="rectify-without-day",
    article="A28",
    field="rectify_by",
    message_zh="请填写整改期限，须晚于今天。",
    message_en="Give the last day of the rectification; it lies after today.",
)
_DAY_AFTER_TERM = Obstacle(
    code="rectify-after-term",
    article="A28",
    field="rectify_by",
    message_zh="整改期限不能晚于项目执行期的最后一天。",
    message_en="The rectification can't end after the project's term.",
)
_NEEDS_AMOUNT = Obstacle(
    code="adjust-without-amount",
    article="A28",
    field="amount",
    message_zh="调整后的资助金额须大于 0 且小于现有资助金额；增加资助须另行立项审批。",
    message_en="The adjusted amount lies above 0 and below what is granted now; more money needs an award of its own.",
)
_OWN_PROPOSAL = Obstacle(
    code="own-proposal",
    article="A28",
    message_zh="提出建议的人不能批准该建议。",
    message_en="Whoever proposed it can't approve it.",
)
_RETURN_NEEDS_COMMENT = Obstacle(
    code="return-without-comment",
    article="A28",
    field="comment",
    message_zh="退回时须说明原因。",
    message_en="Say why it is returned.",
)
_DECIDED_ALREADY = Obstacle(
    code="conclusion-decided",
    article="A28",
    message_zh="该建议已经审批，请刷新页面查看当前情况。",
    message_en="This proposal was decided already; please reload the page to see where it stands.",
)
_CHANGED = Obstacle(
    code="conclusion-changed",
    article="A28",
    message_zh="所提建议的内容已变化，请刷新页面后再审批。",
    message_en="What was proposed has changed since; please reload the page.",
)
