"""Cells of a filled Excel table, as texts of the form."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from documents.office import plain_number
from proposals.forms.fields import Kind
from proposals.office.filled import COLUMN, Filled
from proposals.office.marker import Marker
from proposals.office.plan import Plan

_ADDRESS: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_RANGE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
Cells = dict[int, dict[str, Mapping[str, Any]]]


def from_excel(data: Mapping[str, Any], marker: Marker, plan: Plan) -> Filled:
    """What `documents.office.excel` found."""
    filled = Filled(marker, plan)
    for sheet in data["sheets"]:
        _sheet(filled, sheet)
    filled.check_counts()
    return filled


def _by_row(sheet: Mapping[str, Any]) -> Cells:
    found: Cells = {}
    for address, cell in sheet["cells"].items():
        if place := _ADDRESS.fullmatch(address):
            found.setdefault(int(place[2]), {})[place[1]] = cell
    return dict(sorted(found.items()))


def _sheet(filled: Filled, sheet: Mapping[str, Any]) -> None:
    cells = _by_row(sheet)
    number, columns = _columns(cells)
    if not columns:
        return
    first = next(iter(columns.values()))
    listed = filled.number(first, filled.marker.lists)
    if listed is None or filled.plan.rows_of(listed[0]) is None:
        return
    name = listed[0]
    filled.rows.setdefault(name, {})
    merged = _merged_rows(sheet)
    for place, row in cells.items():
        # The line below the marks holds the heads.
        if place > number + 1 and ("A" in row or columns.keys() & row.keys()):
            _line(filled, name, f"{sheet['title']}!", place, row, columns, merged.get(place, ""))


def _columns(cells: Cells) -> tuple[int, dict[str, re.Match[str]]]:
    """The row of the columns' marks, and the mark of each letter; none on a sheet that holds no list."""
    for number, row in cells.items():
        marks = ((letter, COLUMN.fullmatch(str(cell.get("value") or ""))) for letter, cell in row.items())
        if found := {letter: mark for letter, mark in marks if mark}:
            return number, found
    return 0, {}


def _merged_rows(sheet: Mapping[str, Any]) -> dict[int, str]:
    """The merged range that touches a row."""
    found = {}
    for text in sheet["merged"]:
        if area := _RANGE.fullmatch(text):
            for row in range(int(area[2]), min(int(area[4]), int(area[2]) + 20_000) + 1):
                found[row] = text
    return found


def _line(
    filled: Filled,
    name: str,
    sheet: str,
    number: int,
    row: Mapping[str, Mapping[str, Any]],
    columns: Mapping[str, re.Match[str]],
    merged: str,
) -> None:
    key = filled.row_key(name, str(row.get("A", {}).get("value") or ""))
    if merged:
        filled.unread.add(f"{name}.{key}")
        filled.tell(
            f"{sheet}{merged}",
            _("Merged cells can't be read. Take them apart and fill in each; the row was not taken."),
        )
        return
    for letter, mark in columns.items():
        path, place = f"{name}.{key}.{mark[2]}", f"{sheet}{letter}{number}"
        known = filled.plan.field_of(path)
        if known is None:
            continue
        text = _text(filled, row.get(letter, {}), known[0].kind, place)
        if text is None:
            filled.places.setdefault(path, place)
        else:
            filled.put(path, text, place)


def _text(filled: Filled, cell: Mapping[str, Any], kind: Kind, place: str) -> str | None:
    """The cell's text; None, and a word on it, for what can't be taken."""
    if "error" in cell:
        filled.tell(place, _("The cell shows the error %(error)s.") % {"error": cell["error"]})
        return None
    if "date" in cell and kind is not Kind.DAY:
        filled.tell(
            place,
            _("The cell holds a date (%(date)s). Set its format to number and write it again.")
            % {"date": cell["date"]},
        )
        return None
    value = cell.get("date", cell.get("value"))
    if value is None and cell.get("formula"):
        filled.tell(
            place,
            _("The cell holds a formula without a result. Write the number itself, or save the file in Excel."),
        )
        return None
    return plain_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")
