"""Posted fields and API JSON into parts of a draft, and a draft back into posted fields. Nothing typed is lost.

A form names its fields by dossier path (`parties.p1.name_zh`). A list sends the keys of its rows, in order, under its
own name; a hidden empty value beside them tells "no rows" from "not on this page". Wholly empty rows aren't kept."""

import math
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.money import FEN_PER_YUAN, format_yuan
from programs.cleaning import ROW_KEY
from proposals.forms.fields import Field, Item, Kind, Rows, Tree, tree_of

Parts = dict[str, Any]
Posted = Mapping[str, Sequence[str]]

MAX_ROWS = 500
MAX_CHARACTERS = 100_000
"""Five times what the longest text may have: enough to keep a pasted text that is too long, and to show it back."""

_SEPARATORS = re.compile(r"[,，;；、\n]")
_LINE_ENDS = re.compile("\r\n|\r")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ABSENT = object()


class BadDraft(ValueError):
    """API JSON that is no part of a draft; `path` says where."""

    def __init__(self, path: str) -> None:
        super().__init__(f"not a field that can be written: {path}")
        self.path = path


# ---------------------------------------------------------------- forms
def parts_from_post(items: Iterable[Item], posted: Posted) -> Parts:
    """What a form posted, as nested parts of a draft. Fields that were not in the form are left out."""
    parts: Parts = {}
    for item in items:
        if (value := _read(item, posted, "")) is not _ABSENT:
            _put(parts, item.name, value)
    return parts


def _read(item: Item, posted: Posted, prefix: str) -> Any:
    name = prefix + item.name
    if name not in posted:
        return _ABSENT
    if isinstance(item, Rows):
        keys = dict.fromkeys(key for key in posted[name] if ROW_KEY.fullmatch(key))
        rows = [_row(item, posted, f"{name}.{key}.", key) for key in list(keys)[:MAX_ROWS]]
        return [row for row in rows if not is_blank(item, row)]
    if item.kind is Kind.CHOICES:
        return storable(",".join(dict.fromkeys(key for key in posted[name][:MAX_ROWS] if key)))
    text = storable(posted[name][-1] if posted[name] else "")
    if item.kind is Kind.FLAG:
        return text not in {"", "0", "false"}
    return split_words(text) if item.kind is Kind.WORDS else text


def _row(rows: Rows, posted: Posted, prefix: str, key: str) -> Parts:
    row: Parts = {"key": key}
    for item in rows.items:
        if (value := _read(item, posted, prefix)) is not _ABSENT:
            _put(row, item.name, value)
    return row


def is_blank(rows: Rows, row: Mapping[str, Any]) -> bool:
    """Whether nobody has written anything into the row yet."""
    for item in rows.items:
        value = value_in(row, item.name)
        if isinstance(item, Rows):
            if any(not is_blank(item, inner) for inner in value or () if isinstance(inner, dict)):
                return False
        elif item.initial is not None and value not in ("", None, False, [], item.initial):
            return False
    return True


def split_words(text: str) -> list[str]:
    """The words of a list in one input; the same commas in Chinese and English."""
    return [word.strip() for word in _SEPARATORS.split(text) if word.strip()]


def storable(text: str) -> str:
    """The text as both databases can hold it: no NUL, no broken Unicode, lines ended by LF, of bounded length."""
    text = _SURROGATE.sub("\ufffd", text.replace("\x00", ""))
    return _LINE_ENDS.sub("\n", text)[:MAX_CHARACTERS]


def posted_from(items: Iterable[Item], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The form that would post this draft: the inverse of `parts_from_post`."""
    posted: dict[str, list[str]] = {}
    for item in items:
        _write(item, data, "", posted)
    return posted


def _write(item: Item, data: Mapping[str, Any], prefix: str, posted: dict[str, list[str]]) -> None:
    name, value = prefix + item.name, value_in(data, item.name)
    if isinstance(item, Rows):
        rows = rows_in(value)
        posted[name] = ["", *(row["key"] for row in rows)]
        for row in rows:
            for inner in item.items:
                _write(inner, row, f"{name}.{row['key']}.", posted)
    elif item.kind is Kind.FLAG:
        posted[name] = ["", "on"] if value is True else [""]
    elif item.kind is Kind.CHOICES:
        posted[name] = ["", *(key for key in shown(item, value).split(",") if key)]
    else:
        posted[name] = [shown(item, value)]


def shown(field: Field, value: Any) -> str:
    """A draft's value as it stands in its input: what was typed, or the clean value written for people."""
    if value is None or value is False:
        return ""
    if field.kind is Kind.WORDS and isinstance(value, list | tuple):
        return ", ".join(str(word) for word in value)
    if field.kind is Kind.AMOUNT and isinstance(value, int) and not isinstance(value, bool):
        if value == 0:
            return ""
        return format_yuan(value).removesuffix(".00") if value % FEN_PER_YUAN == 0 else format_yuan(value)
    if field.kind is Kind.WHOLE and value == 0:
        return ""
    return str(value)


# ---------------------------------------------------------------- API
def parts_from_json(items: Iterable[Item], data: Any) -> Parts:
    """The same parts from JSON. Rows without a usable key get one. Raises BadDraft for what applicants can't write."""
    return _branch(tree_of(tuple(items)), data, "")


def _branch(tree: Tree, data: Any, prefix: str, *, is_row: bool = False) -> Parts:
    if not isinstance(data, dict):
        raise BadDraft(prefix.rstrip(".") or "data")
    parts: Parts = {}
    for name, value in data.items():
        path = f"{prefix}{name}"
        if name in tree.leaves:
            parts[name] = _leaf(tree.leaves[name], value, path)
        elif name in tree.branches:
            parts[name] = _branch(tree.branches[name], value, f"{path}.")
        elif not (is_row and name == "key"):
            raise BadDraft(path)
    return parts


def _leaf(item: Item, value: Any, path: str) -> Any:
    if isinstance(item, Rows):
        return _json_rows(item, value, path)
    if item.kind is Kind.CHOICES and isinstance(value, list):
        return ",".join(dict.fromkeys(str(_scalar(key, path)) for key in value[:MAX_ROWS] if key))
    if item.kind is Kind.WORDS and isinstance(value, list):
        return [_scalar(word, path) for word in value[:MAX_ROWS]]
    return _scalar(value, path)


def _json_rows(rows: Rows, value: Any, path: str) -> list[Parts]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise BadDraft(path)
    tree, made, used = tree_of(rows.items), [], set[str]()
    for place, row in enumerate(value):
        parts = _branch(tree, row, f"{path}.{place}.", is_row=True)
        key = row.get("key")
        if not isinstance(key, str) or not ROW_KEY.fullmatch(key) or key in used:
            key = new_key(rows)
        used.add(key)
        if not is_blank(rows, parts):
            made.append({"key": key, **parts})
    return made


def _scalar(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > 10**18:
        return str(value)[:100]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise BadDraft(path)


# ---------------------------------------------------------------- drafts
def merged(stored: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """The draft with `parts` in place. Rows are matched by key, so that what a form doesn't show stays with its row."""
    return {**stored, **{name: _over(stored.get(name), value) for name, value in parts.items()}}


def _over(old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        return merged(old if isinstance(old, dict) else {}, new)
    if isinstance(new, list) and new and all(isinstance(row, dict) for row in new):
        keyed = {row["key"]: row for row in rows_in(old)}
        return [merged(keyed.get(row.get("key"), {}), row) for row in new]
    return new


def new_key(rows: Rows) -> str:
    """A key that no other row of any draft is likely to have, in this tab or another."""
    return f"{rows.letter}{secrets.token_hex(4)}"


def rows_in(value: Any) -> list[dict[str, Any]]:
    """The usable rows of a draft's list."""
    rows = value if isinstance(value, list | tuple) else ()
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("key"), str)]


def value_in(data: Any, path: str) -> Any:
    """What a draft holds at a dotted path, rows by key; None where there is nothing."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list | tuple):
            data = next((row for row in rows_in(data) if row["key"] == step), None)
        else:
            return None
    return data


def _put(parts: Parts, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        parts = parts.setdefault(step, {})
    parts[last] = value
