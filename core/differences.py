"""What changed between two texts, in pieces that people can follow: words in Latin script, characters in Chinese."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

# Beyond this many tokens a comparison of tokens costs more than it tells.
MOST_TOKENS = 4000
_TOKEN = re.compile(r"[A-Za-z0-9À-ɏ']+|\s+|.", re.DOTALL)


class Piece(NamedTuple):
    """A run of text that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in reading order: without the added ones `before`, without the removed ones `after`."""
    if before == after:
        return [Piece("same", before)] if before else []
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > MOST_TOKENS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(_runs(old, new))


def _runs(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.3:
        # Two different texts: a patchwork of common letters would only confuse.
        yield from _both("".join(old), "".join(new))
        return
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[i1:i2]))
        else:
            yield from _both("".join(old[i1:i2]), "".join(new[j1:j2]))


def _both(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)
