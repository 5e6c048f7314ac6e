"""The secretariat's preliminary check: pass, return once with all defects, or invalid with reasons (A18 A20)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from accounts.queries import office_users
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.workflow import move
from notifications.actions import notify
from programs.findings import Finding, Stage
from programs.policy import Policy, blocking
from programs.queries import effective_policy
from proposals.actions.common import locked, name_of, no_more_reminders, page_of, remind_of_appeal, storable
from proposals.actions.receiving import clock_text
from proposals.enums import CheckDecision, ProposalState
from proposals.models import PreliminaryCheck, Proposal, ProposalVersion
from proposals.queries import findings, judged_by, latest_version
from proposals.queries.checks import defects_of, was_returned
from proposals.rules import is_secretary

_OUTCOMES = {
    CheckDecision.PASS: ("通过初步审查", "Passed the preliminary check"),
    CheckDecision.RETURN: ("初步审查退回补正", "Returned for correction by the preliminary check"),
    CheckDecision.INVALID: ("初步审查认定为无效申报", "Declared invalid by the preliminary check"),
}


@transaction.atomic
def decide_check(
    *, proposal: Proposal, by: User, decision: str, points: dict[str, Any], reason: str, article: str = ""
) -> PreliminaryCheck:
    """The secretariat's decision on the latest version; tells the PI and the institution all that is wrong at once,
    and until when an application declared invalid may be appealed for.

    `points` answers the policy's checklist: key → {"ok": bool, "note": str}; a note on a point that is not met is one
    of the defects. Raises NotVisible for anyone but an unconflicted secretary, WrongState when it is not waiting for
    the check, Refused with everything that is missing: a pass needs every point met and no finding that blocks, the
    other two need a reason, invalidity an `article` as well, and nothing is returned a second time."""
    row = locked(proposal)
    if not (is_secretary.test(by, row) and judged_by(by).filter(pk=row.pk).exists()):
        raise NotVisible
    _move(row, decision)
    version = latest_version(row)
    if version is None:
        raise NotVisible
    policy, reason = effective_policy(row.call), storable(reason).strip()
    found = [one for one in _at_check(row) if isinstance(one, Finding)]
    answers = _answers(policy, storable(points))
    obstacles = _obstacles(policy, decision, found, answers, reason)
    if obstacles := [*obstacles, *_beyond(row, policy, decision, article)]:
        raise Refused(obstacles)
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    is_invalid = decision == CheckDecision.INVALID
    check = PreliminaryCheck.objects.create(
        tenant=row.tenant,
        version=version,
        number=_next_number(version),
        decision=decision,
        points=answers,
        findings=[_kept(one) for one in found],
        article=article if is_invalid else "",
        reason=reason,
        appeal_until=_appeal_until(row) if is_invalid else None,
        decided_at=clock.now(),
        decided_by=by,
    )
    no_more_reminders(row)
    if check.appeal_until:
        remind_of_appeal(row, check.appeal_until)
    _tell(row, check, policy)
    record(
        tenant=row.tenant,
        actor=by,
        action=f"proposal.check_{decision}",
        subject=row,
        from_state=ProposalState.SUBMITTED,
        to_state=row.state,
        reason=reason,
        data={"version": version.number, "sha256": version.sha256, "article": check.article},
    )
    return check


def _next_number(version: ProposalVersion) -> int:
    """The proposal's row is locked: nobody else counts."""
    return version.checks.count() + 1


def _appeal_until(row: Proposal) -> datetime:
    """24:00 of the last of the funder's days, of which today is none, in its zone."""
    zone = row.tenant.zone
    return clock.end_of_day(clock.today(zone) + timedelta(days=row.tenant.appeal_days), zone)


def _beyond(row: Proposal, policy: Policy, decision: str, article: str) -> list[Obstacle]:
    """What a return or a declaration of invalidity needs beside its reason."""
    if decision == CheckDecision.RETURN and was_returned(row):
        zh = "该申请已退回补正过一次，缺陷应一次列明；本次请予以通过，或认定为无效并说明理由。"
        en = "It was returned once, with all its defects; now it passes, or is declared invalid with reasons."
        return [_obstacle("returned_before", zh, en, article="A20", field="decision")]
    if decision == CheckDecision.INVALID and article not in policy.articles:
        zh, en = "请选择所依据的条款。", "Choose the article that it does not meet."
        return [_obstacle("article_missing", zh, en, article="A18", field="article")]
    return []


def _move(row: Proposal, decision: str) -> None:
    if decision not in CheckDecision.values:
        raise Refused([_obstacle("decision", "请选择审查结论。", "Choose a decision.", field="decision")])
    transitions = {
        CheckDecision.PASS: row.pass_check,
        CheckDecision.RETURN: row.return_for_correction,
        CheckDecision.INVALID: row.declare_invalid,
    }
    move(transitions[CheckDecision(decision)])


def _at_check(row: Proposal) -> list[Finding | Obstacle]:
    """Judged as it stood when it was received: the row in memory has moved on already."""
    before = Proposal.objects.select_related("tenant", "call__programme", "call__policy_version").get(pk=row.pk)
    return findings(before, Stage.CHECK)


def _answers(policy: Policy, points: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Only the policy's points, each with a verdict and a note."""
    kept: dict[str, dict[str, Any]] = {}
    for point in policy.checklist:
        given = points.get(point.key)
        answer = given if isinstance(given, dict) else {}
        kept[point.key] = {"ok": answer.get("ok") is True, "note": str(answer.get("note") or "").strip()[:2000]}
    return kept


def _obstacles(
    policy: Policy, decision: str, found: list[Finding], answers: dict[str, dict[str, Any]], reason: str
) -> list[Finding | Obstacle]:
    if decision != CheckDecision.PASS:
        missing = _obstacle("reason_missing", "请写明理由。", "State the reasons.", article="A20", field="reason")
        return [] if reason else [missing]
    unmet: list[Finding | Obstacle] = list(blocking(found))
    unmet += [
        _obstacle(
            f"point_{point.key}",
            f"核对要点未确认：{point.zh}。",
            f"Not confirmed: {point.en}.",
            article=point.article,
            field=f"points.{point.key}",
        )
        for point in policy.checklist
        if not answers[point.key]["ok"]
    ]
    return unmet


def _obstacle(code: str, zh: str, en: str, *, article: str = "", field: str = "") -> Obstacle:
    return Obstacle(code, zh, en, article=article, field=field, who_can_clear=Role.SECRETARY)


def _kept(finding: Finding) -> dict[str, Any]:
    names = ("code", "article", "message_zh", "message_en", "field", "waived", "waiver_reason", "justification")
    return {"severity": str(finding.severity)} | {name: getattr(finding, name) for name in names}


def _tell(row: Proposal, check: PreliminaryCheck, policy: Policy) -> None:
    zh, en = _OUTCOMES[CheckDecision(check.decision)]
    body_zh, body_en = [check.reason], [check.reason]
    for defect in defects_of(check, policy):
        body_zh.append(f"· {defect.zh}（{defect.article_zh}）")
        body_en.append(f"· {defect.en} ({defect.article_en})")
    if check.appeal_until:
        until = clock_text(check.appeal_until, row, "seconds")
        body_zh.append(f"如有异议，可在 {until} 之前通过本系统申诉一次。")
        body_en.append(f"The applicant may appeal once, in the portal, before {until}.")
    notify(
        tenant=row.tenant,
        to=[row.pi, *office_users(row.lead_institution_id)],
        kind=f"check-{check.decision}",
        key=f"proposal-{row.pk}-check-{check.version_id}" + (f"-{check.number}" if check.number > 1 else ""),
        title_zh=f"{row.application_number} {zh}：{name_of(row, 'zh')}"[:300],
        title_en=f"{row.application_number} {en}: {name_of(row, 'en')}"[:300],
        body_zh="\n".join(filter(None, body_zh)),
        body_en="\n".join(filter(None, body_en)),
        url=page_of(row),
    )
