"""Lists of proposals as spreadsheets; what people typed is always text, never a formula or a link."""

from collections.abc import Iterable
from io import BytesIO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _

from core.money import FEN_PER_YUAN
from proposals.models import Proposal

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def proposals_xlsx(rows: Iterable[Proposal], zone: ZoneInfo) -> bytes:
    """One row a proposal; the amount in yuan, the time of receipt to the second in `zone`."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        sheet = book.add_worksheet(_("Proposals")[:31])
        head = book.add_format({"bold": True, "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        for column, (title, width) in enumerate(_columns()):
            sheet.write_string(0, column, title, head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            received = f"{row.received_at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if row.received_at else ""
            for column, text in enumerate(
                (
                    row.application_number or "",
                    row.title_zh,
                    row.title_en,
                    row.pi.display_name,
                    row.lead_institution.display_name,
                )
            ):
                sheet.write_string(number, column, text)
            sheet.write_number(number, 5, row.requested_fen / FEN_PER_YUAN, money)
            sheet.write_string(number, 6, str(row.get_state_display()))
            sheet.write_string(number, 7, received)
    return target.getvalue()


def _columns() -> list[tuple[str, int]]:
    return [
        (_("Application number"), 20),
        (_("Title in Chinese"), 50),
        (_("Title in English"), 50),
        (_("Principal investigator"), 20),
        (_("Lead institution"), 36),
        (_("Amount (yuan)"), 16),
        (_("State"), 18),
        (_("Received"), 20),
    ]
