"""Chooses between a Chinese and an English text by the active language."""

from django.conf import settings
from django.utils import translation


def pick(zh: str, en: str) -> str:
    """`zh` when the active language is Chinese, else `en`; the other one when the chosen is empty."""
    if zh == en or not (zh and en):
        return zh or en
    is_chinese = settings.configured and (translation.get_language() or "").startswith("zh")
    return (zh or en) if is_chinese else (en or zh)
