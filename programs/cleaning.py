"""What a typed value may look like before it enters a dossier: text without tricks, amounts, numbers, dates.

Every refusal is a `PydanticCustomError` whose context holds the message in both languages (`zh`, `en`).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError, PydanticKnownError

from core.money import MAX_FEN, AmountTooLarge, NegativeAmount, NotAnAmount, parse_yuan

ROW_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
FIRST_YEAR, LAST_YEAR = 1900, 2200
LONGEST_LINE = 300
LARGEST_NUMBER = 2**53 - 1  # that canonical JSON (RFC 8785) can write
"""What identifies a row within its list, and hence stands in paths."""

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|\r|\u2028|\u2029|\x85")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")


@dataclass(frozen=True)
class Label:
    """A field's name for people, in both languages; sits in the `Annotated` metadata of a dossier field."""

    zh: str
    en: str


def refusal(code: str, zh: str, en: str) -> PydanticCustomError:
    """A bilingual validation error; braces never occur in the texts."""
    return PydanticCustomError(code, "{en}", {"zh": zh, "en": en})


def clean_text(text: str) -> str:
    """Normalise to NFC and LF, drop control characters except tab and newline, trim.

    Raises a refusal for bidirectional overrides, which make a text read otherwise than it is stored,
    and for broken Unicode, which no file can hold.
    """
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()  # nearly every text: nothing below can apply
    if _BIDI.search(text):
        raise refusal(
            "bidi",
            "文字中含有改变书写方向的不可见字符，请删除后重新输入。",
            "The text contains invisible characters that change its reading direction; please remove them.",
        )
    if _SURROGATE.search(text):
        raise refusal(
            "broken_text",
            "文字中含有无法保存的损坏字符，请删除后重新输入。",
            "The text contains broken characters that can't be stored; please remove them.",
        )
    return _CONTROL.sub("", unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))).strip()


def clean_line(text: str) -> str:
    """`clean_text` on one line: any run of white space becomes one space."""
    return " ".join(clean_text(text).split())


def _plain(value: Any) -> Any:
    """Full-width digits and signs as their plain forms; surrounding space gone."""
    return unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value


def read_amount(value: Any) -> int:
    """An amount in fen. A whole number is fen already; a text is what somebody typed, in yuan.

    "1,000,000.50" gives 100000050. Raises a refusal for "100万", "1e9", -1, 1.5, above `MAX_FEN`.
    """
    value = _plain(value)
    if value is None or value == "":
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        fen = value
    else:
        try:
            fen = parse_yuan(value) if isinstance(value, str) else parse_yuan("")
        except NegativeAmount:
            fen = -1
        except AmountTooLarge:
            fen = MAX_FEN + 1
        except NotAnAmount:
            raise refusal(
                "amount",
                "请用阿拉伯数字填写金额，单位为元，最多两位小数，例如 1000000.00（不要写“100万”或“1e6”）。",
                "Write the amount in yuan as digits with at most two decimals, such as 1000000.00 "
                "(not “100万” or “1e6”).",
            ) from None
    if fen < 0:
        raise refusal("amount_negative", "金额不能为负数。", "An amount can't be negative.")
    if fen > MAX_FEN:
        raise refusal("amount_large", "金额过大，请核对单位是否为元。", "The amount is too large; is it in yuan?")
    return fen


def read_whole(value: Any) -> Any:
    """A whole number as an int; an empty text as None. Raises a refusal for anything else."""
    value = _plain(value)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    raise refusal("whole_number", "请填写整数。", "Write a whole number.")


def read_date(value: Any) -> Any:
    """A date from `date` or ISO text (2022-01-31); an empty text as None. Raises a refusal for the rest, and for the
    years 2, 20 and 202 that a browser gives while 2022 is being typed: no calendar goes on from the first and last."""
    value = _plain(value)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            value = date.fromisoformat(value)
    except ValueError:
        pass
    if isinstance(value, date) and type(value) is date and FIRST_YEAR <= value.year <= LAST_YEAR:
        return value
    raise refusal(
        "date",
        "请按“年-月-日”填写有效日期，例如 2022-01-31。",
        "Write a valid date as year-month-day, such as 2022-01-31.",
    )


def matching(pattern: str, zh: str, en: str) -> AfterValidator:
    """A validator that takes an empty text or a full match of `pattern`."""

    def check(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise refusal("pattern", zh, en)
        return text

    return AfterValidator(check)


def _none_is_zero(value: Any) -> Any:
    return 0 if (number := read_whole(value)) is None else number


def _fitting(text: str) -> str:
    """The line, in NFC still no longer than columns are: some letters are two or three there."""
    if len(line := clean_line(text)) > LONGEST_LINE:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST_LINE})
    return line


Line = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_fitting)]
Text = Annotated[str, Field(max_length=20_000), AfterValidator(clean_text)]
Fen = Annotated[int, BeforeValidator(read_amount)]
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_none_is_zero)]
Months = Annotated[int, Field(ge=0, le=12), BeforeValidator(_none_is_zero)]
Year = Annotated[Annotated[int, Field(ge=1990, le=2200)] | None, BeforeValidator(read_whole)]
Day = Annotated[date | None, BeforeValidator(read_date)]
Reference = Annotated[Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None, BeforeValidator(read_whole)]
Key = Annotated[
    Line,
    matching(ROW_KEY.pattern, "行标识只能由字母、数字、横线组成。", "A row key is letters, digits, dashes."),
]
Country = Annotated[
    Line, matching(r"[A-Z]{2}", "请选择国家（两位 ISO 代码）。", "Choose a country (two-letter ISO code).")
]
Email = Annotated[
    Line,
    matching(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", "电子邮箱格式不正确。", "This isn't a valid e-mail address."),
]
Orcid = Annotated[
    Line,
    matching(
        r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]",
        "ORCID 形如 0000-0002-1825-0097。",
        "An ORCID looks like 0000-0002-1825-0097.",
    ),
]
CreditCode = Annotated[
    Line,
    matching(
        r"[0-9A-HJ-NPQRTUWXY]{18}",
        "统一社会信用代码为 18 位数字或大写字母。",
        "A unified social credit code is 18 digits or capital letters.",
    ),
]
Sha256 = Annotated[Line, matching(r"[0-9a-f]{64}", "文件校验值无效。", "The file's hash is invalid.")]
