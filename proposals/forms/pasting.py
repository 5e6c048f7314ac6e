"""Rows pasted from a spreadsheet (tab-separated) into budget lines. Every cell is kept as it was, also a wrong one."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from proposals.forms.fields import EDITABLE, Field, Kind, Rows
from proposals.forms.reading import MAX_ROWS, Parts, is_blank, new_key, storable
from proposals.forms.showing import Option

COLUMNS = (
    "category",
    "name",
    "year",
    "party_key",
    "unit_price_fen",
    "quantity",
    "amount_fen",
    "basis",
    "relation_to_cooperation",
)
"""The order of the grid, in which cells are pasted when no header names them."""


def budget_rows(text: str, options: Mapping[str, Sequence[Option]]) -> list[Parts]:
    """A row for each pasted line that has something in it. A first line of column names orders the cells.

    `options` by field: a category, year or unit may be pasted as its name in the page's language or as its key."""
    rows = EDITABLE["budget_lines"]
    assert isinstance(rows, Rows)
    lines = [line for line in _cells(storable(text)) if any(cell.strip() for cell in line)]
    names: Sequence[str] = COLUMNS
    if lines and (header := _header(rows, lines[0])):
        names, lines = header, lines[1:]
    made = []
    for line in lines[:MAX_ROWS]:
        row: dict[str, Any] = {"key": new_key(rows)}
        for name, cell in zip(names, line, strict=False):
            if name:
                row[name] = _meant(cell.strip(), options.get(name, ()))
        row.setdefault("party_key", "lead")
        row["party_key"] = row["party_key"] or "lead"
        if not is_blank(rows, row):
            made.append(row)
    return made


def _cells(text: str) -> list[list[str]]:
    """Excel quotes a cell that holds a line break."""
    try:
        return list(csv.reader(text.split("\n") if '"' not in text else text.splitlines(True), delimiter="\t"))
    except csv.Error:
        return [line.split("\t") for line in text.split("\n")]


def _header(rows: Rows, line: Sequence[str]) -> list[str] | None:
    known = {}
    for item in rows.items:
        if isinstance(item, Field) and item.kind is not Kind.HIDDEN:
            for word in (item.label.zh, item.label.en, item.name):
                known[_folded(word)] = item.name
    found = [known.get(_folded(cell), "") for cell in line]
    return found if sum(1 for name in found if name) >= 2 else None


def _folded(word: str) -> str:
    bare = word.split("（", maxsplit=1)[0].split("(", maxsplit=1)[0]
    return "".join(bare.split()).casefold()


def _meant(cell: str, options: Sequence[Option]) -> str:
    by_label = {_folded(option.label): option.value for option in options}
    return by_label.get(_folded(cell), cell) if cell else ""
