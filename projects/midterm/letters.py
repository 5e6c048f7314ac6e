"""The notice of a mid-term evaluation and the letter of what followed, as issued PDF documents (A27 A28)."""

from datetime import timedelta
from typing import Any

from core.money import format_wan, format_yuan
from documents.book import Label
from documents.models import Document
from projects.enums import MidTermForm
from projects.enums import MidTermOutcome as Outcome
from projects.models import MidTerm, MidTermConclusion, Project
from projects.notices import day_en, day_zh, issue_notice, title_en, title_zh

# (Chinese, English) title of each result.
TITLES = {
    Outcome.CONTINUE: ("中期评估结果通知", "Result of the mid-term evaluation"),
    Outcome.RECTIFY: ("项目整改通知", "Notice of rectification"),
    Outcome.ADJUST: ("预算调整通知", "Notice of a budget adjustment"),
    Outcome.TERMINATE: ("项目终止通知", "Notice of termination"),
}


def issue_midterm_notice(*, midterm: MidTerm, by: Any) -> Document:
    """What is asked of institution and PI, and until when (A27)."""
    project = midterm.project
    is_inspection = midterm.form == MidTermForm.INSPECTION
    return issue_notice(
        project,
        kind="midterm_notice",
        title=Label("中期检查通知", "Notice of a mid-term inspection")
        if is_inspection
        else Label("项目中期评估通知", "Mid-term Evaluation Notice"),
        paragraphs=[_inspection(project)] if is_inspection else _evaluation(midterm),
        reasons=[],
        sha256=project.version.sha256,
        by=by,
        issued_date=midterm.notified_at.astimezone(midterm.tenant.zone).date(),
    )


def _evaluation(midterm: MidTerm) -> list[Label]:
    project = midterm.project
    head = Label(
        f"你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）经抽检列入中期评估。"
        "请组织领域专家进行中期科研评估，组织财务专家组或委托审计中介机构进行中期财务评估，形成中期科研评估意见和中期财务评估意见。",
        f"The project “{title_en(project)}” (Grant No. {project.grant_number}) was drawn by lot for a mid-term "
        "evaluation. Please have domain experts evaluate the science, and finance experts or a commissioned audit firm "
        "the money, each with an opinion.",
    )
    if midterm.due_at is None:
        return [head]
    last = (midterm.due_at - timedelta(seconds=1)).astimezone(midterm.tenant.zone).date()
    return [
        head,
        Label(
            f"请项目负责人提交中期进展报告，连同上述两份意见于{day_zh(last)}前反馈秘书处。",
            "The principal investigator reports on the progress; the report and both opinions are due with the "
            f"Secretariat by {day_en(last)}.",
        ),
    ]


def _inspection(project: Project) -> Label:
    return Label(
        f"秘书处将对你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）进行中期检查"
        "（现场检查或会议评审），请项目负责人和有关人员予以配合，具体时间另行商定。",
        f"The Secretariat will inspect the project “{title_en(project)}” (Grant No. {project.grant_number}) on site or "
        "in a meeting. Please support the inspection; the day will be agreed with you.",
    )


def issue_result_letter(*, project: Project, conclusion: MidTermConclusion, by: Any) -> Document:
    """What follows from the evaluation, with its reasons (A28)."""
    zh, en = TITLES[Outcome(conclusion.outcome)]
    reasons = [Label(conclusion.comment, conclusion.comment)] if conclusion.comment.strip() else []
    return issue_notice(
        project,
        kind="midterm_result",
        title=Label(zh, en),
        paragraphs=[_result(project, conclusion)],
        reasons=reasons,
        sha256=conclusion.content_sha256,
        by=by,
    )


def _result(project: Project, conclusion: MidTermConclusion) -> Label:
    named_zh = f"你单位承担的项目“{title_zh(project)}”（编号 {project.grant_number}）"
    named_en = f"the project “{title_en(project)}” (Grant No. {project.grant_number})"
    if conclusion.outcome == Outcome.CONTINUE:
        return Label(
            f"{named_zh}已完成中期评估，可按任务书继续执行。",
            f"The mid-term evaluation of {named_en} is completed; the project goes on as its task book says.",
        )
    approved_zh = f"根据中期评估意见并经执行主任批准，{named_zh}"
    approved_en = f"On the mid-term evaluation, and with the Executive Director's approval, {named_en}"
    if conclusion.rectify_by is not None:
        return Label(
            f"{approved_zh}须予整改，请于{day_zh(conclusion.rectify_by)}前提交整改报告。",
            f"{approved_en} is to be rectified; please report by {day_en(conclusion.rectify_by)}.",
        )
    if conclusion.amount_fen is not None:
        old, new = project.approved_fen, conclusion.amount_fen
        return Label(
            f"{approved_zh}的资助金额由 {format_wan(old)} 万元调整为 {format_wan(new)} 万元，请据此调整后续预算。",
            f"{approved_en} is granted CNY {format_yuan(new)} in place of CNY {format_yuan(old)}; "
            "please adjust the remaining budget to it.",
        )
    return Label(
        f"{approved_zh}终止执行，请停止列支并办理经费结算。",
        f"{approved_en} is terminated; please stop spending and settle the accounts.",
    )
