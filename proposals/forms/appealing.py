"""What the applicant writes in an appeal, and what the secretariat decides on it."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from documents.checks import KINDS
from programs.policy import Policy
from proposals.actions.appealing import EVIDENCE, LONGEST_REASON
from proposals.forms.deciding import articles_of

_ACCEPT = ",".join(f".{extension}" for code in sorted(EVIDENCE) for extension in KINDS[code].extensions)


class AppealForm(forms.Form):
    """Why the declaration of invalidity is wrong; the action asks for the reason."""

    reason = forms.CharField(
        label=_("Why it is valid"),
        max_length=LONGEST_REASON,
        help_text=_("Answer each reason that was given. Your institution and the secretariat read it."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("One file, if you have any: PDF, Word or an image."),
        widget=forms.ClearableFileInput(attrs={"accept": _ACCEPT}),
    )


class AppealDecision(TextChoices):
    GRANT = "grant", _("Grant the appeal: the application goes back to the preliminary check")
    UPHOLD = "uphold", _("Uphold the declaration: it stays invalid")


class AppealDecisionForm(forms.Form):
    """The other secretary's answer."""

    decision = forms.ChoiceField(label=_("Decision"), choices=AppealDecision.choices, widget=forms.RadioSelect)
    article = forms.ChoiceField(label=_("Article that the decision rests on"))
    reason = forms.CharField(
        label=_("Reasons"),
        max_length=LONGEST_REASON,
        help_text=_("Sent to the applicant and the institution."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, policy: Policy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["article"].choices = articles_of(policy)  # type: ignore[attr-defined]
