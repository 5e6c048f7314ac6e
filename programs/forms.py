"""Forms of the secretariat: a call from a policy file, a longer deadline."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant
from core import clock
from programs.actions import MOST_BYTES
from programs.enums import ExtensionScope
from programs.policy import PolicyError, builtin_names, builtin_text, load_builtin

LAST_YEAR = 2200


class NewCallForm(forms.Form):
    """A policy that comes with the portal, or an uploaded one; and whether its dates move to today."""

    builtin = forms.ChoiceField(label=_("Policy file"), required=False)
    upload = forms.FileField(
        label=_("Or upload a policy file"),
        required=False,
        help_text=_("A TOML file that extends one of the funder's programmes."),
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )
    is_shifted = forms.BooleanField(
        label=_("Move the dates so that the call is open today"),
        required=False,
        help_text=_("For demonstrations. The call says so on its page."),
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in builtin_names() if name.startswith(f"{tenant.slug}/calls/")]
        choices = [("", _("Choose…")), *((name, load_builtin(name).title) for name in names)]
        self.fields["builtin"].choices = choices  # type: ignore[attr-defined] # a ChoiceField's
        self._zone = tenant.zone

    def clean_upload(self) -> str:
        """The file's text."""
        upload = self.cleaned_data.get("upload")
        if not upload:
            return ""
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large for a policy."))
        try:
            text: str = upload.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is no text in UTF-8.")) from error
        return text

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two; `source` is its text."""
        data = super().clean() or {}
        builtin, upload = data.get("builtin"), data.get("upload")
        if self.errors:
            return data
        if bool(builtin) == bool(upload):
            raise forms.ValidationError(_("Choose a policy of the portal or upload one, not both."))
        try:
            data["source"] = upload or builtin_text(str(builtin))
        except PolicyError as error:
            raise forms.ValidationError(_("There is no such policy.")) from error
        return data

    @property
    def shift_to(self) -> date | None:
        """The day the call is to open, when its dates move."""
        return clock.today(self._zone) if self.cleaned_data.get("is_shifted") else None


class ExtensionForm(forms.Form):
    """Until when, for whom, and why."""

    last_day = forms.DateField(
        label=_("New last day"),
        help_text=_("Applications are taken until 24:00 of that day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    scope = forms.ChoiceField(label=_("For whom"), choices=ExtensionScope.choices, widget=forms.RadioSelect)
    reason_zh = forms.CharField(label=_("Reason (Chinese)"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    reason_en = forms.CharField(label=_("Reason (English)"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_last_day(self) -> date:
        """A day that the calendar's arithmetic can go on from."""
        day: date = self.cleaned_data["last_day"]
        if day.year > LAST_YEAR:
            raise forms.ValidationError(_("Enter a valid date."))
        return day


class InvitePersonForm(forms.Form):
    """A person by the address of their account."""

    email = forms.EmailField(label=_("E-mail address of their account"), max_length=254)
