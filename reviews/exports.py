"""Results and plans as Excel files; what people typed never becomes a formula or a link."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from core.money import FEN_PER_YUAN
from proposals.models import Proposal
from reviews.models import FundingPlan
from reviews.queries.plans import PlanRow
from reviews.queries.results import Results
from reviews.queries.statistics import Statistics

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel holds in one cell.
LONGEST = 32_767
SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Book:
    """A workbook being written: one call a sheet, amounts in yuan."""

    def __init__(self) -> None:
        self._bytes = BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, SAFE)
        self._head = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._text = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._money = self._book.add_format({"num_format": "#,##0.00", "valign": "top"})
        self._figure = self._book.add_format({"num_format": "0.00", "valign": "top"})

    def sheet(self, name: str, head: Sequence[Any], widths: Sequence[int], rows: Sequence[Sequence[Any]]) -> None:
        """A sheet with a frozen head; a `Yuan` becomes a number with two decimals."""
        sheet = self._book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, text in enumerate(head):
            sheet.write_string(0, column, str(text), self._head)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._write(sheet, number, column, value)

    def _write(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if value is None:
            sheet.write_blank(row, column, None, self._text)
        elif isinstance(value, Yuan):
            sheet.write_number(row, column, value.fen / FEN_PER_YUAN, self._money)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self._figure)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._text)
        else:
            sheet.write_string(row, column, str(value)[:LONGEST], self._text)

    def finished(self) -> bytes:
        """The file."""
        self._book.close()
        return self._bytes.getvalue()


class Yuan:
    """An amount of fen that the sheet shows in yuan."""

    def __init__(self, fen: int) -> None:
        self.fen = fen


def results_xlsx(proposal: Proposal, results: Results) -> bytes:
    """The reviews of one proposal: scores with comments, budget lines with suggestions. For staff."""
    book = Book()
    criteria = [row.criterion for row in results.criteria]
    book.sheet(
        _("Scores"),
        [_("Expert"), _("Recommendation"), *(one.label for one in criteria), _("Mean"), _("Overall comment")],
        [24, 18, *(12 for _one in criteria), 10, 60],
        [
            [
                review.assignment.expert.user.display_name,
                review.assignment.get_recommendation_display(),
                *(score.points if score else None for _one, score in review.scores),
                review.total,
                review.assignment.comment,
            ]
            for review in results.domain
        ],
    )
    book.sheet(
        _("Comments"),
        [_("Expert"), _("Criterion"), _("Points"), _("Comment")],
        [24, 20, 10, 80],
        [
            [review.assignment.expert.user.display_name, one.label, score.points, score.comment]
            for review in results.domain
            for one, score in review.scores
            if score
        ],
    )
    book.sheet(
        _("Budget"),
        [
            _("Budget line"), _("Year"), _("Requested (yuan)"), _("Expert"), _("Reasonable?"), _("Relevant?"),
            _("Suggested (yuan)"), _("Why"),
        ],
        [36, 8, 16, 24, 14, 14, 16, 60],
        [
            [
                row.line.name, row.line.year, Yuan(row.line.amount_fen), said.expert, said.reasonable, said.relevant,
                Yuan(said.suggested_fen), said.reason,
            ]
            for row in results.lines
            for said in row.remarks
        ],
    )  # fmt: skip
    return book.finished()


def plan_xlsx(plan: FundingPlan, rows: Sequence[PlanRow]) -> bytes:
    """A funding plan, line by line, with what the reviews say. For staff."""
    book = Book()
    book.sheet(
        _("Funding plan"),
        [
            _("Number"), _("Title"), _("Title (English)"), _("Principal investigator"), _("Lead institution"),
            _("Domain reviews"), _("Finance reviews"), _("Mean"), _("Spread"), _("Requested (yuan)"),
            _("Suggested (yuan)"), _("Decision"), _("Amount (yuan)"), _("Note"), _("Findings"),
        ],
        [20, 40, 40, 18, 32, 9, 9, 8, 8, 16, 16, 12, 16, 40, 50],
        [_plan_row(row) for row in rows if row.line is not None],
    )  # fmt: skip
    return book.finished()


def _plan_row(row: PlanRow) -> list[Any]:
    proposal, summary, line = row.proposal, row.summary, row.line
    assert line is not None  # the caller leaves out rows without
    return [
        proposal.application_number,
        proposal.title_zh,
        proposal.title_en,
        proposal.pi.display_name,
        proposal.lead_institution.display_name,
        summary.domain,
        summary.finance,
        summary.mean,
        summary.spread,
        Yuan(proposal.requested_fen),
        None if summary.suggested_fen is None else Yuan(summary.suggested_fen),
        line.get_decision_display(),
        Yuan(line.amount_fen),
        line.note,
        "\n".join(one.message for one in row.findings),
    ]


def statistics_xlsx(found: Statistics, titles: Sequence[tuple[str, Any, Any]]) -> bytes:
    """A sheet for each dimension with all its lines and, but for the countries, the sums."""
    book = Book()
    for name, title, head in titles:
        lines = [
            [line.label or _("Not given"), line.count, Yuan(line.asked_fen), Yuan(line.approved_fen)]
            for line in found.tables[name]
        ]
        total = found.total
        if name != "country":
            lines.append([_("Together"), total.count, Yuan(total.asked_fen), Yuan(total.approved_fen)])
        heads = [head, _("Applications"), _("Requested (yuan)"), _("Approved (yuan)")]
        book.sheet(str(title), heads, [44, 14, 18, 18], lines)
    return book.finished()
