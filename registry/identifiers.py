"""What names somebody beyond doubt: ORCID, USCC, ROR, each with its check characters; and names fit for a record."""

import hashlib
import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import isni
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.iso7064 import mod_97_10

LONGEST_KEY: Final = 200
_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR = re.compile(rf"0[{_CROCKFORD}]{{6}}[0-9]{{2}}")
_INVISIBLE: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(text: str) -> str:
    """The text in NFC on one line. Raises ValidationError for characters that nobody sees."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(char) in _INVISIBLE for char in line):
        raise ValidationError(_("The text has invisible characters: type it anew."))
    return line


def key_of(name: str) -> str:
    """What two spellings of one institution's name share: letters and digits, without width and case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    key = "".join(char for char in plain if char.isalnum())
    # One sign may be eighteen letters; what no column holds is told apart by its hash.
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def orcid_of(text: str) -> str:
    """`0000-0002-1825-0097` of any way to write it, its https address too; "" of nothing.

    Raises ValidationError for a number that can't be one."""
    bare = _bare(text, r"(?:https?://)?(?:www\.)?orcid\.org/").upper()
    if not bare:
        return ""
    digits = bare.replace("-", "").replace(" ", "")
    try:
        isni.validate(digits)
    except WrongNumber:
        raise ValidationError(
            _("This is no ORCID: sixteen digits as on your ORCID page, such as 0000-0002-1825-0097.")
        ) from None
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def uscc_of(text: str) -> str:
    """The unified social credit code without blanks, in capitals; "" of nothing. Raises ValidationError."""
    bare = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not bare:
        return ""
    try:
        found: str = uscc.validate(bare)
    except WrongNumber:
        raise ValidationError(
            _("This is no unified social credit code: eighteen characters, the last of which checks the others.")
        ) from None
    return found


def ror_of(text: str) -> str:
    """`02mhbdp94` of a ROR identifier or its https address; "" of nothing. Raises ValidationError."""
    bare = _bare(text, r"(?:https?://)?(?:www\.)?ror\.org/").lower()
    if not bare:
        return ""
    if not _ROR.fullmatch(bare) or not _is_ror(bare):
        raise ValidationError(_("This is no ROR identifier: nine characters, such as those behind https://ror.org/."))
    return bare


def _is_ror(bare: str) -> bool:
    """Seven characters of Crockford's base 32, then two digits: ISO 7064 mod 97-10 of the number they write."""
    number = 0
    for char in bare[:7]:
        number = number * 32 + _CROCKFORD.index(char)
    return bool(mod_97_10.is_valid(f"{number}{bare[7:]}"))


def _bare(text: str, address: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    return re.sub(f"^{address}", "", plain, flags=re.IGNORECASE).rstrip("/")
