"""The list of projects as an Excel file; text is never a formula."""

import io
from collections.abc import Iterable

import xlsxwriter
from django.utils.translation import gettext as _

from core.money import FEN_PER_YUAN
from projects.models import Project


def projects_workbook(projects: Iterable[Project]) -> bytes:
    """One row a project, amounts in yuan."""
    stream = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    sheet = book.add_worksheet(_("Projects"))
    head, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, title in enumerate(_titles()):
        sheet.write_string(0, column, str(title), head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, 20)
    sheet.set_column(2, 5, 32)
    sheet.set_column(6, 10, 16)
    for number, project in enumerate(projects, start=1):
        for column, text in enumerate(_texts(project)):
            sheet.write_string(number, column, text)
        sheet.write_number(number, 6, project.approved_fen / FEN_PER_YUAN, money)
        sheet.write_datetime(number, 7, project.start_date, day)
        sheet.write_datetime(number, 8, project.end_date, day)
        sheet.write_string(number, 9, str(project.get_state_display()))
        sheet.write_string(number, 10, project.call.title)
    book.close()
    return stream.getvalue()


def _titles() -> tuple[str, ...]:
    return (
        _("Grant number"),
        _("Application number"),
        _("Title (Chinese)"),
        _("Title (English)"),
        _("Principal investigator"),
        _("Lead institution"),
        _("Approved (CNY)"),
        _("Start"),
        _("End"),
        _("State"),
        _("Call"),
    )


def _texts(project: Project) -> tuple[str, ...]:
    return (
        project.grant_number or "",
        project.proposal.application_number or "",
        project.title_zh,
        project.title_en,
        project.pi.display_name,
        project.lead_institution.display_name,
    )
