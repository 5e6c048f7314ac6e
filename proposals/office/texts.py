"""One way to write a value on paper, so that what comes back can be compared with what went out."""

import base64
import hashlib
import re
from typing import Any

from pydantic_core import PydanticCustomError

from programs.cleaning import read_amount, read_date, read_whole
from proposals.forms.fields import Field, Kind
from proposals.forms.reading import shown, split_words, storable, value_in
from proposals.forms.showing import Choices

# XML can't hold these, nor what looks like a surrogate; Office drops lone carriage returns.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
ON = "True"
"""A flag that is set; an empty text where it isn't."""
TICKED = frozenset("☑☒✓✔√■")
EMPTY = "-----"


def text_of(field: Field, draft: Any, name: str, options: Choices) -> str:
    """What a draft holds at `name`, written plainly; choices as their keys."""
    value = value_in(draft, name)
    if field.kind is Kind.FLAG:
        return ON if value is True else ""
    return plain(field, shown(field, value), options)


def plain(field: Field, text: str, options: Choices) -> str:
    """The one way to write this value: digits and days in their usual form, no space around, known choices in order.

    What can't be understood stays as it was typed."""
    text = writable(storable(text)).strip()
    if field.kind is Kind.CHOICES:
        chosen = set(text.split(","))
        return ",".join(one.value for one in options if one.value in chosen)
    if field.kind is Kind.WORDS:
        return ", ".join(split_words(text))
    if field.kind is not Kind.TEXT:
        text = " ".join(text.split())
    try:
        if field.kind is Kind.AMOUNT:
            return shown(field, read_amount(text))
        if field.kind is Kind.WHOLE:
            return shown(field, read_whole(text))
        if field.kind is Kind.DAY:
            day = read_date(_usual_day(text))
            return day.isoformat() if day else ""
    except PydanticCustomError:
        pass
    return text


def writable(text: str) -> str:
    """The text without what no file of XML can hold."""
    return _UNWRITABLE.sub("", text)


def _usual_day(text: str) -> str:
    """2022年1月31日, 2022/1/31 and 2022.1.31 as 2022-01-31."""
    found = _DAY.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text


def stored(field: Field, text: str) -> Any:
    """The text as the form would have put it into the draft."""
    if field.kind is Kind.FLAG:
        return bool(text)
    return split_words(text) if field.kind is Kind.WORDS else text


def mark_of(text: str) -> str:
    """A short hash that tells whether a text was changed; collisions are one in a thousand million."""
    if not text:
        return EMPTY
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode("utf-8", "replace")).digest())[:5].decode()
