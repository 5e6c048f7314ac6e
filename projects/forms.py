"""Forms of the project pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.enums import OpinionVerdict, ProjectState


class FilterForm(forms.Form):
    """The list's filters."""

    q = forms.CharField(label=_("Title, number or name"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False)
    call = forms.ChoiceField(label=_("Call"), required=False)

    def __init__(self, *args: Any, calls: list[tuple[int, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("All"))
        self.fields["state"].choices = [everything, *ProjectState.choices]  # type: ignore[attr-defined]
        self.fields["call"].choices = [everything, *((str(pk), title) for pk, title in calls or [])]  # type: ignore[attr-defined]


class SigningForm(forms.Form):
    """The signer confirms with the password what was shown."""

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    party = forms.SlugField(widget=forms.HiddenInput)
    password = forms.CharField(
        label=_("Your password"),
        max_length=200,
        strip=False,
        help_text=_("Confirms that it is you who signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class BatchForm(forms.Form):
    """The confirmation of a whole tray."""

    password = SigningForm.base_fields["password"]


class OpinionForm(forms.Form):
    """A verdict on a round with its reasons."""

    verdict = forms.ChoiceField(label=_("Opinion"), choices=OpinionVerdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=20_000,
        help_text=_("Required when you ask for a revision; the PI reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnswerForm(forms.Form):
    """The PI's words with a round."""

    answer = forms.CharField(
        label=_("Answer to the opinions"),
        required=False,
        max_length=20_000,
        help_text=_("How each comment of the last round was dealt with."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ExpertForm(forms.Form):
    """Who reviews the budget book."""

    expert = forms.TypedChoiceField(label=_("Finance expert"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, experts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expert"].choices = experts  # type: ignore[attr-defined]
