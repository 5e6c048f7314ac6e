"""What secretary, PI, institution and director fill in at mid-term."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import YuanField
from projects.enums import MidTermOpinionKind as Kind
from projects.enums import MidTermOutcome, MidTermResult
from projects.midterm.queries import Sample

ORGANISED = {
    Kind.SCIENCE: [("panel", _("Domain experts"))],
    Kind.FINANCE: [("panel", _("Finance experts")), ("audit", _("Commissioned audit firm"))],
    Kind.INSPECTION: [("on_site", _("Inspection on site")), ("meeting", _("Review meeting"))],
}


class DrawForm(forms.Form):
    """A sample of a call's projects (A27)."""

    call = forms.TypedChoiceField(label=_("Call"), coerce=int)
    number = forms.IntegerField(label=_("How many to draw"), min_value=1, max_value=10_000)
    seed = forms.CharField(
        label=_("Seed"),
        required=False,
        max_length=100,
        help_text=_(
            "Leave empty for a random one. A public number announced beforehand, as of a lottery, lets others check "
            "that nobody chose."
        ),
    )

    def __init__(self, samples: list[Sample], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["call"]
        field.choices = [(one.call.pk, f"{one.call.title} ({one.candidates})") for one in samples]


class PaperForm(forms.Form):
    """One paper of the answer with, if there is one, its signed and stamped scan (A27)."""

    organised_as = forms.ChoiceField(label=_("Organised as"), widget=forms.RadioSelect)
    result = forms.ChoiceField(label=_("Conclusion"), choices=MidTermResult, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Opinion or report"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6}))
    scan = forms.FileField(label=_("Signed and stamped scan (PDF or image)"), required=False)

    def __init__(self, kind: Kind, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, prefix=kind.value)
        self.kind = kind
        choices = ORGANISED.get(kind)
        if choices is None:
            del self.fields["organised_as"]
            return
        field: Any = self.fields["organised_as"]
        field.choices, field.initial = choices, choices[0][0]


class ConclusionForm(forms.Form):
    """What follows from the evaluation (A28)."""

    outcome = forms.ChoiceField(label=_("What follows"), choices=MidTermOutcome, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=_("Reasons and what is asked for"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed for all but going on as planned; it stands in the letter to the institution."),
    )
    rectify_by = forms.DateField(
        label=_("Last day of the rectification"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    amount = YuanField(label=_("Amount granted from now on, in yuan"), required=False)


class DecisionForm(forms.Form):
    """The director's word on the conclusion that the page showed."""

    conclusion = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    comment = forms.CharField(
        label=_("Remarks"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
