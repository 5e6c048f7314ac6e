"""The acceptance notice and the closing (or failing) notice, as issued PDF documents (A30 A32)."""

from datetime import date
from typing import Any

from acceptance.enums import Outcome
from acceptance.models import Conclusion
from core import clock
from core.money import format_wan
from documents.actions import publish_document
from documents.book import Issue, Label, notice_context
from documents.models import Document
from documents.qr import new_code
from documents.rendering import render_pdf
from programs.queries import effective_policy
from projects.models import Project

TEMPLATE = "documents/pdf/notice.html"


def issue_acceptance_notice(*, project: Project, due: date, by: Any) -> Document:
    """The notice that the term is over and the opinions are due by `due`, inclusive (A30 A31)."""
    paragraphs = [
        Label(
            f"你单位承担的项目“{_zh(project)}”（编号 {project.grant_number}）执行期已于"
            f"{_day_zh(project.end_date)}届满。请按照项目资助管理办法组织项目验收，采取专家组验收或委托审计中介机构"
            f"验收的方式，形成科研任务验收意见和财务验收意见，并于{_day_zh(due)}前报送秘书处。",
            f"The term of the project “{_en(project)}” (Grant No. {project.grant_number}) ended on "
            f"{_day_en(project.end_date)}. Please organise its acceptance by an expert panel or an audit firm and file "
            f"the scientific and the financial acceptance opinion with the Secretariat by {_day_en(due)}.",
        ),
        Label(
            "如不能按时完成，请在期满前向秘书处提出延迟验收的申请并说明情况，延迟期一般不超过两个月。",
            "If this can't be done in time, please apply to the Secretariat for a delay before that day, giving the "
            "reasons; a delay is normally two months at most.",
        ),
    ]
    return _issue(
        project,
        kind="acceptance_notice",
        title=Label("项目验收通知", "Acceptance Notice"),
        paragraphs=paragraphs,
        reasons=[],
        sha256=project.version.sha256,
        by=by,
    )


def issue_conclusion_notice(*, project: Project, conclusion: Conclusion, by: Any) -> Document:
    """The closing notice, or the notice of non-acceptance with its reasons (A32 A33)."""
    passed = conclusion.outcome == Outcome.PASS
    known = {reason.key: reason for reason in effective_policy(project.call).acceptance.fail_reasons}
    reasons = [
        Label(
            f"{known[one['code']].zh}：{one['evidence']}",
            f"{known[one['code']].en}: {one['evidence']}",
        )
        for one in conclusion.reasons
    ]
    if passed:
        text = Label(
            f"你单位承担的项目“{_zh(project)}”（编号 {project.grant_number}）已完成验收。根据科研任务验收意见和财务验收"
            "意见，并经执行主任批准，该项目通过验收，予以结题。",
            f"The project “{_en(project)}” (Grant No. {project.grant_number}) has been examined. On the scientific and "
            "the financial acceptance opinion, and with the Executive Director's approval, it is accepted and closed.",
        )
        title = Label("项目结题通知", "Closing Notice")
    else:
        text = Label(
            f"你单位承担的项目“{_zh(project)}”（编号 {project.grant_number}）经审核并报执行主任批准，不予通过验收。",
            f"The project “{_en(project)}” (Grant No. {project.grant_number}) is, with the Executive Director's "
            "approval, not accepted, for the reasons below.",
        )
        title = Label("不通过验收通知", "Notice of Non-acceptance")
    return _issue(
        project,
        kind="closing_notice" if passed else "failing_notice",
        title=title,
        paragraphs=[text],
        reasons=reasons,
        sha256=conclusion.content_sha256,
        by=by,
    )


def _issue(
    project: Project,
    *,
    kind: str,
    title: Label,
    paragraphs: list[Label],
    reasons: list[Label],
    sha256: str,
    by: Any,
) -> Document:
    tenant, lead = project.tenant, project.lead_institution
    code = new_code()
    context = notice_context(
        issue=Issue(
            funder=Label(tenant.name_zh, tenant.name_en),
            programme=Label(project.call.title_zh, project.call.title_en),
            number=project.grant_number or "",
            content_sha256=sha256,
            policy_sha256=project.call.policy_sha256,
            issued_date=clock.today(tenant.zone),
        ),
        title=title,
        addressee=Label(lead.name_zh or lead.name_en, lead.name_en or lead.name_zh),
        paragraphs=paragraphs,
        facts=_facts(project),
        reasons=reasons,
    )
    return publish_document(
        tenant=tenant,
        kind=kind,
        code=code,
        data=render_pdf(TEMPLATE, context, language="zh-hans", code=code),
        subject=project,
        title_zh=title.zh,
        title_en=title.en,
        content_sha256=sha256,
        policy_sha256=project.call.policy_sha256,
        language="zh-hans",
        by=by,
    )


def _facts(project: Project) -> list[tuple[Label, Label]]:
    number, amount, pi = project.grant_number or "", format_wan(project.approved_fen), project.pi
    term_zh = f"{_day_zh(project.start_date)}至{_day_zh(project.end_date)}"
    return [
        (Label("项目名称", "Title"), Label(_zh(project), _en(project))),
        (Label("项目编号", "Grant No."), Label(number, number)),
        (Label("项目负责人", "Principal investigator"), Label(pi.name_zh or pi.name_en, pi.name_en or pi.name_zh)),
        (Label("执行期", "Term"), Label(term_zh, f"{_day_en(project.start_date)} to {_day_en(project.end_date)}")),
        (Label("资助金额", "Amount granted"), Label(f"{amount} 万元", f"CNY {amount} × 10,000")),
    ]


def _zh(project: Project) -> str:
    return project.title_zh or project.title_en


def _en(project: Project) -> str:
    return project.title_en or project.title_zh


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day_en(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
