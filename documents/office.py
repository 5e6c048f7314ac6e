"""Reads filled Word forms and Excel tables in a process of its own, with little time and memory: texts, cells, marks.

Run as a program (`read` does): reads the file from standard input, writes JSON. Knows nothing of Django, nor of what
the texts mean. Nothing in the file is executed, fetched or expanded; formulas give the value that was last shown."""

import io
import json
import math
import re
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

SECONDS: Final = 15
CPU_SECONDS: Final = 8
MEMORY: Final = 1024 * 1024 * 1024
MAX_FILE: Final = 12 * 1024 * 1024
MAX_XML: Final = 40 * 1024 * 1024
"""Of all the parts that are read, unpacked."""
MAX_ELEMENTS: Final = 600_000
MAX_CELLS: Final = 20_000
MAX_PLACES: Final = 10_000
MAX_MERGED: Final = 500
MAX_MERGED_CELLS: Final = 20_000
MAX_CHARACTERS: Final = 2_000_000

DAMAGED, TOO_LARGE, MERGED, BUSY = "damaged", "office_too_large", "office_merged", "office_busy"
# Of each web process: many uploads at once must not take the machine's memory, nor all of its threads by waiting.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
WAIT_SECONDS: Final = 3

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PROPERTIES: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}"
_RANGE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_ROW: Final = re.compile(r"r\d+")


class Unreadable(Exception):
    """The file can't be read; `code` is a key of `documents.refusals.MESSAGES`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read(data: bytes, kind: str) -> dict[str, Any]:
    """What stands in a checked file of the kind "docx" or "xlsx"; see `word` and `excel` for its shape.

    Takes at most SECONDS and MEMORY. Raises Unreadable for what is damaged or takes more, and while others are read."""
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise Unreadable(BUSY)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).resolve()), kind],
            input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False, env={},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable(TOO_LARGE) from None
    finally:
        _AT_ONCE.release()
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):  # it ran out of time or memory, and was ended
        raise Unreadable(TOO_LARGE)
    if code := answer.get("refused"):
        raise Unreadable(code)
    return answer


def judge(data: bytes, kind: str) -> dict[str, Any]:
    """The same, in this process and without limits of time or memory; `refused` in place of Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
            return word(archive) if kind == "docx" else excel(data)
    except Unreadable as refusal:
        return {"refused": refusal.code}
    except MemoryError:
        return {"refused": TOO_LARGE}
    # zipfile, expat and openpyxl answer hostile input with many kinds of exceptions, RecursionError among them.
    except Exception:
        return {"refused": DAMAGED}


def _check_parts(archive: zipfile.ZipFile) -> None:
    """No part may define entities, nor have more to it than an office's largest form; nothing is kept meanwhile."""
    entries = [one for one in archive.infolist() if one.filename.lower().endswith((".xml", ".rels"))]
    if sum(one.file_size for one in entries) > MAX_XML:
        raise Unreadable(TOO_LARGE)
    counts = {"elements": 0, "cells": 0, "merged": 0, "merged cells": 0}

    def begin(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        counts["elements"] += 1
        counts["cells"] += local in {"v", "is"}
        if counts["elements"] > MAX_ELEMENTS or counts["cells"] > MAX_CELLS:
            raise Unreadable(TOO_LARGE)
        if local == "mergeCell":  # openpyxl makes an object of each cell in it
            counts["merged"] += 1
            counts["merged cells"] += _area(attributes.get("ref", ""))
            if counts["merged"] > MAX_MERGED or counts["merged cells"] > MAX_MERGED_CELLS:
                raise Unreadable(MERGED)

    def define(*_anything: object) -> None:
        raise Unreadable(DAMAGED)

    for entry in entries:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, define
        with archive.open(entry) as stream:
            parser.ParseFile(stream)


def _area(text: str) -> int:
    """Cells of a range such as B2:D7; one that can't be understood has too many."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return MAX_MERGED_CELLS + 1
    left, top, right, bottom = _column(found[1]), int(found[2]), _column(found[3]), int(found[4])
    return (abs(right - left) + 1) * (abs(bottom - top) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# ---------------------------------------------------------------- Word
def word(archive: zipfile.ZipFile) -> dict[str, Any]:
    """`properties`: the custom ones. `places`: `tag`, `text` and `odd` of every content control outside of tables with
    marked columns. `tables`: those, with `columns` (marks by position) and `rows`, each with its `mark`, and `cells`
    of `text` and `odd`. `odd` names what a text can't hold: "picture", "table", "formula"; a row's: "merged"."""
    from defusedxml.ElementTree import fromstring

    names = set(archive.namelist())
    root = fromstring(archive.read("word/document.xml"), forbid_dtd=True)
    properties = {}
    if "docProps/custom.xml" in names:
        for one in fromstring(archive.read("docProps/custom.xml"), forbid_dtd=True).iter(f"{_PROPERTIES}property"):
            properties[one.get("name", "")] = "".join(one.itertext())
    places: list[dict[str, str]] = []
    tables: list[dict[str, Any]] = []
    _visit(root, places, tables)
    if len(places) + sum(len(table["rows"]) for table in tables) > MAX_PLACES:
        raise Unreadable(TOO_LARGE)
    return {"properties": properties, "places": places, "tables": tables}


def _visit(node: Any, places: list[dict[str, str]], tables: list[dict[str, Any]]) -> None:
    for child in node:
        if child.tag in _UNREAD:
            continue
        if child.tag == f"{_W}tbl" and (columns := _columns(child)):
            tables.append(_table(child, columns))
            continue
        if child.tag == f"{_W}sdt" and (tag := _tag(child)):
            text, odd = _text(child)
            places.append({"tag": tag, "text": text, "odd": odd})
        _visit(child, places, tables)


def _tag(control: Any) -> str:
    mark = control.find(f"{_W}sdtPr/{_W}tag")
    return "" if mark is None else str(mark.get(f"{_W}val", ""))


def _rows(table: Any) -> Iterator[Any]:
    """Also those that a content control or a tracked insertion wraps."""
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _rows(child)


def _cells(row: Any) -> Iterator[tuple[Any, int]]:
    """Each cell with the number of columns it spans."""
    for child in row:
        if child.tag == f"{_W}tc":
            span = child.find(f"{_W}tcPr/{_W}gridSpan")
            width = span.get(f"{_W}val", "1") if span is not None else "1"
            yield child, int(width) if width.isdigit() and len(width) < 4 else 1
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml"):
            yield from _cells(child)


def _marks(node: Any, first: str) -> list[str]:
    return [tag for control in node.iter(f"{_W}sdt") if (tag := _tag(control)).startswith(first)]


def _columns(table: Any) -> list[str]:
    """The marks of the columns, by position; none for a table that isn't one of the form's lists."""
    for row in _rows(table):
        if _marks(row, "c"):
            columns = []
            for cell, span in _cells(row):
                columns += [next(iter(_marks(cell, "c")), ""), *[""] * (span - 1)]
            return columns
    return []


def _table(table: Any, columns: list[str]) -> dict[str, Any]:
    rows = []
    for number, row in enumerate(_rows(table), start=1):
        if _marks(row, "c") or row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells, is_merged = [], False
        for cell, span in _cells(row):
            text, odd = _text(cell)
            is_merged |= span > 1 or cell.find(f"{_W}tcPr/{_W}vMerge") is not None
            cells.append({"text": text, "odd": odd})
        mark = next((tag for tag in _marks(row, "r") if _ROW.fullmatch(tag)), "")
        rows.append({"number": number, "mark": mark, "cells": cells, "odd": "merged" if is_merged else ""})
    return {"columns": columns, "rows": rows}


_UNREAD: Final = frozenset(
    f"{_W}{name}"
    for name in ("del", "moveFrom", "rPr", "pPr", "sdtPr", "tblPr", "tcPr", "trPr", "instrText", "delText")
)
_ODD: Final = {
    f"{_W}drawing": "picture",
    f"{_W}pict": "picture",
    f"{_W}object": "picture",
    f"{_COMPATIBILITY}AlternateContent": "picture",
    f"{_W}tbl": "table",
    f"{_MATH}oMath": "formula",
    f"{_MATH}oMathPara": "formula",
}
_SIGNS: Final = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def _text(node: Any) -> tuple[str, str]:
    """The text of a content control or cell, paragraphs on lines of their own, and what else is in it."""
    lines: list[str] = []
    odd = set[str]()
    _gather(node, lines, odd)
    return "\n".join(lines), next(iter(sorted(odd)), "")


def _gather(node: Any, lines: list[str], odd: set[str]) -> None:
    if node.tag == f"{_W}sdt" and node.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None:
        return
    if node.tag == f"{_W}p":
        lines.append("")
    for child in node:
        if child.tag in _ODD:
            odd.add(_ODD[child.tag])
        elif child.tag == f"{_W}t" or child.tag in _SIGNS:
            text = child.text or "" if child.tag == f"{_W}t" else _SIGNS[child.tag]
            lines[-1:] = [(lines[-1] if lines else "") + text]
        elif child.tag not in _UNREAD:
            _gather(child, lines, odd)


# ---------------------------------------------------------------- Excel
def excel(data: bytes) -> dict[str, Any]:
    """`sheets`: `title`, `merged` (ranges) and `cells` by row and column letters, the filled ones only. A cell has its
    `value` (text, number, flag), or `date` or `error`; `formula` where it was calculated, with the value last shown."""
    from openpyxl import load_workbook

    typed = load_workbook(io.BytesIO(data), keep_links=False)
    shown = load_workbook(io.BytesIO(data), keep_links=False, data_only=True)
    sheets = []
    for sheet, values in zip(typed.worksheets, shown.worksheets, strict=True):
        cells: dict[str, dict[str, Any]] = {}
        # Cell by cell: a sheet with something in its last corner has seventeen milliards of them.
        for place, cell in sheet._cells.items():
            if cell.value is None:
                continue
            found = _cell(values._cells[place])
            if cell.data_type == "f":
                found["formula"] = True
            cells[cell.coordinate] = found
        sheets.append({"title": sheet.title, "merged": [str(one) for one in sheet.merged_cells.ranges], "cells": cells})
    return {"sheets": sheets}


def _cell(cell: Any) -> dict[str, Any]:
    value = cell.value
    if cell.data_type == "e":
        return {"error": str(value)}
    if isinstance(value, datetime | date | time | timedelta):
        return {"date": value.isoformat()[:10] if isinstance(value, date) else str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"error": str(value)}
    if isinstance(value, int) and abs(value) > 10**18:
        return {"value": str(value)[:100]}
    return {"value": value if isinstance(value, str | int | float | None) else str(value)}


def plain_number(value: float) -> str:
    """Plain digits of a cell's number. A binary fraction beside a whole fen is that fen, as sums leave them; any other
    stays as it is, to be refused where it matters."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    near = round(value, 2)
    # Excel shows fifteen digits; what it adds up is off by a few of the last ones.
    exact = near if abs(near - value) <= 1e-12 * max(1.0, abs(value)) else value
    return format(Decimal(repr(exact)), "f")


def main() -> None:
    """The program: limits first, then the file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answer = json.dumps(judge(sys.stdin.buffer.read(), sys.argv[1]))
    if len(answer) > 6 * MAX_CHARACTERS:
        answer = json.dumps({"refused": TOO_LARGE})
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
