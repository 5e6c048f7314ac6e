"""Verification codes, their short addresses, and QR images that survive a bad scan."""

import base64
import io
import re
import secrets
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import segno
from django.conf import settings

# Crockford's base 32: no I, L, O, U, so that a code read aloud or from paper stays itself.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 12
_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+\-./:]+")
_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_code() -> str:
    """A fresh code of 60 random bits, 12 characters without separators."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def normalise_code(text: str) -> str | None:
    """The code a person meant (case, hyphens, I/L for 1, O for 0); None when it can't be one."""
    code = text.strip().upper().translate(_MISREAD)
    return code if len(code) == CODE_LENGTH and all(char in ALPHABET for char in code) else None


def display_code(code: str) -> str:
    """The code in groups of four, as printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def verification_url(code: str) -> str:
    """The public address of the code, made of QR alphanumeric characters.

    Scheme and host are case-insensitive, so they are put in capitals; /V/ is the short route to /verify/. A portal that
    lives below a path keeps the path's case and loses the dense mode only.
    """
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path.rstrip('/')}/V/{code}"


def is_dense(text: str) -> bool:
    """Whether a QR code can carry the text in its alphanumeric mode (5.5 bits a character)."""
    return _ALPHANUMERIC.fullmatch(text) is not None


@lru_cache(maxsize=256)
def qr_png(text: str, *, scale: int = 6) -> bytes:
    """A PNG of the text's QR code: error level M, quiet zone of four modules, one bit a pixel."""
    symbol = segno.make(text, error="m", boost_error=False, micro=False)
    stream = io.BytesIO()
    symbol.save(stream, kind="png", scale=scale, border=4)
    return stream.getvalue()


def qr_data_uri(text: str) -> str:
    """The QR code's PNG as a data URI; the same text always gives the same string, so a PDF embeds it once."""
    return "data:image/png;base64," + base64.b64encode(qr_png(text)).decode("ascii")
