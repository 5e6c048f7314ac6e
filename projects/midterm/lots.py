"""Drawing lots that anybody can draw again: the smallest SHA-256 of "seed:grant number" come first."""

import hashlib
import secrets
from collections.abc import Iterable


def lot(seed: str, number: str) -> str:
    """The lot of a grant number: hex SHA-256 of the UTF-8 text "seed:number"."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def in_order(seed: str, numbers: Iterable[str]) -> list[tuple[str, str]]:
    """(grant number, lot), the first drawn first; the order they come in makes no difference."""
    return sorted(((number, lot(seed, number)) for number in numbers), key=lambda pair: pair[1])


def new_seed() -> str:
    """A seed that nobody could know before: 128 random bits in hex."""
    return secrets.token_hex(16)
