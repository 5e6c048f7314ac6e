"""What the secretariat writes about a sanction; the action judges the days."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from proposals.actions.sanctioning import LONGEST_REASON
from proposals.enums import OF_INSTITUTIONS, Capacity, SanctionKind
from proposals.forms.recommending import PlaceField


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class SanctionForm(forms.Form):
    """A sanction as the decision says."""

    capacity = forms.ChoiceField(label=gettext_lazy("On record as"), choices=Capacity.choices)
    subject = forms.CharField(
        label=gettext_lazy("Institution or person"),
        max_length=200,
        help_text=gettext_lazy("An institution by its name or credit code, a person by the e-mail address."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Sanction"),
        choices=SanctionKind.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "A ban on applying binds lead institutions and principal investigators; one on taking part also partners "
            "and participants."
        ),
    )
    decision = forms.CharField(
        label=gettext_lazy("Number of the decision"),
        max_length=200,
        help_text=gettext_lazy("Applicants whom a ban keeps out read it, with the last day; nothing else."),
    )
    starts_on = _day(gettext_lazy("First day of the sanction"))
    ends_on = _day(
        gettext_lazy("Last day of the sanction"), required=False, help_text=gettext_lazy("Empty for a notice.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Sent to the person, or to the institution's office, with the decision."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    paper = forms.FileField(
        label=gettext_lazy("The decision's paper"),
        required=False,
        help_text=gettext_lazy("PDF or a scan. Whom it concerns can open it."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        text, capacity = data.get("subject"), data.get("capacity")
        if text and capacity:
            try:
                data["subject"] = PlaceField().clean(text) if capacity in OF_INSTITUTIONS else _person(text)
            except ValidationError as error:
                self.add_error("subject", error)
        return data


def _person(text: str) -> User:
    found = User.objects.filter(email__iexact=text.strip()).first()
    if found is None:
        raise ValidationError(_("Nobody has an account with this address."))
    return found


class LiftForm(forms.Form):
    """Why it no longer binds."""

    reason = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 4})
    )
