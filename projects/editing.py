"""What of a task book the PI may change, and how a posted page becomes draft data.

Locked are title, people, institutions and period: the approval was given to them (A11, A29)."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import Obstacle
from programs.dossier import Dossier

# Everything else of the book stays as it was approved.
EDITABLE = (
    "objectives_zh",
    "objectives_en",
    "yearly_plan",
    "budget_lines",
    "disbursement",
    "partner_allocation",
    "justifications",
)
ROW_LISTS = ("yearly_plan", "budget_lines", "disbursement", "partner_allocation", "indicators", "justifications")
CHECKBOXES = {"budget_lines": ("is_equipment",)}
# What a new row needs before it is more than an accidental click.
_IGNORED_IN_EMPTY_ROWS = {"key", "party_key", "year", "category", "is_equipment"}
MOST_ROWS = 300


def draft_of(frozen: Dossier, edited: Mapping[str, Any]) -> dict[str, Any]:
    """The book as JSON: the approved dossier with the editable parts of `edited`, typed values kept as typed."""
    data = frozen.model_dump(mode="json")
    return data | {name: edited[name] for name in EDITABLE if name in edited}


def locked_changes(frozen: Dossier, data: Mapping[str, Any]) -> list[Obstacle]:
    """An obstacle for each part of `data` that is locked and differs from what was approved, or is unknown."""
    approved = frozen.model_dump(mode="json")
    return [
        Obstacle(
            code="book-locked",
            article="A29",
            field=name,
            message_zh="此项已随批准确定，任务书中不能修改；如需变更，请在立项后申请。",
            message_en="This was fixed by the approval and can't change in the task book; "
            "ask for a change once the project is established.",
        )
        for name, value in data.items()
        if name not in EDITABLE and value != approved.get(name)
    ]


def read_post(current: Mapping[str, Any], fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The editable parts as posted: names are dossier paths, `budget_lines.l1.basis`; rows keep the posted order.

    Columns that the page doesn't show stay as in `current`; rows that weren't posted are gone, empty ones too.
    Names outside the editable parts are left out; a hidden `<list>.present` keeps an emptied list empty."""
    posted: dict[str, Any] = {}
    for name, value in fields:
        path = name.split(".")
        if path[0] in EDITABLE and len(path) <= 5:
            _put(posted, path, value)
    return {
        name: _rows(name, current.get(name), value) if name in ROW_LISTS else value
        for name, value in posted.items()
        if isinstance(value, dict) == (name in ROW_LISTS)
    }


def _put(target: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        inner = target.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        target = inner
    target.setdefault(path[-1], value)


def _rows(name: str, current: Any, posted: Mapping[str, Any]) -> list[dict[str, Any]]:
    before = {str(row.get("key")): row for row in current or [] if isinstance(row, dict)}
    rows: list[dict[str, Any]] = []
    for key, cells in posted.items():
        if not isinstance(cells, dict) or len(rows) >= MOST_ROWS or cells.get("remove"):
            continue
        row = {**before.get(key, {}), "key": key}
        for mark in CHECKBOXES.get(name, ()):
            row[mark] = bool(cells.get(mark))
        for column, value in cells.items():
            if column in ROW_LISTS:
                row[column] = _rows(column, row.get(column), value) if isinstance(value, dict) else []
            elif column not in CHECKBOXES.get(name, ()) and column != "remove" and not isinstance(value, dict):
                row[column] = value
        if key in before or not _is_empty(row):
            rows.append(row)
    return rows


def _is_empty(row: Mapping[str, Any]) -> bool:
    return not any(value for name, value in row.items() if name not in _IGNORED_IN_EMPTY_ROWS)
