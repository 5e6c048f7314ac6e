"""Reads TOML that anybody may have sent: whatever it holds, it is read in moments or refused as TOML is refused."""

import re
import tomllib
from typing import Any

DEEPEST = 20
"""More tables and lists inside each other than any policy has, and fewer than programs that walk them can bear."""
# tomllib takes the square of a dotted name's length.
_DOTTED = re.compile(r"""(?:[\w"'-]{1,60}[ \t]*\.[ \t]*){40}""")


def read_toml_data(text: str) -> dict[str, Any]:
    """What the text says. Raises tomllib.TOMLDecodeError, for what is nested too deeply and too large numbers, too."""
    if _DOTTED.search(text):
        raise tomllib.TOMLDecodeError("Nested too deeply")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("Nested too deeply") from error
    except ValueError as error:  # more digits than Python reads
        raise tomllib.TOMLDecodeError("A number is too large") from error
    if depth_of(data) > DEEPEST:
        raise tomllib.TOMLDecodeError("Nested too deeply")
    return data


def depth_of(data: Any) -> int:
    """How many tables and lists are inside each other; of more than DEEPEST, one more than that."""
    depth, level = 0, [data]
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for held in level
            for inner in (held.values() if isinstance(held, dict) else held)
            if isinstance(inner, dict | list)
        ]
    return depth
