"""What the applicant and the secretariat write about an exception (一事一议)."""

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from proposals.actions.waiving import LONGEST_REASON


class WaiverDecision(TextChoices):
    GRANT = "grant", _("Grant the exception")
    REFUSE = "refuse", _("Refuse it")


class AskForm(forms.Form):
    """Why this application deserves an exception."""

    reason = forms.CharField(
        label=_("Your reasons"),
        max_length=LONGEST_REASON,
        help_text=_("Everybody who decides on the application later reads them."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class DecideForm(forms.Form):
    """The secretariat's answer; the action asks for the reason."""

    decision = forms.ChoiceField(label=_("Decision"), choices=WaiverDecision.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reasons"),
        max_length=LONGEST_REASON,
        help_text=_("The applicant, the institution and everybody who decides later read them."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
