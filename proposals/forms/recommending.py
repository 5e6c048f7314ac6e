"""The administrator's form: unit, institution, endorsing institution; by names, as the directory has them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution
from accounts.queries import institutions_named
from programs.policy.endorsing import EndorsementStep

MOST_TOLD = 5


class PlaceField(forms.CharField):
    """An institution by its whole name in either language, by its code, or by a part of a name that only one has."""

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value)).replace("\x00", "").strip()
        found = institutions_named(text, limit=MOST_TOLD + 1)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No institution is called “%(text)s”.") % {"text": text})
        names = "; ".join(place.display_name for place in found[:MOST_TOLD])
        raise ValidationError(_("Several institutions match: %(names)s. Give the whole name.") % {"names": names})


class RecommenderForm(forms.Form):
    """Who endorses for whom."""

    unit = forms.ChoiceField(label=gettext_lazy("As"))
    institution = PlaceField(
        label=gettext_lazy("Applicants' institution"),
        max_length=200,
        help_text=gettext_lazy("Name in Chinese or English, or the unified social credit code."),
    )
    endorser = PlaceField(
        label=gettext_lazy("Endorsing institution"),
        max_length=200,
        help_text=gettext_lazy("Its office decides after that of the applicants' institution."),
    )

    def __init__(self, units: Mapping[str, EndorsementStep], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["unit"].choices = [(unit, step.label) for unit, step in units.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        place: Institution | None = data.get("institution")
        if place is not None and place == data.get("endorser"):
            self.add_error("endorser", _("This is the applicants' institution itself; its office has the first step."))
        return data
