"""What the office and the secretariat write when they decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programs.policy import Policy
from programs.policy.sections import ChecklistPoint
from proposals.enums import CheckDecision

COMMENT_AT = "at:"
"""Prefix of the fields that carry a comment at a dossier path."""


class ReturnForm(forms.Form):
    """The office's general comment; comments at fields stand beside the application as `at:<path>`."""

    comment = forms.CharField(
        label=_("Comment for the applicant"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ManyForm(forms.Form):
    """The confirmation over the chosen applications."""

    examined = forms.BooleanField(
        label=_("I have examined each of the chosen applications, and our institution endorses them.")
    )


def field_comments(posted: Mapping[str, str]) -> dict[str, str]:
    """The comments at fields of a posted form: path → text, empty ones left out."""
    found = {}
    for name, text in posted.items():
        if name.startswith(COMMENT_AT) and text.strip():
            found[name.removeprefix(COMMENT_AT)[:200]] = text.strip()[:5000]
    return found


def articles_of(policy: Policy) -> list[tuple[str, str]]:
    """The policy's articles for a choice, in the policy's order, after an empty one."""
    return [("", "–"), *((key, article.label) for key, article in policy.articles.items())]


@dataclass(frozen=True)
class Point:
    """A point of the checklist with what was answered."""

    point: ChecklistPoint
    article: str
    is_ok: bool
    note: str


class CheckForm(forms.Form):
    """The decision of the preliminary check, with the policy's manual points."""

    decision = forms.ChoiceField(label=_("Decision"), choices=CheckDecision.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=10_000,
        help_text=_("Sent to the applicant and the institution. Needed unless it passes; list all defects at once."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    article = forms.ChoiceField(
        label=_("Article that it does not meet"),
        required=False,
        help_text=_("Needed to declare it invalid; the applicant may then appeal."),
    )

    def __init__(self, policy: Policy, *args: Any, was_returned: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.fields["article"].choices = articles_of(policy)  # type: ignore[attr-defined]
        if was_returned:
            left = [pair for pair in CheckDecision.choices if pair[0] != CheckDecision.RETURN]
            self.fields["decision"].choices = left  # type: ignore[attr-defined]
            self.fields["decision"].help_text = _("It was returned for correction before, which is done once.")

    def points(self) -> dict[str, dict[str, Any]]:
        """The answers to the manual points, as `decide_check` takes them."""
        return {
            point.key: {
                "ok": self.data.get(f"point:{point.key}") == "on",
                "note": str(self.data.get(f"note:{point.key}", "")),
            }
            for point in self.policy.checklist
        }

    def rows(self) -> list[Point]:
        """The points for the page."""
        answers = self.points()
        return [
            Point(
                point,
                self.policy.article_words(point.article).label,
                answers[point.key]["ok"],
                answers[point.key]["note"],
            )
            for point in self.policy.checklist
        ]
