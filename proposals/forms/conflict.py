"""Two versions of one page side by side: what differs, and the page that follows from one's choices."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from proposals.forms.fields import Field, Kind, Rows
from proposals.forms.pages import Page
from proposals.forms.reading import Parts, posted_from, rows_in, value_in

Side = Literal["mine", "theirs"]


@dataclass(frozen=True)
class Text:
    """One value of both versions."""

    name: str
    label: str
    mine: str
    theirs: str
    is_text: bool

    @property
    def can_be_merged(self) -> bool:
        """Whether it is plain writing, to be edited by hand from both."""
        return self.is_text


@dataclass(frozen=True)
class Difference:
    """One field, or one row, that isn't the same in both versions. `only` says which one has the row at all."""

    path: str
    label: str
    texts: tuple[Text, ...]
    only: Side | Literal[""] = ""

    @property
    def default(self) -> Side:
        """What is kept unless one chooses otherwise: never the loss of a row."""
        return "theirs" if self.only == "theirs" else "mine"


def differences(page: Page, mine: Mapping[str, Any], stored: Mapping[str, Any]) -> list[Difference]:
    """What differs between the posted parts of a page and the draft as stored."""
    found: list[Difference] = []
    for item in page.items:
        own = value_in(mine, item.name)
        if own is None and item.name not in mine:
            continue
        if isinstance(item, Rows):
            found += _rows(item, own, value_in(stored, item.name))
        elif texts := _texts(item, mine, stored):
            found.append(Difference(item.name, str(item.label), texts))
    return found


def comparison(
    page: Page, mine: Mapping[str, Any], stored: Mapping[str, Any], paths: frozenset[str] | None = None
) -> dict[str, Any]:
    """What the page with both versions shows: the fields at `paths`, all else being merged in `mine`, or without paths
    all that differs. `hidden` is what it sends along unseen, `resolve` how its choices are meant."""
    found = differences(page, mine, stored)
    if paths is not None:
        found = [one for row in found for one in _at(row, paths)]
    visible = {text.name for one in found if not one.only for text in one.texts if text.can_be_merged}
    hidden = [
        (name, value)
        for name, values in posted_from(page.items, mine).items()
        if name not in visible
        for value in values
    ]
    return {"differences": found, "hidden": hidden, "resolve": "rows" if paths is None else "fields"}


def _at(found: Difference, paths: frozenset[str]) -> Iterator[Difference]:
    for text in found.texts:
        if text.name in paths:
            label = found.label if found.path == text.name else f"{found.label} · {text.label}"
            yield Difference(text.name, label, (text,))


def taken(mine: Parts, stored: Mapping[str, Any], choices: Mapping[str, str]) -> Parts:
    """One's own parts with the stored text of the fields for which "theirs" was chosen."""
    parts: Parts = deepcopy(mine)
    for path in (path for path, side in choices.items() if side == "theirs"):
        outer, _, last = path.rpartition(".")
        here = value_in(parts, outer) if outer else parts
        if isinstance(here, dict) and last in here:
            here[last] = value_in(stored, path)
    return parts


def _rows(rows: Rows, mine: Any, stored: Any) -> Iterator[Difference]:
    own, other = ({row["key"]: row for row in rows_in(value)} for value in (mine, stored))
    for key in [*own, *(key for key in other if key not in own)]:
        texts = _texts(rows, {rows.name: [own[key]] if key in own else []}, {rows.name: [other.get(key, {})]})
        if key in own and key in other and not texts:
            continue
        only: Side | Literal[""] = "" if key in own and key in other else "mine" if key in own else "theirs"
        yield Difference(f"{rows.name}.{key}", f"{rows.label} · {_name(own.get(key) or other[key])}", texts, only)


def _texts(item: Field | Rows, mine: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[Text, ...]:
    left, right = posted_from((item,), mine), posted_from((item,), stored)
    labels = _labels(item)
    texts = []
    for name in [*left, *(name for name in right if name not in left)]:
        before, after = "\n".join(left.get(name, [])).strip(), "\n".join(right.get(name, [])).strip()
        leaf = labels.get(_plain(name))
        if before == after or leaf is None or leaf.kind is Kind.HIDDEN:
            continue
        if leaf.kind is Kind.FLAG:
            before, after = ("✓" if value else "–" for value in (before, after))
        texts.append(Text(name, str(leaf.label), before, after, leaf.kind in (Kind.TEXT, Kind.LINE, Kind.LONG_LINE)))
    return tuple(texts)


def _labels(item: Field | Rows, prefix: str = "") -> dict[str, Field]:
    """Leaf fields by their name without row keys."""
    name = prefix + item.name
    if isinstance(item, Field):
        return {name: item}
    found: dict[str, Field] = {}
    for inner in item.items:
        found |= _labels(inner, f"{name}.*.")
    return found


def _plain(name: str) -> str:
    """`parties.p1.name_zh` → `parties.*.name_zh`: every second step below a list is a row's key."""
    for rows in (
        "parties",
        "participants",
        "activities",
        "budget_lines",
        "disbursement",
        "partner_allocation",
        "justifications",
    ):
        if name.startswith(f"{rows}."):
            return f"{rows}.*.{name.split('.', 2)[2]}"
    if name.startswith("yearly_plan."):
        steps = name.split(".")
        return ".".join("*" if place in (1, 3) else step for place, step in enumerate(steps))
    return name


def _name(row: Mapping[str, Any]) -> str:
    shown = (row.get(name) for name in ("name_zh", "name_en", "name", "year"))
    return str(next((value for value in shown if value), row.get("key", "")))


def resolved(page: Page, mine: Mapping[str, Any], stored: Mapping[str, Any], choices: Mapping[str, str]) -> Parts:
    """The parts that follow from the choices (path → "mine" or "theirs")."""
    chosen = {one.path: choices.get(one.path, one.default) for one in differences(page, mine, stored)}
    parts: Parts = {}
    for item in page.items:
        own, other = value_in(mine, item.name), value_in(stored, item.name)
        if isinstance(item, Rows):
            value: Any = _chosen_rows(item, own, other, chosen)
        else:
            value = other if chosen.get(item.name) == "theirs" else own
        here = parts
        *steps, last = item.name.split(".")
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = value if value is not None else ""
    return parts


def _chosen_rows(rows: Rows, mine: Any, stored: Any, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    own, other = ({row["key"]: row for row in rows_in(value)} for value in (mine, stored))
    kept = []
    for key in [*own, *(key for key in other if key not in own)]:
        source = other if chosen.get(f"{rows.name}.{key}", "mine") == "theirs" else own
        if key in source:
            kept.append(source[key])
    return kept
