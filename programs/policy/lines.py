"""Finds the line of a value in a TOML text, so that an error can name it."""

import re
from typing import Any

Loc = tuple[int | str, ...]

_HEADER = re.compile(r"\s*(\[\[?)([^\]]+)\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w-]+(?:\.[\w-]+)*)\s*=""")
_FENCE = re.compile('"""|' + "'''")


def line_numbers(text: str) -> dict[Loc, int]:
    """Line (from 1) of every table, table row and key, by its path in the parsed data."""
    lines: dict[Loc, int] = {}
    rows: dict[Loc, int] = {}
    here: Loc = ()
    is_inside_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        was_inside_text = is_inside_text
        is_inside_text ^= len(_FENCE.findall(line)) % 2 == 1
        if was_inside_text:
            continue
        if header := _HEADER.match(line):
            here = _resolve(header[2].strip(), rows)
            if header[1] == "[[":
                rows[here] = rows.get(here, -1) + 1
                here = (*here, rows[here])
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, *_names(key[1])), number)
    return lines


def line_of(loc: Loc, lines: dict[Loc, int]) -> int:
    """Line of the value at `loc`, or of the nearest thing around it that has one; 1 at worst."""
    while loc:
        for place in (loc, (*loc, 0)):
            if place in lines:
                return lines[place]
        loc = loc[:-1]
    return 1


def data_loc(loc: Loc, data: Any) -> Loc:
    """`loc` as pydantic gives it without the marks (union tags) that the data doesn't have.

    The last step stays even when absent: it names what is missing.
    """
    found: list[int | str] = []
    for position, step in enumerate(loc):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            if position < len(loc) - 1:
                continue
        found.append(step)
    return tuple(found)


def _names(text: str) -> list[str]:
    return [name.strip().strip("\"'") for name in re.findall(r"""\s*("[^"]*"|'[^']*'|[^."']+)\s*""", text)]


def _resolve(header: str, rows: dict[Loc, int]) -> Loc:
    """The path of a header: a name that is an array of tables so far stands for its last row."""
    names = _names(header)
    loc: Loc = ()
    for position, name in enumerate(names):
        loc = (*loc, name)
        if loc in rows and position < len(names) - 1:
            loc = (*loc, rows[loc])
    return loc
