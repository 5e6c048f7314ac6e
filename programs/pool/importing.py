"""A list of candidates from a spreadsheet with the columns of the export; what is wrong is said of its cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import Role
from core.countries import COUNTRIES
from core.errors import Obstacle, Refused
from documents import office
from documents.checks import check_upload
from documents.refusals import FileRefused
from programs.enums import Channel
from programs.pool.exports import COLUMNS
from programs.pool.forms import CandidateForm

MOST_ROWS = 500
XLSX = "xlsx"
NO_RESULT = "\x00"
"""Of a formula, or an error in its place: no cell holds such a character."""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a cell, as `C5`."""

    cell: str
    message: str


@dataclass
class Read:
    """What the spreadsheet says: a candidate's fields for each row, unless there is trouble."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def read_list(upload: Any) -> Read:
    """The candidates of an uploaded spreadsheet.

    Raises Refused for no file, one that isn't such a list or too long a one, FileRefused for an unreadable one."""
    cells = _cells(upload)
    head = {column: name for (column, row), text in cells.items() if row == 1 and (name := _named(text))}
    if missing := {"channel", "proposer"} - set(head.values()):
        names = ", ".join(str(label) for name, label, _width in COLUMNS if name in missing)
        raise _refused("headings", f"第一行缺少列：{names}。", f"The first row lacks the columns: {names}.")
    columns = {name: column for column, name in head.items()}
    numbers = sorted({row for column, row in cells if row > 1 and column in head and cells[column, row]})
    if len(numbers) > MOST_ROWS:
        raise _refused("too_many", f"一次最多导入 {MOST_ROWS} 行。", f"At most {MOST_ROWS} rows at a time, please.")
    read = Read()
    for number in numbers:
        _row(read, number, {name: cells.get((column, number), "") for name, column in columns.items()}, columns)
    return read


def _row(read: Read, number: int, texts: Mapping[str, str], columns: Mapping[str, str]) -> None:
    data = dict(texts)
    for name, keys in (("channel", _channels()), ("country", _countries())):
        text = texts.get(name, "")
        data[name] = keys.get(text.casefold(), text)
    if odd := sorted(columns[name] for name, text in texts.items() if text == NO_RESULT):
        said = _("The cell holds an error, or a formula without a result. Write the value itself.")
        read.troubles += [Trouble(f"{column}{number}", said) for column in odd]
        return
    form = CandidateForm(data)
    if form.is_valid():
        read.rows.append(form.cleaned_data)
        return
    first = min(columns.values(), key=lambda column: (len(column), column))
    for name, messages in form.errors.items():
        cell = f"{columns.get(name, first)}{number}"
        read.troubles += [Trouble(cell, str(message)) for message in messages]


@cache
def _channels() -> dict[str, str]:
    """The channels by all that they are called, in small letters."""
    return {word: one.value for one in Channel for word in {one.value, *_in_both(one.label)}}


@cache
def _countries() -> dict[str, str]:
    """The countries' codes by code and names, in small letters."""
    return {word.casefold(): code for code, zh, en in COUNTRIES for word in (code, zh, en)}


def _in_both(label: Any) -> set[str]:
    words = set()
    for language in _LANGUAGES:
        with translation.override(language):
            words.add(str(label).casefold())
    return words


def _named(text: str) -> str:
    wanted = text.strip().casefold()
    return next((name for name, label, _width in COLUMNS if name and wanted in _in_both(label)), "")


def _cells(upload: Any) -> dict[tuple[str, int], str]:
    if upload is None or not upload.name:
        raise _refused("no_file", "请选择文件。", "Choose a file.")
    if (upload.size or 0) > office.MAX_FILE:
        size, limit = (f"{one / 1024 / 1024:.1f}" for one in (upload.size, office.MAX_FILE))
        raise FileRefused("too_large", size=size, limit=limit)
    data = upload.read()
    check_upload(data, upload.name, allowed=frozenset({XLSX}))
    try:
        sheets = office.read(data, XLSX)["sheets"]
    except office.Unreadable as problem:
        raise FileRefused(problem.code) from None
    found = {}
    for place, cell in sheets[0]["cells"].items() if sheets else ():
        if match := _CELL.fullmatch(place):
            has_no_result = "error" in cell or (cell.get("formula") and cell.get("value") is None)
            found[match[1], int(match[2])] = NO_RESULT if has_no_result else _text(cell)
    return found


def _text(cell: Mapping[str, Any]) -> str:
    value = cell.get("value", cell.get("date", cell.get("error")))
    if isinstance(value, float):
        return office.plain_number(value)
    return "" if value is None else str(value).strip()


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused([Obstacle(code, zh, en, article="C8", field="file", who_can_clear=Role.SECRETARY)])
