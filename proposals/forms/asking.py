"""Asking a partner's contact to fill in and confirm the institution's part; the contact's own confirmation."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class AskPartnerForm(forms.Form):
    """Whom to send the link; `key` names the partner. The page gives each form its own ids."""

    key = forms.SlugField(max_length=40, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Contact's name"), max_length=300, widget=forms.TextInput(_PLAIN))
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(_PLAIN))
    language = forms.ChoiceField(label=_("Language of the letter and the page"), choices=settings.LANGUAGES)


class ConfirmPartForm(forms.Form):
    """Who confirms what they have just read."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Your name"), max_length=300, widget=forms.TextInput({"autocomplete": "name"}))
    position = forms.CharField(
        label=_("Your position"), max_length=300, widget=forms.TextInput({"autocomplete": "organization-title"})
    )
    agrees = forms.BooleanField(label=_("I am entitled to confirm this on behalf of the institution."))
