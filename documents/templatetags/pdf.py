"""Tags of the PDF templates: bilingual labels, amounts, dates, text in paragraphs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.money import capital, format_wan, format_yuan
from documents.book import Label, is_chinese

register = template.Library()


@register.simple_tag
def both(zh: str, en: str) -> SafeString:
    """A label in both languages, the document's own first and the other one smaller."""
    if is_chinese():
        return format_html('{} <span class="b" lang="en">{}</span>', zh, en)
    return format_html('{} <span class="b" lang="zh-Hans">{}</span>', en, zh)


@register.filter
def bilingual(value: Any) -> SafeString:
    """A Label in both languages; one that is equal or missing in one of them only once."""
    zh, en = value
    if not zh or not en or zh == en:
        return format_html("{}", zh or en)
    return both(zh, en)


@register.filter
def label(key: str, labels: Mapping[str, Label]) -> SafeString:
    """The label of a key in both languages; the key itself where the vocabulary does not know it."""
    found = labels.get(key)
    return bilingual(found) if found else conditional_escape(key)


@register.filter
def short(key: str, labels: Mapping[str, Label]) -> str:
    """The label of a key in the document's language; the key itself where the vocabulary does not know it."""
    found = labels.get(key)
    return str(found) if found else key


@register.filter
def party(key: str, dossier: Any) -> str:
    """The name of the unit with this key, in the document's language."""
    return str(Label(*dossier.party_name(key)))


@register.filter
def name(thing: Any) -> str:
    """`name_zh` or `name_en` of a person or an institution, in the document's language."""
    return str(Label(thing.name_zh, thing.name_en))


@register.filter
def names(thing: Any) -> SafeString:
    """Both names of a person or an institution."""
    return bilingual(Label(thing.name_zh, thing.name_en))


@register.filter
def yuan(fen: int) -> str:
    """12,345.67"""
    return format_yuan(fen)


@register.filter
def yuan_or_dash(fen: int) -> str:
    """12,345.67, or a dash for nothing, which keeps a wide table readable."""
    return format_yuan(fen) if fen else "–"


@register.filter
def wan(fen: int) -> str:
    """The amount in 万元, without the unit."""
    return format_wan(fen)


@register.filter
def amount(fen: int) -> str:
    """120 万元 in Chinese, CNY 1,200,000.00 in English."""
    return f"{format_wan(fen)} 万元" if is_chinese() else f"CNY {format_yuan(fen)}"


@register.filter
def in_capitals(fen: int) -> str:
    """The amount in capital Chinese numerals (人民币大写)."""
    return capital(fen)


@register.filter
def day(value: date | None) -> str:
    """2021年7月30日 or 30 July 2021."""
    if value is None:
        return "–"
    if is_chinese():
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


@register.filter
def day_in(value: date | None, language: str) -> str:
    """The date as written in `zh` or `en`, whatever the document's language."""
    if value is None:
        return "–"
    return f"{value.year}年{value.month}月{value.day}日" if language == "zh" else f"{value.day} {value:%B %Y}"


@register.filter
def prose(text: str) -> SafeString:
    """The text's lines as paragraphs; blank lines go."""
    lines = [(line.strip(),) for line in text.splitlines() if line.strip()]
    return format_html_join("", "<p>{}</p>", lines or [("–",)])


@register.filter
def lines(text: str) -> SafeString:
    """The text's lines with breaks between them: lighter than paragraphs, for table cells."""
    kept = [(line.strip(),) for line in text.splitlines() if line.strip()]
    return format_html_join(mark_safe("<br>"), "{}", kept or [("–",)])


@register.filter
def in_language(value: Label) -> str:
    """The Label's text in the document's language."""
    return str(value)


@register.filter
def other_language(value: Label) -> str:
    """The Label's text in the language that isn't the document's."""
    return value.en if is_chinese() else value.zh


@register.filter
def pair(thing: Any, field: str) -> Label:
    """The Label of a field kept as `<field>_zh` and `<field>_en`."""
    return Label(getattr(thing, f"{field}_zh"), getattr(thing, f"{field}_en"))


@register.filter
def in_pairs(things: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The things two by two, None beside an odd last one."""
    padded = [*things, None] if len(things) % 2 else list(things)
    return list(zip(padded[::2], padded[1::2], strict=True))
