"""Forms of the pool: its filters, a candidate, why it is closed, which call draws."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Institution
from accounts.queries import institutions_named
from core.countries import country_choices
from core.fields import YuanField
from core.parameters import whole
from programs.enums import Channel
from programs.models import Call
from programs.pool.models import Candidate
from programs.pool.queries import calls_to_draw_into

MOST_NAMED = 8
MOST_DRAWN = 200


def _countries() -> list[tuple[str, Any]]:
    return [("", _("All")), *country_choices()]


class PoolFilters(forms.Form):
    """`q`, `channel`, `country` and `status`, from the address; a nonsensical value filters nothing."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    channel = forms.ChoiceField(
        label=pgettext_lazy("candidate", "Channel"), required=False, choices=[("", _("All")), *Channel.choices]
    )
    country = forms.ChoiceField(label=_("Country"), required=False, choices=_countries)
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", pgettext_lazy("candidate", "Waiting")),
            ("drawn", pgettext_lazy("candidate", "Drawn")),
            ("closed", _("Out of the pool")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("Title, proposer, institution or keyword")

    @property
    def values(self) -> dict[str, Any]:
        """The filters that could be understood."""
        self.is_valid()
        return self.cleaned_data


class CandidateForm(forms.Form):
    """A candidate; the institution by its name in the directory."""

    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=300, required=False)
    title_en = forms.CharField(label=_("Title (English)"), max_length=300, required=False)
    channel = forms.ChoiceField(
        label=pgettext_lazy("candidate", "Channel"), choices=[("", _("Please choose")), *Channel.choices]
    )
    proposer = forms.CharField(label=_("Proposed by"), max_length=200)
    institution = forms.CharField(
        label=_("Contact institution"),
        max_length=200,
        required=False,
        help_text=_("By its name in the directory of institutions; it is invited when a call draws the project."),
    )
    contact_email = forms.EmailField(
        label=_("Contact's e-mail"),
        max_length=254,
        required=False,
        help_text=_("Of an account: that person is invited where no institution is named."),
    )
    country = forms.ChoiceField(label=_("Country"), required=False, choices=lambda: [("", "–"), *country_choices()])
    field = forms.CharField(label=pgettext_lazy("candidate", "Field"), max_length=100, required=False)
    keywords = forms.CharField(label=_("Keywords"), max_length=300, required=False)
    summary = forms.CharField(label=_("Summary"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 6}))
    amount_fen = YuanField(label=_("Estimated amount (yuan)"), required=False)
    notes = forms.CharField(
        label=_("The secretariat's notes"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 3})
    )

    @staticmethod
    def initial_of(candidate: Candidate) -> dict[str, Any]:
        """What the form shows of a candidate."""
        place = candidate.institution
        shown = {name: getattr(candidate, name) for name in CandidateForm.base_fields}
        return shown | {"institution": (place.name_zh or place.name_en) if place else ""}

    def clean_institution(self) -> Institution | None:
        """The one institution of that name."""
        text = self.cleaned_data["institution"].strip()
        found = institutions_named(text, limit=MOST_NAMED)
        if text and not found:
            raise forms.ValidationError(_("There is no such institution in the directory."))
        if len(found) > 1:
            names = "; ".join(one.name_zh or one.name_en for one in found)
            raise forms.ValidationError(_("Several institutions match; write one of: %(names)s") % {"names": names})
        return found[0] if found else None

    def clean_amount_fen(self) -> int:
        """Nothing estimated is nothing."""
        return self.cleaned_data["amount_fen"] or 0

    def clean(self) -> dict[str, Any]:
        """A title in one of the languages."""
        data = super().clean() or {}
        if not self.errors and not data.get("title_zh") and not data.get("title_en"):
            self.add_error("title_zh", _("Write a title in Chinese or English."))
        return data


class CloseForm(forms.Form):
    """Why it leaves the pool."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class DrawForm(forms.Form):
    """Which candidates, into which call by invitation."""

    call = forms.ModelChoiceField(
        label=_("Call by invitation"), queryset=Call._base_manager.none(), empty_label=_("Please choose")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = calls_to_draw_into()  # type: ignore[attr-defined] # a ModelChoiceField's

    @property
    def chosen(self) -> list[int]:
        """Ids of the candidates that were ticked."""
        ticked = self.data.getlist("candidate")[:MOST_DRAWN] if isinstance(self.data, QueryDict) else []
        return [pk for text in ticked if (pk := whole(text)) is not None]

    def clean(self) -> dict[str, Any]:
        """At least one."""
        if not self.chosen:
            raise forms.ValidationError(_("Tick at least one project."))
        return super().clean() or {}
