"""Forms of the funder's staff: the pool, assigning, plans."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from core import clock
from core.countries import country_choices
from core.fields import YuanField
from reviews.enums import LineDecision, ReviewKind
from reviews.models import Expert

DEFAULT_DAYS = 21
LATEST_DAYS = 366
ANY = ("", _("All"))


class ExpertFilter(forms.Form):
    """The pool's filters; what can't be understood filters nothing."""

    q = forms.CharField(label=_("Name, institution, keyword"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *ReviewKind.choices])
    availability = forms.ChoiceField(
        label=_("Availability"),
        required=False,
        choices=[ANY, ("available", _("Takes reviews")), ("away", _("Takes none"))],
    )


class CandidateFilter(forms.Form):
    """The search among candidates of one proposal."""

    q = forms.CharField(label=_("Name, institution, keyword"), required=False, max_length=100)


def filters_of(form: forms.Form) -> dict[str, str]:
    """What a filter form says, leaving out what it can't understand."""
    form.is_valid()
    return {name: str(value) for name, value in form.cleaned_data.items() if value}


class ExpertForm(forms.Form):
    """An expert of the pool. The person is asked for only when added."""

    email = forms.EmailField(
        label=_("E-mail"), help_text=_("If the person has an account already, it is used; names stay as they are.")
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), required=False, max_length=80)
    name_en = forms.CharField(label=_("Name in Latin letters"), required=False, max_length=120)
    is_domain = forms.BooleanField(label=_("Domain expert"), required=False)
    is_finance = forms.BooleanField(label=_("Finance expert"), required=False)
    is_international = forms.BooleanField(label=_("Works outside China"), required=False)
    institution = forms.TypedChoiceField(
        label=_("Institution"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Where the expert works: conflicts of interest are found by it."),
    )
    country = forms.ChoiceField(label=_("Country"))
    topics = forms.MultipleChoiceField(
        label=_("Fields"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("As the calls name them.")
    )
    keywords = forms.CharField(label=_("Keywords"), required=False, max_length=300)
    capacity = forms.IntegerField(label=_("Reviews at a time, at most"), min_value=0, max_value=100, initial=5)
    is_available = forms.BooleanField(label=_("Takes reviews at present"), required=False, initial=True)
    has_consented = forms.BooleanField(
        label=_("The person has agreed to stand in the pool"),
        required=False,
        help_text=_("Personal data may be kept only with consent; nobody is asked for reviews without it."),
    )

    def __init__(
        self,
        *args: Any,
        institutions: list[Institution],
        topics: list[tuple[str, str]],
        expert: Expert | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.institutions = institutions
        place: Any = self.fields["institution"]
        place.choices = [("", "–"), *((one.pk, one.display_name) for one in self.institutions)]
        country: Any = self.fields["country"]
        country.choices = [("", "–"), *country_choices()]
        shown: Any = self.fields["topics"]
        shown.choices = topics
        if not topics:
            del self.fields["topics"]
        for name in ("email", "name_zh", "name_en") if expert else ("is_available",):
            del self.fields[name]

    def profile(self) -> dict[str, Any]:
        """The pool's own fields, as `add_expert` and `update_expert` take them."""
        data = self.cleaned_data
        places = {one.pk: one for one in self.institutions}
        found: dict[str, Any] = {
            name: data[name]
            for name in (
                "is_domain",
                "is_finance",
                "is_international",
                "country",
                "keywords",
                "capacity",
                "has_consented",
            )
        }
        found["institution"] = places.get(data["institution"])
        if "topics" in self.fields:
            found["fields"] = data["topics"]
        if "is_available" in self.fields:
            found["is_available"] = data["is_available"]
        return found


class AssignForm(forms.Form):
    """Whom to ask, for what, until when (the day included)."""

    kind = forms.ChoiceField(choices=ReviewKind.choices, widget=forms.HiddenInput)
    experts = forms.MultipleChoiceField(label=_("Experts"), error_messages={"required": _("Choose somebody.")})
    due_date = forms.DateField(label=_("Due"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, allowed: list[int], **more: Any) -> None:
        super().__init__(*args, **more)
        self.today = clock.today()
        chosen: Any = self.fields["experts"]
        chosen.choices = [(str(pk), str(pk)) for pk in allowed]
        self.fields["due_date"].initial = self.today + timedelta(days=DEFAULT_DAYS)
        self.fields["due_date"].widget.attrs["min"] = self.today.isoformat()

    def clean_due_date(self) -> date:
        """Today at the earliest, within a year."""
        day: date = self.cleaned_data["due_date"]
        if day < self.today:
            raise ValidationError(_("The due date must lie ahead."))
        if day > self.today + timedelta(days=LATEST_DAYS):
            raise ValidationError(_("The due date is more than a year ahead."))
        return day

    @property
    def expert_ids(self) -> list[int]:
        """The ids of the chosen experts."""
        return [int(pk) for pk in self.cleaned_data["experts"]]


class ReasonForm(forms.Form):
    """A reason, in the person's words."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class ReleaseForm(forms.Form):
    """Why an invitation is taken back; may stay empty."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))


class LineForm(forms.Form):
    """One proposal of a plan."""

    decision = forms.ChoiceField(label=_("Decision"), choices=LineDecision.choices)
    amount = YuanField(label=_("Amount (yuan)"), required=False)
    note = forms.CharField(
        label=_("Note for the director"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """An amount is wanted where the proposal is to be funded."""
        data = super().clean() or self.cleaned_data
        is_funded = data.get("decision") == LineDecision.FUND
        if is_funded and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Write the amount to fund."))
        return data


class PlanCommentForm(forms.Form):
    """What the secretariat says about the whole plan."""

    comment = forms.CharField(
        label=_("Remarks for the director"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )


class PlanDecisionForm(forms.Form):
    """The director's word, on the content that was seen."""

    decision = forms.ChoiceField(choices=[("approve", ""), ("return", "")], widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    panels = forms.CharField(max_length=5000, required=False, widget=forms.HiddenInput)
    comment = forms.CharField(label=_("Comment"), required=False, max_length=5000, widget=forms.Textarea({"rows": 3}))
