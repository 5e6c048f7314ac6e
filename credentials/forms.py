"""Asking for a link."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_EMAIL = 254


class LinkForm(forms.Form):
    """The address of the account."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=MOST_EMAIL, widget=forms.EmailInput({"autocomplete": "username"})
    )

    def clean_email(self) -> Any:
        """Addresses are stored lower-case."""
        return self.cleaned_data["email"].strip().lower()
