"""Money is a whole number of fen (1 yuan = 100 fen); 万元 exists only where it is displayed."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from math import floor

import cn2an

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
# Far above any grant, far below what 64-bit sums can hold.
MAX_FEN = 10**13

_MINUS = ("-", "−", "－")
_PLAIN = re.compile(r"^\d{1,3}(,\d{3})+(\.\d{1,2})?$|^\d+(\.\d{1,2})?$")


class NotAnAmount(ValueError):
    """The text is no non-negative amount in yuan with at most two decimals."""


class NegativeAmount(NotAnAmount):
    """A number below zero."""


class AmountTooLarge(NotAnAmount):
    """A number above MAX_FEN."""


def yuan(amount: int | str | Decimal) -> int:
    """Fen of an amount in yuan, rounded half up to the fen."""
    try:
        return int((Decimal(amount) * FEN_PER_YUAN).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation as error:
        raise NotAnAmount(str(amount)) from error


def parse_yuan(text: str) -> int:
    """Fen of what a person typed as yuan: digits, thousands commas, at most two decimals.

    Raises NotAnAmount for anything else ("1e9", "100万", "1,00"): NegativeAmount for "-1", AmountTooLarge for more
    than MAX_FEN."""
    cleaned = text.strip().removeprefix("¥").removeprefix("￥").strip()
    if cleaned[:1] in _MINUS and _PLAIN.match(cleaned[1:].strip().removeprefix("¥").strip()):
        raise NegativeAmount(text)
    if not cleaned.isascii() or not _PLAIN.match(cleaned):
        raise NotAnAmount(text)
    fen = yuan(cleaned.replace(",", ""))
    if fen > MAX_FEN:
        raise AmountTooLarge(text)
    return fen


def format_yuan(fen: int) -> str:
    """1234567 fen → '12,345.67'."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{whole:,}.{rest:02d}"


def format_wan(fen: int) -> str:
    """120000000 fen → '120' (万元), without trailing zeros, exact to the fen."""
    number = Decimal(fen) / FEN_PER_WAN
    text = f"{number:,.6f}".rstrip("0").rstrip(".")
    return text or "0"


def capital(fen: int) -> str:
    """The amount in capital Chinese numerals, as books require: 壹佰贰拾万元整."""
    return str(cn2an.an2cn(format_yuan(fen).replace(",", ""), "rmb"))


def allocate(total_fen: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split `total_fen` in proportion to `weights`, to the fen, by largest remainder; the parts add up exactly.

    Raises ValueError when there is no positive weight or one is negative."""
    if any(weight < 0 for weight in weights) or sum(weights) <= 0:
        raise ValueError("weights must be non-negative with a positive sum")
    whole = sum(Fraction(weight) for weight in weights)
    exact = [Fraction(total_fen) * Fraction(weight) / whole for weight in weights]
    parts = [floor(share) for share in exact]
    missing = total_fen - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(exact[i] - parts[i]), i))
    for index in by_remainder[:missing]:
        parts[index] += 1
    return parts
