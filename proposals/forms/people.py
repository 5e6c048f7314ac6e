"""Asking somebody by e-mail to write with the applicant, or to stand by their name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from proposals.enums import InvitationPurpose


class InviteForm(forms.Form):
    """Whom to ask, for what; `key` names the participant. The page gives each form its own ids."""

    purpose = forms.ChoiceField(choices=InvitationPurpose, widget=forms.HiddenInput)
    key = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"})
    )
