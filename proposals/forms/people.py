"""Asking somebody by e-mail to write with the applicant, or to stand by their name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from proposals.enums import Extent, InvitationPurpose


class InviteForm(forms.Form):
    """Whom to ask, for what; `key` names the participant. The page gives each form its own ids."""

    purpose = forms.ChoiceField(choices=InvitationPurpose, widget=forms.HiddenInput)
    key = forms.SlugField(max_length=40, required=False, widget=forms.HiddenInput)
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"})
    )
    extent = forms.ChoiceField(label=_("What they may do"), choices=Extent, required=False, initial=Extent.EDIT)

    def clean_extent(self) -> Extent:
        """Nothing chosen, as for participants, is the first of the choices."""
        return Extent(self.cleaned_data["extent"] or Extent.EDIT)


class ExtentForm(forms.Form):
    """What a co-writer may do from now on."""

    extent = forms.ChoiceField(choices=Extent)
