"""Numbers that came with an address or a form, where people may write anything."""

from typing import Final

# Every key and counter of the databases fits in; int() itself would fail on some thousand digits.
MOST_DIGITS: Final = 18


def whole(text: str | None, *, digits: int = MOST_DIGITS) -> int | None:
    """The number from 0 up that `text` writes in plain digits, so many at most; None for anything else."""
    if text and len(text) <= digits and text.isascii() and text.isdecimal():
        return int(text)
    return None


def revision(text: str | None) -> int:
    """The revision that a page was made from; -1, which is never current, for nonsense."""
    found = whole(text, digits=9)
    return -1 if found is None else found
