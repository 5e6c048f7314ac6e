"""Form fields that several apps need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.money import MAX_FEN, AmountTooLarge, NegativeAmount, NotAnAmount, format_yuan, parse_yuan


class YuanField(forms.CharField):
    """An amount typed in yuan; gives fen."""

    def __init__(self, **more: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "text-end"}
        super().__init__(widget=forms.TextInput(attributes), max_length=30, **more)

    def clean(self, value: Any) -> int | None:
        """Fen, None for nothing. Raises ValidationError for "100万", "1e9", "-1", with what is wrong."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except NegativeAmount:
            raise ValidationError(_("An amount can't be negative.")) from None
        except AmountTooLarge:
            raise ValidationError(_("The amount is too large; is it in yuan?")) from None
        except NotAnAmount:
            raise ValidationError(
                _("Write the amount in yuan as digits with at most two decimals, such as 1000000.00.")
            ) from None

    def prepare_value(self, value: Any) -> Any:
        return format_yuan(value) if isinstance(value, int) and 0 <= value <= MAX_FEN else value
