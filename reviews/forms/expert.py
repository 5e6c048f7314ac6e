"""Forms of the experts: answering an invitation, writing a review."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from budgets.enums import Verdict
from core.fields import YuanField
from programs.policy.sections import ReviewStage
from reviews.actions import LineOpinion
from reviews.actions.reviewing import LONGEST
from reviews.enums import Recommendation
from reviews.queries.assignments import OpinionLine

Scores = dict[str, tuple[int | None, str]]


class AcceptForm(forms.Form):
    """The declaration without which nobody reads on (A16)."""

    no_conflict = forms.BooleanField(
        label=_("I declare that I have no conflict of interest with this proposal."),
        error_messages={"required": _("Without this declaration the review can't be accepted.")},
    )


class DeclineForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Only the secretariat reads it."),
    )


class ConflictForm(forms.Form):
    """What ties the expert to the proposal."""

    reason = forms.CharField(
        label=_("What ties you to it?"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Only the secretariat reads it."),
    )


def _text(label: Any, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, widget=forms.Textarea({"rows": rows}), strip=True
    )


class ReviewForm(forms.Form):
    """A review being written: any part may be missing, and what can't be understood is kept as typed."""

    def __init__(
        self,
        data: Any = None,
        *,
        stage: ReviewStage,
        lines: Sequence[OpinionLine] = (),
        written: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(written or {}))
        self.stage = stage
        self.lines = lines
        if lines:
            self._add_lines()
        else:
            self._add_criteria()
            self.fields["recommendation"] = forms.ChoiceField(
                label=_("Recommendation"),
                required=False,
                choices=Recommendation.choices,
                widget=forms.RadioSelect,
            )
        self.fields["comment"] = _text(_("Overall comment"), 6)

    def _add_criteria(self) -> None:
        anchors = sorted(self.stage.anchors, key=lambda one: one.score)
        for one in self.stage.criteria:
            self.fields[f"score-{one.key}-points"] = forms.TypedChoiceField(
                label=one.label,
                required=False,
                coerce=int,
                empty_value=None,
                choices=[(str(anchor.score), f"{anchor.score} – {anchor.label}") for anchor in anchors],
                widget=forms.RadioSelect,
                help_text=one.help,
            )
            self.fields[f"score-{one.key}-comment"] = _text(_("Comment"), 3)

    def _add_lines(self) -> None:
        for row in self.lines:
            name, pk = row.line.name, row.line.pk
            for key, label in (("is_reasonable", _("Reasonable?")), ("is_relevant", _("Relevant?"))):
                self.fields[f"line-{pk}-{key}"] = forms.ChoiceField(
                    label=label,
                    required=False,
                    choices=[("", "–"), *Verdict.choices],
                    widget=forms.Select({"aria-label": f"{label} {name}"}),
                )
            amount = YuanField(label=_("Suggested (yuan)"))
            amount.widget.attrs |= {"aria-label": f"{_('Suggested (yuan)')} {name}", "data-sum-in": "suggested"}
            self.fields[f"line-{pk}-suggested"] = amount
            reason = _text(_("Why"), 1)
            reason.widget.attrs["aria-label"] = f"{_('Why')} {name}"
            self.fields[f"line-{pk}-reason"] = reason

    # ---------------------------------------------------------------- for templates
    def criteria(self) -> list[dict[str, Any]]:
        """Criterion, points field, comment field."""
        return [
            {
                "criterion": one,
                "points": self[f"score-{one.key}-points"],
                "comment": self[f"score-{one.key}-comment"],
            }
            for one in self.stage.criteria
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Budget line with its four fields."""
        return [
            {
                "line": row.line,
                "is_reasonable": self[f"line-{row.line.pk}-is_reasonable"],
                "is_relevant": self[f"line-{row.line.pk}-is_relevant"],
                "suggested": self[f"line-{row.line.pk}-suggested"],
                "reason": self[f"line-{row.line.pk}-reason"],
            }
            for row in self.lines
        ]

    # ---------------------------------------------------------------- for the action
    @property
    def unread(self) -> dict[str, str]:
        """What was typed and can't be understood, by field. Validates."""
        return {name: str(self.data.get(name, ""))[:LONGEST] for name in self.errors if name in self.fields}

    def scores(self) -> Scores:
        """Points and comment by criterion."""
        data = self.cleaned_data
        if self.lines:
            return {}
        return {
            one.key: (data.get(f"score-{one.key}-points"), data.get(f"score-{one.key}-comment") or "")
            for one in self.stage.criteria
        }

    def opinions(self) -> dict[int, LineOpinion]:
        """Opinion by budget line id; an amount that can't be understood leaves the one before."""
        found = {}
        for row in self.lines:
            name = f"line-{row.line.pk}"
            amount = self.cleaned_data.get(f"{name}-suggested")
            found[row.line.pk] = LineOpinion(
                is_reasonable=self.cleaned_data.get(f"{name}-is_reasonable") or "",
                is_relevant=self.cleaned_data.get(f"{name}-is_relevant") or "",
                suggested_fen=row.suggested_fen if amount is None else amount,
                reason=self.cleaned_data.get(f"{name}-reason") or "",
            )
        return found
