"""Letters about a running project to its lead institution, as issued PDF documents."""

from datetime import date
from typing import Any

from core import clock
from core.money import format_wan, format_yuan
from documents.actions import publish_document
from documents.book import Issue, Label, notice_context
from documents.models import Document
from documents.qr import new_code
from documents.rendering import render_pdf
from projects.models import Project

TEMPLATE = "documents/pdf/notice.html"


def issue_notice(
    project: Project,
    *,
    kind: str,
    title: Label,
    paragraphs: list[Label],
    reasons: list[Label],
    sha256: str,
    by: Any,
    issued_date: date | None = None,
) -> Document:
    """Issue a bilingual letter about the project to its lead institution, dated today if nothing else is said;
    `sha256` is of what it rests on."""
    tenant, lead = project.tenant, project.lead_institution
    code = new_code()
    context = notice_context(
        issue=Issue(
            funder=Label(tenant.name_zh, tenant.name_en),
            programme=Label(project.call.title_zh, project.call.title_en),
            number=project.grant_number or "",
            content_sha256=sha256,
            policy_sha256=project.call.policy_sha256,
            issued_date=issued_date or clock.today(tenant.zone),
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
    number, granted, pi = project.grant_number or "", project.approved_fen, project.pi
    term_zh = f"{day_zh(project.start_date)}至{day_zh(project.end_date)}"
    return [
        (Label("项目名称", "Title"), Label(title_zh(project), title_en(project))),
        (Label("项目编号", "Grant No."), Label(number, number)),
        (Label("项目负责人", "Principal investigator"), Label(pi.name_zh or pi.name_en, pi.name_en or pi.name_zh)),
        (Label("执行期", "Term"), Label(term_zh, f"{day_en(project.start_date)} to {day_en(project.end_date)}")),
        (Label("资助金额", "Amount granted"), Label(f"{format_wan(granted)} 万元", f"CNY {format_yuan(granted)}")),
    ]


def title_zh(project: Project) -> str:
    """The project's title in a Chinese letter."""
    return project.title_zh or project.title_en


def title_en(project: Project) -> str:
    """The project's title in an English letter."""
    return project.title_en or project.title_zh


def day_zh(day: date) -> str:
    """2021年7月1日"""
    return f"{day.year}年{day.month}月{day.day}日"


def day_en(day: date) -> str:
    """1 July 2021"""
    return f"{day.day} {day:%B} {day.year}"
