"""The budget as an Excel table: locked but for its cells, choices from lists, sums that count themselves.

What somebody typed is always written as text, never as a formula or a link."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from core.money import FEN_PER_WAN, FEN_PER_YUAN
from programs.clauses.amounts import Amount
from programs.cleaning import read_amount
from programs.policy.short import in_short
from proposals.exports import OPTIONS
from proposals.forms.fields import Field, Kind
from proposals.office.marker import Marker, Numbers
from proposals.office.plan import Entry, Plan, Table, how_to
from proposals.office.texts import writable

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HIDDEN_SHEET, LISTS_SHEET = "portal", "lists"
PIECE_LENGTH: Final = 30_000
LONGEST_CELL: Final = 32_000
HEAD, FIRST = 3, 4
"""Rows, from 0: the columns' heads, and the first line."""
_WIDTHS: Final = {Kind.TEXT: 44, Kind.LINE: 26, Kind.LONG_LINE: 34, Kind.CHOICE: 24, Kind.AMOUNT: 16, Kind.WHOLE: 10}
_MONEY: Final = "#,##0.00"
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def excel_of(plan: Plan, marker: Marker) -> bytes:
    """The table as an .xlsx."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        _Writer(book, plan).all(marker)
    return target.getvalue()


def fit(plan: Plan) -> None:
    """Put a word in place of the texts that no cell can hold, before the marker is made; they stay on the portal."""
    for table in plan.tables:
        for line in table.lines:
            for entry in line.entries:
                if len(entry.text) > LONGEST_CELL:
                    entry.text = _("Too long for Excel: it stays as it is on the portal.")


@dataclass(frozen=True)
class _Placed:
    """Where a list's lines stand."""

    sheet: str
    table: Table

    @property
    def last(self) -> int:
        return FIRST + max(len(self.table.lines), 1) - 1

    def column(self, name: str) -> int:
        """From 1, as the first one holds the rows' marks."""
        return 1 + next(place for place, one in enumerate(self.table.columns) if one.name == name)

    def cells(self, name: str) -> str:
        """The column's cells, for a formula."""
        letter = xl_col_to_name(self.column(name))
        return f"'{self.sheet}'!${letter}${FIRST + 1}:${letter}${self.last + 1}"

    def sum_fen(self, **where: str) -> int:
        """What the formulas will come to, for readers that don't calculate."""
        total = 0
        for line in self.table.lines:
            texts = {entry.field.name: entry.text for entry in line.entries}
            if all(texts.get(name) == text for name, text in where.items()):
                total += _fen(texts.get("amount_fen", "")) or 0
        return total


class _Writer:
    def __init__(self, book: Any, plan: Plan) -> None:
        self.book, self.plan = book, plan
        self.numbers = Numbers.of(plan)
        self.lists: dict[tuple[str, ...], str] = {}
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"font_color": "#5B6775", "valign": "top"})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#F3F6FA", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.money = book.add_format({"num_format": _MONEY, "bold": True, "border": 1})
        self.name = book.add_format({"border": 1, "text_wrap": True})
        cell = {"locked": False, "border": 1, "border_color": "#9AA5B1", "valign": "top"}
        self.cells = {
            Kind.AMOUNT: book.add_format({**cell, "num_format": _MONEY}),
            Kind.WHOLE: book.add_format({**cell, "num_format": "0"}),
            Kind.TEXT: book.add_format({**cell, "text_wrap": True, "num_format": "@"}),
        }
        self.text_cell = book.add_format({**cell, "text_wrap": True, "num_format": "@"})
        self.number_cell = book.add_format({**cell, "num_format": "General"})

    def all(self, marker: Marker) -> None:
        """Every sheet, those that people read first."""
        self._read_me()
        placed = [self._sheet(table) for table in self.plan.tables]
        self._sums(placed)
        lists = self.book.add_worksheet(LISTS_SHEET)
        for column, labels in enumerate(self.lists):
            for row, label in enumerate(labels):
                # Excel compares years as numbers.
                _write(lists, row, column, int(label) if label.isdecimal() else label, None)
        lists.hide()
        hidden = self.book.add_worksheet(HIDDEN_SHEET)
        for row, piece in enumerate(marker.dump(PIECE_LENGTH)):
            hidden.write_string(row, 0, piece)
        hidden.very_hidden()

    def _read_me(self) -> None:
        sheet = self.book.add_worksheet(_("Read me"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 110, self.plain)
        policy = self.plan.desk.policy
        said = [
            (self.plan.desk.proposal.call.title, self.title),
            (_("Budget"), self.title),
            *((text, self.plain) for text in how_to(has_rows=False)),
        ]
        rules = [one for one in in_short(policy.clauses) if isinstance(one, Amount)]
        said += [(f"{rule.summary} ({policy.articles[rule.article].label})", self.plain) for rule in rules]
        said += [(f"{one.label}: {one.help}", self.plain) for one in policy.budget_categories if one.help]
        for row, (text, look) in enumerate(said):
            sheet.write_string(row, 0, text, look)
        sheet.protect()

    # ------------------------------------------------------------ lines
    def _sheet(self, table: Table) -> _Placed:
        placed = _Placed(table.label.translate(_FORBIDDEN).strip()[:31], table)
        sheet = self.book.add_worksheet(placed.sheet)
        sheet.write_string(0, 1, self.plan.desk.proposal.call.title, self.title)
        sheet.write_string(1, 1, _("Sum in yuan"), self.quiet)
        amount = placed.column("amount_fen")
        total = f"=SUM({placed.cells('amount_fen')})"
        sheet.write_formula(1, amount, total, self.money, placed.sum_fen() / FEN_PER_YUAN)
        number = self.numbers.lists[table.name]
        for column, field in enumerate(table.columns, start=1):
            sheet.write_string(HEAD - 1, column, f"c{number}:{field.name}")
            sheet.write_string(HEAD, column, str(field.label), self.head)
            sheet.set_column(column, column, _WIDTHS.get(field.kind, 24))
        for row, line in enumerate(table.lines, start=FIRST):
            sheet.write_string(row, 0, f"r{self.numbers.rows[line.name]}")
            for column, entry in enumerate(line.entries, start=1):
                _write(sheet, row, column, *self._written(entry))
        for column, entry in enumerate(table.lines[0].entries if table.lines else (), start=1):
            self._limit(sheet, placed, column, entry)
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.set_row(HEAD - 1, None, None, {"hidden": True})
        sheet.set_row(HEAD, 32)
        sheet.freeze_panes(FIRST, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEAD)
        sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        return placed

    def _written(self, entry: Entry) -> tuple[Any, Any]:
        """The value as a cell holds it, and its look."""
        kind, text = entry.field.kind, entry.text
        if kind is Kind.AMOUNT:
            fen = _fen(text)
            return (text if fen is None else fen / FEN_PER_YUAN), self.cells[kind]
        is_number = text.isascii() and text.isdecimal() and len(text) < 10
        if kind is Kind.WHOLE or entry.field.name == "year":
            return (int(text) if is_number else text), self.cells[Kind.WHOLE]
        return entry.words, self.cells.get(kind, self.text_cell)

    def _limit(self, sheet: Any, placed: _Placed, column: int, entry: Entry) -> None:
        """What a cell of the column may hold, said while one writes; the portal judges anew."""
        rule: dict[str, Any] = {}
        if entry.field.kind is Kind.CHOICE and entry.options:
            rule = {"validate": "list", "source": self._list(tuple(one.label for one in entry.options))}
            rule["error_message"] = _("Choose from the list.")
            rule["error_type"] = "warning"
        elif entry.field.kind is Kind.AMOUNT:
            rule = {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "input_message": _("In yuan, two decimals at most"),
            }
            rule["error_message"] = _("An amount in yuan, in digits, not below 0.")
        elif entry.field.kind is Kind.WHOLE:
            rule = {"validate": "integer", "criteria": ">=", "value": 0, "error_message": _("A whole number, please.")}
        if rule:
            sheet.data_validation(FIRST, column, placed.last, column, rule)

    def _list(self, labels: tuple[str, ...]) -> str:
        """Where the labels stand that one may choose from."""
        column = list(self.lists).index(labels) if labels in self.lists else len(self.lists)
        letter = xl_col_to_name(column)
        return self.lists.setdefault(labels, f"={LISTS_SHEET}!${letter}$1:${letter}${len(labels)}")

    # ------------------------------------------------------------ sums
    def _sums(self, placed: list[_Placed]) -> None:
        sheet = self.book.add_worksheet(_("Sums"))
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, 12, 16)
        row = 0
        for one in placed:
            row = self._sums_of(sheet, one, row) + 2
        sheet.protect()

    def _sums_of(self, sheet: Any, placed: _Placed, row: int) -> int:
        """One table: a row for each choice of the first column, a column for each year. Gives its last row."""
        by = next((one for one in placed.table.columns if one.kind is Kind.CHOICE and one.name != "year"), None)
        years = [str(year) for year in self.plan.desk.dossier.years]
        heads = [placed.table.label, *years, _("Sum in yuan"), _("In 10,000 yuan")]
        for column, text in enumerate(heads):
            _write(sheet, row, column, int(text) if text in years else text, self.head)
        options = self.plan.options(by, placed.table.name) if by else ()
        for one in options:
            row += 1
            _write(sheet, row, 0, one.label, self.name)
            self._sum_row(sheet, row, placed, years, by, one.value)
        row += 1
        sheet.write_string(row, 0, _("In all"), self.head)
        self._sum_row(sheet, row, placed, years, None, "")
        return row

    def _sum_row(self, sheet: Any, row: int, placed: _Placed, years: list[str], by: Field | None, key: str) -> None:
        amounts = placed.cells("amount_fen")
        same = f"({placed.cells(by.name)}=$A{row + 1})" if by else ""
        where = {by.name: key} if by else {}
        for column, year in enumerate(years, start=1):
            conditions = "*".join(filter(None, (same, f"({placed.cells('year')}={year})")))
            value = placed.sum_fen(**where, year=year) / FEN_PER_YUAN
            sheet.write_formula(row, column, f"=SUMPRODUCT(--({conditions}),{amounts})", self.money, value)
        total = f"SUMPRODUCT(--{same},{amounts})" if same else f"SUM({amounts})"
        fen = placed.sum_fen(**where)
        column = len(years) + 1
        sheet.write_formula(row, column, f"={total}", self.money, fen / FEN_PER_YUAN)
        cell = xl_rowcol_to_cell(row, column)
        sheet.write_formula(row, column + 1, f"={cell}/10000", self.money, fen / FEN_PER_WAN)


def _write(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    if isinstance(value, str):
        if value:
            sheet.write_string(row, column, writable(value), look)
        else:  # it must be there, or it would be locked
            sheet.write_blank(row, column, None, look)
    else:
        sheet.write_number(row, column, value, look)


def _fen(text: str) -> int | None:
    """Fen of an amount; None for what can't be understood, or for nothing."""
    try:
        return read_amount(text) if text else None
    except ValueError:
        return None
