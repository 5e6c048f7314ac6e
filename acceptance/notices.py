"""The acceptance notice and the closing (or failing) notice, as issued PDF documents (A30 A32)."""

from datetime import date
from typing import Any

from acceptance.enums import Outcome
from acceptance.models import Conclusion
from documents.book import Label
from documents.models import Document
from programs.queries import effective_policy
from projects.models import Project
from projects.notices import day_en, day_zh, issue_notice, title_en, title_zh


def issue_acceptance_notice(*, project: Project, due: date, by: Any) -> Document:
    """The notice that the term is over and the opinions are due by `due`, inclusive (A30 A31)."""
    paragraphs = [
        Label(
            f"你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）执行期已于"
            f"{day_zh(project.end_date)}届满。请按照项目资助管理办法组织项目验收，采取专家组验收或委托审计中介机构"
            f"验收的方式，形成科研任务验收意见和财务验收意见，并于{day_zh(due)}前报送秘书处。",
            f"The term of the project “{title_en(project)}” (Grant No. {project.grant_number}) ended on "
            f"{day_en(project.end_date)}. Please organise its acceptance by an expert panel or an audit firm and file "
            f"the scientific and the financial acceptance opinion with the Secretariat by {day_en(due)}.",
        ),
        Label(
            "如不能按时完成，请在期满前向秘书处提出延迟验收的申请并说明情况，延迟期一般不超过两个月。",
            "If this can't be done in time, please apply to the Secretariat for a delay before that day, giving the "
            "reasons; a delay is normally two months at most.",
        ),
    ]
    return issue_notice(
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
            f"你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）已完成验收。"
            "根据科研任务验收意见和财务验收意见，并经执行主任批准，该项目通过验收，予以结题。",
            f"The project “{title_en(project)}” (Grant No. {project.grant_number}) has been examined. On the "
            "scientific and the financial acceptance opinion, and with the Executive Director's approval, it is "
            "accepted and closed.",
        )
        title = Label("项目结题通知", "Closing Notice")
    else:
        text = Label(
            f"你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）经审核"
            "并报执行主任批准，不予通过验收。",
            f"The project “{title_en(project)}” (Grant No. {project.grant_number}) is, with the Executive Director's "
            "approval, not accepted, for the reasons below.",
        )
        title = Label("不通过验收通知", "Notice of Non-acceptance")
    return issue_notice(
        project,
        kind="closing_notice" if passed else "failing_notice",
        title=title,
        paragraphs=[text],
        reasons=reasons,
        sha256=conclusion.content_sha256,
        by=by,
    )
