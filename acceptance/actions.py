"""Writes of the acceptance: notice, opinions, proposed conclusion, decision (A30–A33)."""

import hashlib
from datetime import date, timedelta
from typing import Any

import rfc8785
from django.db import transaction
from django.urls import reverse

from acceptance import notices, queries, rules
from acceptance.enums import OpinionKind, Outcome
from acceptance.models import Acceptance, Conclusion, Opinion, PublicResult
from accounts.enums import Role
from accounts.queries import office_users, people_with
from audit.actions import record
from core import clock
from core.errors import Obstacle, Refused, WrongState
from core.workflow import move
from documents.actions import store_bytes
from documents.checks import check_upload
from notifications.actions import cancel_reminders, notify, remind
from programs.queries import effective_policy
from projects.models import Project

SCANS = frozenset({"pdf", "png", "jpeg"})
REMIND_BEFORE = (timedelta(days=14), timedelta(days=3))


def send_notice(*, project: Project, by: Any) -> Acceptance:
    """The term is over: send the acceptance notice to institution and PI; two months for research (A30).

    Raises Refused before the term's end, WrongState when it was sent already."""
    rules.require_secretary(by, project)
    with transaction.atomic():
        project = _locked(project)
        before = project.state
        if clock.today(project.tenant.zone) <= project.end_date:
            raise Refused([_TERM_RUNS])
        move(project.start_acceptance)
        project.save(update_fields=["state"])
        due = clock.add_months(clock.today(project.tenant.zone), effective_policy(project.call).acceptance.months)
        acceptance = Acceptance.objects.create(
            tenant=project.tenant,
            project=project,
            notified_at=clock.now(),
            notified_by=by,
            due_at=clock.end_of_day(due, project.tenant.zone),
            notice=notices.issue_acceptance_notice(project=project, due=due, by=by),
        )
        _tell(
            acceptance,
            key="acceptance.notice",
            zh=f"验收通知：{project.title_zh or project.title_en}",
            en=f"Acceptance notice: {project.title_en or project.title_zh}",
        )
        offices = list(office_users(project.lead_institution_id))
        for ahead in REMIND_BEFORE:
            remind(
                tenant=project.tenant,
                users=offices,
                kind="acceptance_due",
                subject=acceptance,
                due_at=acceptance.due_at - ahead,
                title_zh=f"验收意见须在 {due.isoformat()} 前报送：{project.title_zh or project.title_en}",
                title_en=f"Acceptance opinions are due by {due.isoformat()}: {project.title_en or project.title_zh}",
                url=_url(project),
            )
        record(
            tenant=project.tenant,
            actor=by,
            action="acceptance.notify",
            subject=project,
            from_state=before,
            to_state=project.state,
            data={"due": due.isoformat()},
        )
    return acceptance


def file_opinion(
    *,
    acceptance: Acceptance,
    by: Any,
    kind: str,
    result: str,
    text: str,
    organised_as: str,
    filename: str = "",
    data: bytes | None = None,
) -> Opinion:
    """File the science or the finance opinion, with its signed scan if given; the second one completes them (A31).

    Raises FileRefused for a bad scan, WrongState when that opinion was filed already."""
    rules.require_office(by, acceptance.project)
    stored = None
    if data is not None:
        checked = check_upload(data, filename, allowed=SCANS)
        filename = checked.name
        stored = store_bytes(
            tenant=acceptance.tenant, data=data, media_type=checked.media_type, filename=filename, by=by
        )
    with transaction.atomic():
        acceptance = _locked_acceptance(acceptance)
        filed = set(acceptance.opinions.values_list("kind", flat=True))
        if kind in filed:
            raise WrongState([_FILED_ALREADY])
        opinion = Opinion.objects.create(
            tenant=acceptance.tenant,
            acceptance=acceptance,
            kind=kind,
            result=result,
            text=text,
            organised_as=organised_as,
            file=stored,
            filename=filename if stored else "",
            filed_at=clock.now(),
            filed_by=by,
        )
        before = acceptance.state
        if filed | {kind} == set(OpinionKind.values):
            move(acceptance.file_opinions)
            acceptance.save(update_fields=["state"])
            cancel_reminders(tenant=acceptance.tenant, subject=acceptance)
            project = acceptance.project
            notify(
                tenant=acceptance.tenant,
                to=people_with(acceptance.tenant, Role.SECRETARY),
                kind="acceptance.filed",
                key=f"acceptance.filed:{acceptance.pk}",
                title_zh=f"验收意见已报送：{project.title_zh or project.title_en}",
                title_en=f"Acceptance opinions filed: {project.title_en or project.title_zh}",
                url=_url(project),
            )
        record(
            tenant=acceptance.tenant,
            actor=by,
            action="acceptance.file_opinion",
            subject=acceptance.project,
            from_state=before,
            to_state=acceptance.state,
            data={"kind": kind, "result": result, "file": stored.sha256 if stored else ""},
        )
    return opinion


def record_public_result(
    *, project: Project, by: Any, title: str, channel: str, published_date: date, url: str = ""
) -> PublicResult:
    """Record that a result was published through an ANSO or another non-academic channel (A41).

    Raises Refused for a day that is still to come."""
    rules.require_recorder(by, project)
    if published_date > clock.today(project.tenant.zone):
        raise Refused([_NOT_YET_PUBLISHED])
    with transaction.atomic():
        result = PublicResult.objects.create(
            tenant=project.tenant,
            project=project,
            title=title,
            channel=channel,
            published_date=published_date,
            url=url,
            recorded_at=clock.now(),
            recorded_by=by,
        )
        record(
            tenant=project.tenant,
            actor=by,
            action="acceptance.record_result",
            subject=project,
            data={"title": title, "channel": channel, "published": published_date.isoformat(), "url": url},
        )
    return result


def propose_conclusion(
    *, acceptance: Acceptance, by: Any, outcome: str, reasons: list[dict[str, str]], comment: str = ""
) -> Conclusion:
    """Propose pass, or fail with each reason and its evidence, to the director (A32 A33).

    Raises Refused for a fail without reasons or a reason without evidence, for a pass with reasons, and for a pass
    that a clause of the policy forbids, as before a result was published (A41)."""
    rules.require_secretary(by, acceptance.project)
    problems: list[Any] = [*_reason_problems(acceptance.project, outcome, reasons)]
    if outcome == Outcome.PASS:
        problems += queries.closing_findings(acceptance.project)
    if problems:
        raise Refused(problems)
    with transaction.atomic():
        acceptance = _locked_acceptance(acceptance)
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
            to=people_with(acceptance.tenant, Role.DIRECTOR),
            kind="acceptance.proposed",
            key=f"acceptance.proposed:{conclusion.pk}",
            title_zh=f"验收结论待批：{project.title_zh or project.title_en}",
            title_en=f"Acceptance conclusion to decide: {project.title_en or project.title_zh}",
            url=_url(project),
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
    rules.require_director(by, conclusion.acceptance.project)
    if by.pk == conclusion.proposed_by_id:
        raise Refused([_OWN_PROPOSAL])
    if not approve and not comment.strip():
        raise Refused([_RETURN_NEEDS_COMMENT])
    with transaction.atomic():
        acceptance = _locked_acceptance(conclusion.acceptance)
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
    _tell(
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


def _locked(project: Project) -> Project:
    rows = Project.objects.select_for_update(of=("self",)).select_related("tenant", "call", "call__policy_version")
    return rows.get(pk=project.pk)


def _locked_acceptance(acceptance: Acceptance) -> Acceptance:
    project = _locked(acceptance.project)
    locked = Acceptance.objects.select_for_update().get(pk=acceptance.pk)
    locked.project = project
    return locked


def _tell(acceptance: Acceptance, *, key: str, zh: str, en: str) -> None:
    project = acceptance.project
    notify(
        tenant=acceptance.tenant,
        to=[project.pi, *office_users(project.lead_institution_id)],
        kind=key,
        key=f"{key}:{acceptance.pk}",
        title_zh=zh,
        title_en=en,
        url=_url(project),
    )


def _url(project: Project) -> str:
    return reverse("acceptance:detail", args=[project.tenant.slug, project.pk])


_TERM_RUNS = Obstacle(
    code="term-runs",
    article="A30",
    message_zh="项目执行期尚未届满，不能发出验收通知。",
    message_en="The project's term is not over yet; the acceptance notice follows after it.",
)
_NOT_YET_PUBLISHED = Obstacle(
    code="not-yet-published",
    article="A41",
    field="published_date",
    message_zh="刊发日期不能晚于今天。",
    message_en="The day of publication can't lie in the future.",
)
_FILED_ALREADY = Obstacle(
    code="opinion-filed",
    article="A31",
    message_zh="该项意见已经报送，不能重复报送。",
    message_en="This opinion was filed already.",
)
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
