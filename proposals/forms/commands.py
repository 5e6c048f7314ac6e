"""The buttons of a page that work without scripts: add and remove rows, look up a partner, paste from a spreadsheet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from programs.cleaning import ROW_KEY
from proposals.forms.fields import Field, Item, Rows
from proposals.forms.pages import Page
from proposals.forms.pasting import budget_rows
from proposals.forms.reading import Parts, new_key, rows_in, value_in
from proposals.forms.showing import Option

_TARGET = re.compile(r"[A-Za-z0-9_-]{1,40}(\.[A-Za-z0-9_-]{1,40}){0,4}")


@dataclass
class Command:
    """What was pressed. `target` is the path of the row or list it is about; empty for a plain save."""

    name: str = ""
    target: str = ""
    key: str = ""
    text: str = ""

    def apply(self, page: Page, parts: Parts, options: Mapping[str, Sequence[Option]]) -> None:
        """Change the posted parts accordingly. What names nothing on the page does nothing."""
        if self.name == "remove_row":
            self._remove(parts)
        elif self.name == "unlink":
            row = value_in(parts, f"parties.{self.key}")
            if isinstance(row, dict):
                row["institution_id"] = ""
            self.target = f"parties.{self.key}"
        elif self.name == "add_row":
            rows = list_at(page, self.target)
            self.target = f"{self.target}.{new_key(rows)}" if rows else self.target
        elif self.name == "paste" and list_at(page, "budget_lines"):
            parts["budget_lines"] = [*rows_in(parts.get("budget_lines")), *budget_rows(self.text, options)]
            self.target = "budget_lines"

    def _remove(self, parts: Parts) -> None:
        path, _, key = self.target.rpartition(":")
        parent_path, _, name = path.rpartition(".")
        parent = value_in(parts, parent_path) if parent_path else parts
        if isinstance(parent, dict) and isinstance(parent.get(name), list):
            parent[name] = [row for row in parent[name] if row.get("key") != key]
        self.target = path


def command_in(posted: QueryDict) -> Command:
    """The button that sent the form."""
    for name in ("remove_row", "add_row"):
        if value := posted.get(name, ""):
            path, _, key = value.partition(":")
            is_known = _TARGET.fullmatch(path) and (not key or ROW_KEY.fullmatch(key))
            return Command(name, value) if is_known else Command()
    for name in ("find", "unlink"):
        if ROW_KEY.fullmatch(key := posted.get(name, "")):
            return Command(name, key=key)
    if "paste" in posted and posted.get("pasted", "").strip():
        return Command("paste", text=posted.get("pasted", ""))
    return Command()


def with_blank_rows(page: Page, data: Mapping[str, Any], target: str) -> dict[str, Any]:
    """The data with one empty row more, of the list and key in `target` (`yearly_plan.y1.indicators.i1`)."""
    whole = dict(data)
    if not _TARGET.fullmatch(target) or "." not in target:
        return whole
    path, _, key = target.rpartition(".")
    rows = list_at(page, path)
    if rows is None:
        return whole
    blank = {"key": key, **{one.name: one.initial for one in rows.items if isinstance(one, Field) and one.initial}}
    parent_path, _, name = path.rpartition(".")
    if not parent_path:
        if all(row["key"] != key for row in rows_in(whole.get(name))):
            whole[name] = [*rows_in(whole.get(name)), blank]
        return whole
    first, _, rest = parent_path.partition(".")
    whole[first] = [
        {**row, name: [*rows_in(row.get(name)), blank]} if row["key"] == rest else row
        for row in rows_in(whole.get(first))
    ]
    return whole


def list_at(page: Page, path: str) -> Rows | None:
    """The list of this page at a path with row keys, such as `yearly_plan.y1.indicators`."""
    steps = path.split(".")
    items: tuple[Item, ...] = page.items
    found: Item | None = None
    for place, step in enumerate(steps):
        if place % 2:
            continue
        found = next((item for item in items if item.name == step), None)
        items = found.items if isinstance(found, Rows) else ()
    return found if isinstance(found, Rows) and len(steps) % 2 else None
