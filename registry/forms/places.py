"""What an office decides about people."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import AffiliationKind
from registry.actions.places import MOST_REASON


class Answer(TextChoices):
    APPROVE = "approve", _("Approve: they work here")
    REFUSE = "refuse", _("Refuse")


class AnswerForm(forms.Form):
    """Admit somebody or not."""

    answer = forms.ChoiceField(label=_("Decision"), choices=Answer.choices, widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=pgettext_lazy("capacity", "As"),
        choices=AffiliationKind.choices,
        initial=AffiliationKind.STAFF,
        widget=forms.RadioSelect,
        help_text=_("The office examines and endorses applications and decides about the institution's people."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MOST_REASON,
        required=False,
        help_text=_("Needed for a refusal; the person reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class EndForm(forms.Form):
    """Somebody leaves."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty to end at once."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    stays = forms.BooleanField(label=_("Stays at the institution as a researcher"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MOST_REASON,
        help_text=_("It goes on record, and the person reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, kind: str, data: Any = None) -> None:
        super().__init__(data)
        if kind != AffiliationKind.OFFICE:
            del self.fields["stays"]


class ColleagueFilter(forms.Form):
    """Which of an institution's people are listed."""

    q = forms.CharField(label=_("Name or e-mail"), required=False, max_length=100)
