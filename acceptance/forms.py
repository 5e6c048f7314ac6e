"""What institution, secretary and director fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from acceptance.enums import OpinionResult, Outcome


class OpinionForm(forms.Form):
    """One opinion with, if there is one, its signed and stamped scan (A31)."""

    organised_as = forms.ChoiceField(
        label=_("Organised as"),
        choices=[("panel", _("Expert panel")), ("audit", _("Commissioned audit firm"))],
        widget=forms.RadioSelect,
        initial="panel",
    )
    result = forms.ChoiceField(label=_("Conclusion"), choices=OpinionResult, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Opinion"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6}))
    scan = forms.FileField(label=_("Signed and stamped scan (PDF or image)"), required=False)


class PublicResultForm(forms.Form):
    """A publication outside the journals (A41)."""

    title = forms.CharField(label=_("Title"), max_length=300)
    channel = forms.CharField(
        label=_("Channel"), max_length=200, help_text=_("ANSO website, brochure, ANSO Update, WeChat, newspaper, …")
    )
    published_date = forms.DateField(
        label=_("Published on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    url = forms.URLField(label=_("Link"), max_length=300, required=False, assume_scheme="https")


class ConclusionForm(forms.Form):
    """Pass or fail; for a fail each reason of the policy that applies, with its evidence (A33)."""

    outcome = forms.ChoiceField(label=_("Proposed conclusion"), choices=Outcome, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=_("Remarks"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, reasons: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = reasons
        for reason in reasons:
            self.fields[f"reason_{reason.key}"] = forms.BooleanField(label=reason.label, required=False)
            self.fields[f"evidence_{reason.key}"] = forms.CharField(
                label=_("Evidence"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
            )

    def reason_fields(self) -> list[tuple[Any, Any]]:
        """(tick, evidence) for each reason, for the template."""
        return [(self[f"reason_{one.key}"], self[f"evidence_{one.key}"]) for one in self.known]

    def chosen_reasons(self) -> list[dict[str, str]]:
        """The ticked reasons with article and evidence."""
        return [
            {"code": one.key, "article": one.article, "evidence": self.cleaned_data[f"evidence_{one.key}"]}
            for one in self.known
            if self.cleaned_data[f"reason_{one.key}"]
        ]


class DecisionForm(forms.Form):
    """The director's word on the conclusion that the page showed."""

    conclusion = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    comment = forms.CharField(
        label=_("Remarks"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
