"""The pool as a spreadsheet; what people typed is always text, never a formula or a link."""

from collections.abc import Iterable
from io import BytesIO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from core.countries import country_name
from core.money import FEN_PER_YUAN
from programs.pool.models import Candidate

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
COLUMNS = (
    ("title_zh", _("Title in Chinese"), 50),
    ("title_en", _("Title in English"), 50),
    ("channel", pgettext("candidate", "Channel"), 20),
    ("proposer", _("Proposed by"), 28),
    ("institution", _("Contact institution"), 36),
    ("contact_email", _("Contact's e-mail"), 28),
    ("country", _("Country"), 16),
    ("field", pgettext("candidate", "Field"), 20),
    ("keywords", _("Keywords"), 30),
    ("summary", _("Summary"), 60),
    ("amount_fen", _("Estimated amount (yuan)"), 18),
    ("", _("Added"), 12),
    ("", _("Out of the pool"), 30),
    ("notes", _("The secretariat's notes"), 40),
)
"""Name of the field, heading and width; lists are read in by the same headings."""
AMOUNT = 10


def pool_xlsx(rows: Iterable[Candidate], zone: ZoneInfo) -> bytes:
    """One row a candidate; the amount in yuan, days in `zone`."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        sheet = book.add_worksheet(str(_("Project pool"))[:31])
        head, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
        for column, (_name, title, width) in enumerate(COLUMNS):
            sheet.write_string(0, column, str(title), head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(_texts(row, zone)):
                sheet.write_string(number, column, text)
            sheet.write_number(number, AMOUNT, row.amount_fen / FEN_PER_YUAN, money)
    return target.getvalue()


def _texts(row: Candidate, zone: ZoneInfo) -> list[str]:
    closed = f"{row.closed_at.astimezone(zone):%Y-%m-%d} {row.close_reason}" if row.closed_at else ""
    return [
        row.title_zh,
        row.title_en,
        str(row.get_channel_display()),
        row.proposer,
        row.institution.display_name if row.institution else "",
        row.contact_email,
        country_name(row.country) if row.country else "",
        row.field,
        row.keywords,
        row.summary,
        "",
        f"{row.added_at.astimezone(zone):%Y-%m-%d}",
        closed,
        row.notes,
    ]
