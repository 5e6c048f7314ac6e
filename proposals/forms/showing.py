"""A page of the form with a draft's values and everything said about them, ready for a template."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from html import escape
from typing import Any, Literal, NamedTuple

from django.utils.safestring import SafeString, mark_safe

from accounts.enums import Role
from programs.clauses.base import Both
from proposals.forms.fields import EDITABLE, Field, Item, Kind, Rows
from proposals.forms.pages import Page
from proposals.forms.reading import rows_in, shown, value_in

PLACEHOLDER = "__key__"
"""Stands for the key in the row that scripts copy."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


Tone = Literal["block", "warn", "todo", "done", "comment"]
PAIRS = {"start_date": "end_date"}


class Option(NamedTuple):
    """One choice of a field."""

    value: str
    label: str
    help: str = ""


class Choices(tuple[Option, ...]):
    """What a field lets one choose from; the same object for all the rows of a list, so that it is written once."""

    @cached_property
    def values(self) -> frozenset[str]:
        """What may be chosen."""
        return frozenset(one.value for one in self)

    @cached_property
    def has_help(self) -> bool:
        """Whether any is explained."""
        return any(one.help for one in self)

    @cached_property
    def _html(self) -> str:
        return "".join(f'<option value="{escape(one.value)}">{escape(one.label)}</option>' for one in self)

    def html(self, chosen: str) -> SafeString:
        """The options of a select; made here, as templates are slow at hundreds of countries a row."""
        value = f'<option value="{escape(chosen)}"'
        return mark_safe(self._html.replace(f"{value}>", f"{value} selected>", 1))


NO_CHOICES = Choices()


@dataclass(frozen=True)
class Remark:
    """Something said about a place in the draft: a value not understood, a finding, an office's comment."""

    path: str
    tone: Tone
    message: str
    article: str = ""
    where: str = ""
    """Name of the place, for messages that don't say it themselves."""
    who: str = ""
    ref: str = ""
    justification: str = ""
    exception: str = ""
    """What became of the exception asked for, in words."""
    can_ask: bool = False
    """Whether an exception can be asked for now."""

    @property
    def who_label(self) -> str:
        """Who can clear it, in words."""
        return str(Role(self.who).label) if self.who in Role else ""

    @property
    def anchor(self) -> str:
        """Id of the place on its page."""
        head, _, rest = self.path.partition(".")
        if head == "attachments" and rest:
            return f"slot-{rest}"
        is_row = head in EDITABLE and isinstance(EDITABLE[head], Rows)
        return f"field-{self.path if is_row or head in ('pi', 'answers') else head}"


@dataclass
class ShownField:
    """One field with its value as typed."""

    spec: Field
    path: str
    value: str
    options: Choices
    is_required: bool = False
    help: str = ""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its name in the active language."""
        return str(self.spec.label)

    @property
    def kind(self) -> str:
        """How it is typed."""
        return self.spec.kind.value

    @property
    def is_checked(self) -> bool:
        """Whether a flag is set."""
        return self.value == "True"

    @property
    def is_invalid(self) -> bool:
        """Whether something written here can't stay as it is."""
        return any(remark.tone == "block" for remark in self.remarks)

    @property
    def lang(self) -> str:
        """The language of the text, for half of a pair."""
        return {"zh": "zh-Hans", "en": "en"}.get(self.spec.mark, "")

    @property
    def options_html(self) -> SafeString:
        """The choices of a select."""
        return self.options.html(self.value)

    @property
    def is_radio(self) -> bool:
        """Whether its choices have explanations and are few: better all seen at once."""
        if self.spec.kind is not Kind.CHOICE or not 0 < len(self.options) <= 8:
            return False
        return self.spec.has_few or self.options.has_help

    @property
    def is_group(self) -> bool:
        """Whether it consists of several inputs under one name."""
        return self.is_radio or self.spec.kind is Kind.CHOICES

    @property
    def chosen(self) -> list[str]:
        """The keys of a field that takes several."""
        return self.value.split(",") if self.value else []

    @property
    def input_type(self) -> str:
        """A date that can't be read stays visible as text: a date input would show nothing."""
        return "date" if self.spec.kind is Kind.DAY and (not self.value or _is_day(self.value)) else "text"


@dataclass
class ShownRow:
    """One row; `f` holds its fields by name, `contact.name` as `contact_name`."""

    key: str
    path: str
    f: dict[str, "ShownField | ShownRows"]
    raw: Mapping[str, Any]
    remarks: list[Remark] = field(default_factory=list)

    @property
    def cells(self) -> "list[ShownField]":
        """Its visible fields, in the order of a grid's columns."""
        fields = [one for one in self.f.values() if isinstance(one, ShownField)]
        return [one for one in fields if one.spec.kind is not Kind.HIDDEN]


@dataclass
class ShownRows:
    """A list with its rows, and an empty row to copy."""

    spec: Rows
    path: str
    rows: list[ShownRow]
    blank: ShownRow
    help: str = ""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its name in the active language."""
        return str(self.spec.label)

    @property
    def columns(self) -> "list[ShownField]":
        """The headings of a grid."""
        return self.blank.cells


@dataclass
class ShownBlock:
    """One entry of a page: `path` chooses the template."""

    path: str
    help: str
    parts: dict[str, ShownField | ShownRows]
    remarks: list[Remark] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Names of the partners by key."""
    is_locked: bool = False
    """Whether the reader may only look at it."""

    @property
    def first(self) -> ShownField | ShownRows | None:
        """The only or first part."""
        return next(iter(self.parts.values()), None)

    @property
    def by_partner(self) -> list[dict[str, Any]]:
        """The cells of the allocation plan, partner by partner."""
        groups: dict[str, dict[str, Any]] = {}
        rows = self.first.rows if isinstance(self.first, ShownRows) else []
        for row in rows:
            key = str(row.raw.get("party_key") or "")
            group = groups.setdefault(key, {"key": key, "label": self.names.get(key, key), "rows": []})
            group["rows"].append(row)
        return list(groups.values())

    @property
    def template(self) -> str:
        """What renders it."""
        if len(self.parts) == 2 and self.path not in _OWN:
            return "proposals/draft/_pair.html"
        name = self.path if self.path in _OWN else "field"
        return f"proposals/draft/_{name}.html"


_OWN = {
    "pi",
    "lead",
    "parties",
    "participants",
    "activities",
    "yearly_plan",
    "budget_lines",
    "disbursement",
    "partner_allocation",
    "attachments",
    "justifications",
}
Choose = Callable[[Field], Choices]
Slot = ShownField | ShownRow | ShownRows | ShownBlock


def show(
    page: Page, data: Mapping[str, Any], *, choose: Choose, required: frozenset[str] = frozenset()
) -> list[ShownBlock]:
    """The page's blocks with the draft's values; the halves of a pair, and both dates, in one block."""
    blocks: list[ShownBlock] = []
    for block in page.blocks:
        parts = {item.name.split(".")[-1]: _show(item, data, "", choose, required, block.help) for item in block.items}
        before = blocks[-1] if blocks else None
        if before and len(before.parts) == 1 and len(parts) == 1 and _belong(before.path, block.path):
            before.parts |= parts
            continue
        blocks.append(ShownBlock(block.path, str(block.help), parts))
    return blocks


def _belong(first: str, second: str) -> bool:
    is_translation = first.endswith("_zh") and second == f"{first[:-3]}_en"
    return is_translation or PAIRS.get(first) == second


def _show(
    item: Item, data: Mapping[str, Any], prefix: str, choose: Choose, required: frozenset[str], help_text: Both
) -> ShownField | ShownRows:
    path, value = prefix + item.name, value_in(data, item.name)
    if isinstance(item, Rows):
        rows = [_row(item, row, f"{path}.{row['key']}", choose) for row in rows_in(value)]
        blank = _row(item, {"key": PLACEHOLDER, **_initial(item)}, f"{path}.{PLACEHOLDER}", choose)
        return ShownRows(item, path, rows, blank, str(help_text))
    text = str(value is True) if item.kind is Kind.FLAG else shown(item, value)
    options = choose(item) if item.kind in (Kind.CHOICE, Kind.CHOICES) else NO_CHOICES
    if text and item.kind is Kind.CHOICE and text not in options.values:
        options = Choices((*options, Option(text, text)))
    return ShownField(item, path, text, options, path in required, str(help_text))


def _initial(rows: Rows) -> dict[str, Any]:
    return {item.name: item.initial for item in rows.items if isinstance(item, Field) and item.initial}


def _row(rows: Rows, data: Mapping[str, Any], path: str, choose: Choose) -> ShownRow:
    parts = {
        item.name.replace(".", "_"): _show(item, data, f"{path}.", choose, frozenset(), Both("", ""))
        for item in rows.items
    }
    return ShownRow(str(data["key"]), path, parts, data)


# ---------------------------------------------------------------- remarks
def slots_of(blocks: Iterable[ShownBlock]) -> Iterator[tuple[str, Slot]]:
    """Every place of a page that remarks can stand at, outer ones first."""
    for block in blocks:
        yield block.path, block
        for part in block.parts.values():
            yield from _slots(part)


def _slots(part: ShownField | ShownRows) -> Iterator[tuple[str, Slot]]:
    yield part.path, part
    if isinstance(part, ShownRows):
        for row in part.rows:
            yield row.path, row
            for inner in row.f.values():
                yield from _slots(inner)


def place(blocks: Sequence[ShownBlock], remarks: Iterable[Remark]) -> dict[str, list[Remark]]:
    """Put each remark at the nearest place that shows its path; what has no place on the page is left out."""
    slots = dict(slots_of(blocks))
    placed: dict[str, list[Remark]] = {}
    for remark in remarks:
        path = remark.path
        while path and path not in slots:
            path = path.rpartition(".")[0]
        if path:
            slots[path].remarks.append(remark)
            placed.setdefault(path, []).append(remark)
    return placed
