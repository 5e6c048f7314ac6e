"""Two people, or two tabs, on one page: each field is merged by itself, by what it said when the page was given out.

A page carries a short print of each of its values. A field that only one side changed takes that side's text; one
that both changed differently is a clash, to be shown side by side; a row that one removed while the other wrote in it
stays."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proposals.forms.fields import Field, Item, Kind, Rows
from proposals.forms.reading import Parts, posted_from, rows_in, value_in

LENGTH = 8
"""Characters of a print: one in four thousand million changes would go unnoticed."""
LEAVES = ""
_MISSING = object()
Prints = Mapping[str, Any]


def base_of(items: Iterable[Item], data: Mapping[str, Any]) -> str:
    """The prints of all values of a page, for its form."""
    text = json.dumps(_prints(tuple(items), data), separators=(",", ":"))
    return urlsafe_b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")


def prints_in(base: str) -> Prints | None:
    """What a form sent back; None for what no page gave out."""
    try:
        found = json.loads(urlsafe_b64decode(base.encode() + b"=" * (-len(base) % 4)))
    except (ValueError, NotBase64, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def _prints(items: Sequence[Item], data: Mapping[str, Any]) -> dict[str, Any]:
    leaves = "".join(_print(item, data) for item in items if isinstance(item, Field))
    found: dict[str, Any] = {LEAVES: leaves}
    for item in items:
        if isinstance(item, Rows):
            rows = rows_in(value_in(data, item.name))
            found[item.name] = {row["key"]: _prints(item.items, row) for row in rows}
    return found


def _print(item: Item, data: Mapping[str, Any]) -> str:
    """Of one value, or of a list with all that is in it."""
    text = json.dumps(posted_from((item,), data), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


# ---------------------------------------------------------------- merging
@dataclass
class Merged:
    """What is to be saved: `parts`, with one's own text where both sides wrote; `clashes` are the paths of those."""

    parts: Parts
    clashes: set[str] = field(default_factory=set)


def merge(items: Iterable[Item], mine: Mapping[str, Any], stored: Mapping[str, Any], base: Prints) -> Merged:
    """The posted parts `mine` over what the draft says by now."""
    merged = Merged({})
    merged.parts = _level(tuple(items), mine, stored, base, "", merged.clashes)
    return merged


def _level(
    items: Sequence[Item],
    mine: Mapping[str, Any],
    stored: Mapping[str, Any],
    base: Prints,
    prefix: str,
    clashes: set[str],
) -> Parts:
    parts: Parts = {}
    before = _leaf_prints(items, base)
    for item in items:
        own = _held(mine, item.name)
        if own is _MISSING:  # not on the form: it stays as it is
            continue
        path = prefix + item.name
        if isinstance(item, Rows):
            was = base.get(item.name)
            rows = was if isinstance(was, dict) else {}
            value: Any = list(_rows(item, own, value_in(stored, item.name), rows, path, clashes))
        else:
            value = _value(item, mine, stored, before[item.name], path, clashes)
        here = parts
        *steps, last = item.name.split(".")
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = value
    return parts


def _value(
    item: Field, mine: Mapping[str, Any], stored: Mapping[str, Any], before: str, path: str, clashes: set[str]
) -> Any:
    own, theirs = _print(item, mine), _print(item, stored)
    if own == before and theirs != before:
        return value_in(stored, item.name)
    if before not in (own, theirs) and own != theirs and item.kind is not Kind.HIDDEN:
        clashes.add(path)
    return value_in(mine, item.name)


def _rows(rows: Rows, mine: Any, stored: Any, base: Prints, path: str, clashes: set[str]) -> Iterator[dict[str, Any]]:
    own, other = ({row["key"]: row for row in rows_in(value)} for value in (mine, stored))
    for key, row in own.items():
        was = base.get(key)
        known = was if isinstance(was, dict) else {}
        if key in other:
            yield {"key": key, **_level(rows.items, row, other[key], known, f"{path}.{key}.", clashes)}
        elif was is None or _is_changed(rows, row, known):
            yield row
    for key, row in other.items():
        if key not in own and (key not in base or _is_changed(rows, row, base[key])):
            yield row


def _is_changed(rows: Rows, row: Mapping[str, Any], before: Any) -> bool:
    """Whether somebody wrote in the row; a value that the form doesn't send counts as it was."""
    if not isinstance(before, dict):
        return True
    was = _leaf_prints(rows.items, before)
    for item in rows.items:
        if _held(row, item.name) is _MISSING:
            continue
        if isinstance(item, Field):
            if _print(item, row) != was[item.name]:
                return True
        elif _prints((item,), row)[item.name] != before.get(item.name):
            return True
    return False


def _leaf_prints(items: Sequence[Item], prints: Prints) -> dict[str, str]:
    """By name; what the page didn't know was empty."""
    names = [item for item in items if isinstance(item, Field)]
    joined = prints.get(LEAVES)
    if not isinstance(joined, str) or len(joined) != LENGTH * len(names):
        joined = "".join(_print(item, {}) for item in names)
    return {item.name: joined[n * LENGTH : (n + 1) * LENGTH] for n, item in enumerate(names)}


def _held(data: Mapping[str, Any], path: str) -> Any:
    here: Any = data
    for step in path.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return _MISSING
        here = here[step]
    return here


# ---------------------------------------------------------------- what the page still shows
@dataclass(frozen=True)
class News:
    """What a saved page says otherwise than the form that saved it."""

    values: dict[str, list[str]]
    """The fields that others wrote, by name, as a form would post them."""
    has_other_rows: bool
    """Whether others added or removed rows."""


def news(items: Sequence[Item], shown: Mapping[str, Any], stored: Mapping[str, Any]) -> News:
    """What others have added to the page since it was given out."""
    before, after = posted_from(items, shown), posted_from(items, stored)
    lists = {name for name in {*before, *after} if _is_list(items, name)}
    leaves = (name for name in after if name in before and name not in lists)
    return News(
        values={name: after[name] for name in leaves if after[name] != before[name]},
        has_other_rows=any(set(before.get(name, ())) != set(after.get(name, ())) for name in lists),
    )


def _is_list(items: Sequence[Item], name: str) -> bool:
    """Whether the posted name is that of a list, whose values are keys."""
    here: Sequence[Item] = items
    rest = name
    while True:
        found = next(
            (
                item
                for item in here
                if isinstance(item, Rows) and (rest == item.name or rest.startswith(f"{item.name}."))
            ),
            None,
        )
        if found is None:
            return False
        if rest == found.name:
            return True
        steps = rest.removeprefix(f"{found.name}.").split(".", 1)
        if len(steps) < 2:
            return False
        here, rest = found.items, steps[1]
