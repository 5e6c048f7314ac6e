"""What a person types about themselves and where they work."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution
from accounts.queries import institutions_named
from registry.forms.names import NameField
from registry.identifiers import orcid_of

MOST_SHOWN = 12
MISSING = "missing"


class NamesForm(forms.Form):
    """Names and ORCID, each cleaned; one name is needed."""

    name_zh = NameField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)
    name_en = NameField(label=gettext_lazy("Name in Latin letters"), max_length=120, required=False)
    orcid = forms.CharField(
        label="ORCID",
        max_length=60,
        required=False,
        help_text=gettext_lazy("If you have one: the number or its https address. Its check digit is tested."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of mails"), choices=settings.LANGUAGES)

    def clean_orcid(self) -> str:
        return orcid_of(self.cleaned_data["orcid"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed = {"name_zh", "name_en"} & data.keys()
        if len(typed) == 2 and not (data["name_zh"] or data["name_en"]):
            self.add_error("name_zh", _("Write your name, in Chinese or in Latin letters."))
        return data


class PlaceForm(forms.Form):
    """An institution of the directory: a part of its name, then one of those that have it."""

    place_text = forms.CharField(
        label=gettext_lazy("Institution"),
        max_length=200,
        help_text=gettext_lazy("A part of its name in Chinese or English, or its unified social credit code."),
    )
    place = forms.ChoiceField(label=gettext_lazy("Which one?"), required=False, widget=forms.RadioSelect)
    may_be_missing = False

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        text = str((data or {}).get(self.add_prefix("place_text"), "")).replace("\x00", "").strip()[:200]
        self.found: list[Institution] = institutions_named(text, limit=MOST_SHOWN)
        choices = [(str(one.pk), self._name(one)) for one in self.found]
        if self.may_be_missing and text:
            choices.append((MISSING, str(_("Mine is not among them: I shall register it afterwards"))))
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def _name(place: Institution) -> str:
        names = [name for name in (place.name_zh, place.name_en) if name]
        return f"{' · '.join(names)} ({place.country})"

    def clean(self) -> dict[str, Any]:
        """`institution` is the one meant, None for a missing one."""
        data: dict[str, Any] = super().clean() or {}
        chosen = data.get("place", "")
        data["institution"] = next((one for one in self.found if str(one.pk) == chosen), None)
        if "place_text" in data and "place" in data and not chosen:
            self._require_choice(data)
        return data

    def _require_choice(self, data: dict[str, Any]) -> None:
        text = data["place_text"].casefold()
        same = [
            one for one in self.found if text in (one.name_zh.casefold(), one.name_en.casefold(), one.uscc.casefold())
        ]
        if len(same) == 1:
            data["institution"] = same[0]
        elif self.found:
            self.add_error("place", ValidationError(_("Choose your institution.")))
        else:
            self.add_error("place_text", ValidationError(_("No institution is called “%(text)s”.") % {"text": text}))


class RegistrationForm(NamesForm, PlaceForm):
    """Everything that a new person says."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("Your address at work, if you have one: your institution recognises you by it."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    has_read = forms.BooleanField(label=gettext_lazy("I have read how my data are used"))
    may_be_missing = True
    field_order = ("email", "name_zh", "name_en", "orcid", "language", "place_text", "place", "has_read")

    def clean_email(self) -> Any:
        """Addresses are stored lower-case."""
        return self.cleaned_data["email"].strip().lower()


class AskForm(PlaceForm):
    """Where a person with an account works now."""

    position = NameField(label=gettext_lazy("Position"), max_length=80, required=False)
    field_order = ("place_text", "place", "position")
