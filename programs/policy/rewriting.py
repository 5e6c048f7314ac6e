"""Changes a policy's TOML in one place and leaves the rest as it was typed, comments included."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

# An escape outside of a text, as in comments, is passed over: each quote in it would be tried as a beginning.
_STRINGS = re.compile(r'\\.|"(?:[^"\\]|\\.)*"|' + r"'[^']*'")
_FENCE = re.compile('"""|' + "'''")


@dataclass(frozen=True)
class Rewritten:
    """The new text, and the comments of the old one that it no longer has."""

    text: str
    lost: tuple[str, ...] = ()


def rewritten(text: str, data: Mapping[str, Any]) -> Rewritten:
    """`text`, a valid TOML, changed as little as possible so that it says `data`.

    What can't be changed in place is written anew; comments that went with it are named."""
    if tomllib.loads(text) == data:
        return Rewritten(text)
    new = _in_place(text, data)
    if new is None:
        new = written(data)
    gone = Counter(comments_of(text)) - Counter(comments_of(new))
    return Rewritten(new, tuple(gone.elements()))


def written(data: Mapping[str, Any]) -> str:
    """`data` as TOML from scratch, values before tables."""
    document = tomlkit.document()
    for name in sorted(data, key=lambda key: _is_table(data[key])):
        document.add(name, tomlkit.item(_plain(data[name])))
    return tomlkit.dumps(document)


def comments_of(text: str) -> list[str]:
    """The comments, without those inside of texts."""
    found, is_inside_text = [], False
    for line in text.splitlines():
        was_inside_text = is_inside_text
        is_inside_text ^= len(_FENCE.findall(line)) % 2 == 1
        if not (was_inside_text or is_inside_text) and "#" in (bare := _without_texts(line)):
            found.append(bare[bare.index("#") :].strip())
    return found


def _without_texts(line: str) -> str:
    return _STRINGS.sub(lambda found: found[0] if found[0].startswith("\\") else "", line)


def _in_place(text: str, data: Mapping[str, Any]) -> str | None:
    """The text with only the differences changed; None when that doesn't give `data`."""
    try:
        document = tomlkit.parse(text)
        _follow(document, data)
        new = tomlkit.dumps(document)
        return new if tomllib.loads(new) == data else None
    except (TOMLKitError, tomllib.TOMLDecodeError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _follow(table: Any, data: Mapping[str, Any]) -> None:
    """Makes a table say `data`."""
    for name in [name for name in table if name not in data]:
        del table[name]
    for name, wanted in data.items():
        if name not in table:
            table[name] = tomlkit.item(_plain(wanted))
            continue
        present = table[name]
        if _same(present, wanted):
            continue
        if isinstance(wanted, Mapping) and hasattr(present, "keys"):
            _follow(present, wanted)
        elif isinstance(present, AoT) and wanted and all(isinstance(row, Mapping) for row in wanted):
            _follow_rows(present, wanted)
        elif isinstance(present, Array) and isinstance(wanted, Sequence) and not isinstance(wanted, str):
            table[name] = _array(wanted)
        else:
            table[name] = tomlkit.item(_plain(wanted))


def _follow_rows(rows: AoT, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Rows that stay are kept with their comments; a row that changed is changed in place."""
    if len(rows) == len(wanted):
        for row, new in zip(list(rows), wanted, strict=True):
            if not _same(row, new):
                _follow(row, new)
        return
    first = 0
    while first < min(len(rows), len(wanted)) and _same(rows[first], wanted[first]):
        first += 1
    last = 0
    while last < min(len(rows), len(wanted)) - first and _same(rows[-1 - last], wanted[-1 - last]):
        last += 1
    for _ in range(len(rows) - last - first):
        del rows[first]
    for number, row in enumerate(wanted[first : len(wanted) - last]):
        rows.insert(first + number, tomlkit.item(_plain(row)))


def _array(values: Sequence[Any]) -> Any:
    """One line for words and numbers, a line each for tables."""
    array = tomlkit.array()
    for value in values:
        array.append(_inline(value))
    return array.multiline(any(isinstance(value, Mapping) for value in values))


def _inline(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for name, inner in value.items():
            table[name] = _inline(inner)
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(_inline(inner))
        return array
    return value


def _same(present: Any, wanted: Any) -> bool:
    plain = present.unwrap() if hasattr(present, "unwrap") else present
    return bool(plain == wanted) and type(plain) is type(wanted)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)
    )


def _plain(value: Any) -> Any:
    """Dictionaries with values before tables, as TOML wants them."""
    if isinstance(value, Mapping):
        return {name: _plain(value[name]) for name in sorted(value, key=lambda key: _is_table(value[key]))}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
