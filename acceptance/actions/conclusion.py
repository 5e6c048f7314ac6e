"""Pass or fail: proposed by the secretariat, decided by the director (A32 A33)."""

import hashlib
from typing import Any

import rfc8785
from django.db import transaction

from acceptance import notices, queries, rules
from acceptance.actions.common import locked_acceptance, tell_applicant, url_of
from acceptance.enums import Outcome
from acceptance.models import Acceptance, Conclusion
from accounts.enums import Role
from audit.actions import record
from core import clock
from core.errors import Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import notify
from programs.queries import effective_policy
from projects.actions.common import staff
from projects.models import Project


def propose_conclusion(
    *, acceptance: Acceptance, by: Any, outcome: str, reasons: list[dict[str, str]], comment: str = ""
) -> Conclusion:
    """Propose pass, or fail with each reason and its evidence, to the director (A32 A33).

    Raises Refused for a fail without reasons or a reason without evidence, for a pass with reasons, and for a pass
    that a clause of the policy forbids, as before a result was published (A41)."""
    with transaction.atomic():
        acceptance = locked_acceptance(acceptance)
        rules.require_secretary(by, acceptance.project)
        problems: list[Any] = [*_reason_problems(acceptance.project, outcome, reasons)]
        if outcome == Outcome.PASS:
            problems += queries.closing_findings(acceptance.project)
        if problems:
            raise Refused(problems)
        before = acceptance.state
        move(acceptance.propose)
        acceptance.save(update_fields=["state"])
        conclusion = Conclusion.objects.create(
            tenant=acceptance.tenant,
            acceptance=acceptance,
            number=acceptance.conclusions.count() + 1,
            outcome=outcome,
            reasons=reasons,
            comment=comment,
            content_sha256=content_hash(acceptance, outcome, reasons, comment),
            proposed_at=clock.now(),
            proposed_by=by,
        )
        project = acceptance.project
        notify(
            tenant=acceptance.tenant,
            to=staff(project, Role.DIRECTOR),
            kind="acceptance.proposed",
            key=f"acceptance.proposed:{conclusion.pk}",
            title_zh=f"验收结论待批：{project.title_zh or project.title_en}",
            title_en=f"Acceptance conclusion to decide: {project.title_en or project.title_zh}",
            url=url_of(project),
        )
        record(
            tenant=acceptance.tenant,
            actor=by,
            action="acceptance.propose",
            subject=project,
            from_state=before,
            to_state=acceptance.state,
            reason=comment,
            data={"outcome": outcome, "reasons": reasons},
        )
    return conclusion


def decide_conclusion(*, conclusion: Conclusion, by: Any, approve: bool, comment: str = "") -> Conclusion:
    """The director approves: notice as PDF, project passed or failed; or returns the proposal (A32).

    Raises Refused for the proposer, for a return without comment, and when what was proposed has changed; WrongState
    when it was decided already."""
    with transaction.atomic():
        acceptance = locked_acceptance(conclusion.acceptance)
        rules.require_director(by, acceptance.project)
        if by.pk == conclusion.proposed_by_id:
            raise Refused([_OWN_PROPOSAL])
        if not approve and not comment.strip():
            raise Refused([_RETURN_NEEDS_COMMENT])
        conclusion = acceptance.conclusions.select_for_update().get(pk=conclusion.pk)
        if conclusion.decided_at is not None:
            raise WrongState([_DECIDED_ALREADY])
        project = acceptance.project
        before = project.state
        expected = content_hash(acceptance, conclusion.outcome, conclusion.reasons, conclusion.comment)
        if conclusion.content_sha256 != expected:
            raise Refused([_CHANGED])
        move(acceptance.conclude if approve else acceptance.send_back)
        acceptance.save(update_fields=["state"])
        conclusion.is_approved, conclusion.decision_comment = approve, comment
        conclusion.decided_at, conclusion.decided_by = clock.now(), by
        if approve:
            _close(acceptance, conclusion, by)
        conclusion.save()
        record(
            tenant=acceptance.tenant,
            actor=by,
            action="acceptance.approve" if approve else "acceptance.return",
            subject=project,
            from_state=before,
            to_state=project.state,
            reason=comment,
            data={"outcome": conclusion.outcome, "sha256": conclusion.content_sha256},
        )
    return conclusion


def _close(acceptance: Acceptance, conclusion: Conclusion, by: Any) -> None:
    project = acceptance.project
    passed = conclusion.outcome == Outcome.PASS
    move(project.pass_acceptance if passed else project.fail_acceptance)
    project.save(update_fields=["state"])
    conclusion.document = notices.issue_conclusion_notice(project=project, conclusion=conclusion, by=by)
    tell_applicant(
        acceptance,
        key="acceptance.concluded",
        zh=f"{'项目结题通知' if passed else '不通过验收通知'}：{project.title_zh or project.title_en}",
        en=f"{'Closing notice' if passed else 'Notice of non-acceptance'}: {project.title_en or project.title_zh}",
    )


def content_hash(acceptance: Acceptance, outcome: str, reasons: list[dict[str, str]], comment: str) -> str:
    """SHA-256 of what the director approves: the conclusion and the opinions it rests on."""
    opinions = [[one.kind, one.result, one.text] for one in acceptance.opinions.order_by("pk")]
    body = {
        "acceptance": acceptance.pk,
        "outcome": outcome,
        "reasons": reasons,
        "comment": comment,
        "opinions": opinions,
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def _reason_problems(project: Project, outcome: str, reasons: list[dict[str, str]]) -> list[Obstacle]:
    if outcome == Outcome.PASS:
        return [_PASS_HAS_NO_REASONS] if reasons else []
    known = {reason.key for reason in effective_policy(project.call).acceptance.fail_reasons}
    if not reasons or any(reason["code"] not in known for reason in reasons):
        return [_FAIL_NEEDS_REASON]
    return [_REASON_NEEDS_EVIDENCE for reason in reasons if not reason.get("evidence", "").strip()]


_PASS_HAS_NO_REASONS = Obstacle(
    code="pass-with-reasons",
    article="A33",
    field="reasons",
    message_zh="通过验收的结论不应填写不通过的理由。",
    message_en="A pass carries no reasons for failing.",
)
_FAIL_NEEDS_REASON = Obstacle(
    code="fail-without-reason",
    article="A33",
    field="reasons",
    message_zh="不通过验收须至少选择一项理由并附依据。",
    message_en="A fail needs at least one of the listed reasons, with its evidence.",
)
_REASON_NEEDS_EVIDENCE = Obstacle(
    code="reason-without-evidence",
    article="A33",
    field="reasons",
    message_zh="每一项不通过的理由都须写明依据。",
    message_en="Each reason for failing needs its evidence.",
)
_OWN_PROPOSAL = Obstacle(
    code="own-proposal",
    article="A32",
    message_zh="提出结论的人不能批准该结论。",
    message_en="Whoever proposed the conclusion can't approve it.",
)
_RETURN_NEEDS_COMMENT = Obstacle(
    code="return-without-comment",
    article="A32",
    field="comment",
    message_zh="退回时须说明原因。",
    message_en="Say why it is returned.",
)
_DECIDED_ALREADY = Obstacle(
    code="conclusion-decided",
    article="A32",
    message_zh="该结论已经审批，请刷新页面查看当前情况。",
    message_en="This conclusion was decided already; please reload the page to see where it stands.",
)
_CHANGED = Obstacle(
    code="conclusion-changed",
    article="A32",
    message_zh="所提结论的内容已变化，请刷新页面后再审批。",
    message_en="What was proposed has changed since; please reload the page.",
)
