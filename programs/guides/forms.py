"""Forms of yearly guides: the text with its rows, the consultation, a comment, a decision, a reason."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from accounts.models import User
from core.fields import YuanField
from core.parameters import whole
from programs.cleaning import FIRST_YEAR, LAST_YEAR, ROW_KEY
from programs.enums import GuidePart
from programs.guides.content import GuideContent
from programs.language import pick
from programs.models import Programme

EMPTY_ROWS = 2
MOST_ROWS = 60


def _line(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, required=False)


def _text(label: Any, rows: int = 4) -> forms.CharField:
    return forms.CharField(label=label, max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": rows}))


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class NewGuideForm(forms.Form):
    """For which year."""

    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2200)


class GuideForm(forms.Form):
    """The guide's own texts."""

    title_zh = _line(_("Title (Chinese)"))
    title_en = _line(_("Title (English)"))
    intro_zh = _text(_("Introduction (Chinese)"))
    intro_en = _text(_("Introduction (English)"))
    organisation_zh = _text(_("Organisation (Chinese)"))
    organisation_en = _text(_("Organisation (English)"))
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class RowForm(forms.Form):
    """A row with the key that it keeps from version to version."""

    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A day that the calendar goes on from."""
        data = super().clean() or {}
        for name, value in list(data.items()):
            if name.endswith("_day") and value and not FIRST_YEAR <= value.year <= LAST_YEAR:
                self.add_error(name, _("Enter a valid date."))
        return data


class PriorityForm(RowForm):
    """A priority."""

    title_zh = _line(_("Name (Chinese)"))
    title_en = _line(_("Name (English)"))
    text_zh = _text(_("Contents (Chinese)"), 3)
    text_en = _text(_("Contents (English)"), 3)


class ShareForm(RowForm):
    """A programme's share of the budget."""

    programme = forms.ChoiceField(label=_("Programme"), required=False)
    amount_fen = YuanField(label=_("Amount (yuan)"), required=False)
    note_zh = _line(_("Note (Chinese)"))
    note_en = _line(_("Note (English)"))

    def __init__(self, *args: Any, programmes: Mapping[str, Programme], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [("", _("Choose…")), *((slug, one.title) for slug, one in programmes.items())]
        held = str(self.initial.get("programme") or "")
        if held and held not in programmes:
            choices.append((held, str(self.initial.get("title_zh") or held)))
        self.fields["programme"].choices = choices  # type: ignore[attr-defined] # a ChoiceField's
        self._programmes = programmes

    def clean(self) -> dict[str, Any]:
        """With the programme's titles, which the guide keeps as they are now."""
        data = super().clean()
        programme = self._programmes.get(data.get("programme") or "")
        for name in ("title_zh", "title_en"):
            data[name] = getattr(programme, name) if programme else self.initial.get(name, "")
        return data


class StepForm(RowForm):
    """A date of the timeline."""

    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))
    title_zh = _line(_("What (Chinese)"))
    title_en = _line(_("What (English)"))


ROWS: dict[str, type[RowForm]] = {"priorities": PriorityForm, "budget": ShareForm, "steps": StepForm}


class GuideForms:
    """The text's form and its rows, as one."""

    def __init__(
        self, content: GuideContent, revision: int, programmes: Mapping[str, Programme], data: Any = None
    ) -> None:
        stored = content.model_dump()
        initial = {name: stored[name] for name in GuideForm.base_fields if name in stored}
        self.main = GuideForm(data, initial=initial | {"revision": revision})
        self.rows: dict[str, BaseFormSet[Any]] = {}
        for name, form in ROWS.items():
            make = formset_factory(
                form, extra=EMPTY_ROWS, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
            )
            options = {"programmes": programmes} if form is ShareForm else {}
            self.rows[name] = make(data, initial=[dict(row) for row in stored[name]], prefix=name, form_kwargs=options)

    def is_valid(self) -> bool:
        """All of them."""
        return all([self.main.is_valid(), *(one.is_valid() for one in self.rows.values())])

    @property
    def all(self) -> list[forms.Form]:
        """Every form, for the summary of errors."""
        return [self.main, *(form for rows in self.rows.values() for form in rows.forms)]

    @property
    def row_errors(self) -> list[str]:
        """What is wrong with the rows as a whole."""
        return [str(error) for rows in self.rows.values() for error in rows.non_form_errors()]

    @property
    def revision(self) -> int:
        """The revision that the page showed."""
        revision: int = self.main.cleaned_data["revision"]
        return revision

    def content(self) -> GuideContent:
        """What was typed. Raises ValidationError for a text that can't be stored."""
        data: dict[str, Any] = {name: value for name, value in self.main.cleaned_data.items() if name != "revision"}
        for name, rows in self.rows.items():
            data[name] = list(_kept(rows))
        return GuideContent.model_validate(data)

    def typed(self) -> GuideContent | None:
        """The same, or None with the errors put at the form."""
        try:
            return self.content()
        except ValidationError as error:
            for detail in error.errors():
                words = detail.get("ctx") or {}
                field = str(detail["loc"][0])
                message = pick(str(words.get("zh", "")), str(words.get("en", detail["msg"])))
                self.main.add_error(field if field in self.main.fields else None, message)
            return None


def _kept(rows: BaseFormSet[Any]) -> list[dict[str, Any]]:
    """The rows that are not removed and not empty, each with a key of its own."""
    kept: list[dict[str, Any]] = []
    used: set[str] = set()
    numbers = count(1)
    held = {form.cleaned_data.get("key") for form in rows.forms}
    for form in rows.forms:
        data = {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
        if form.cleaned_data.get("DELETE") or not any(value for name, value in data.items() if name != "key"):
            continue
        key = data.get("key") or ""
        if not ROW_KEY.fullmatch(key) or key in used:
            key = next(made for number in numbers if (made := f"r{number}") not in held | used)
        used.add(key)
        kept.append({name: "" if value is None else value for name, value in data.items()} | {"key": key})
    return kept


class PeopleField(forms.ModelMultipleChoiceField[User]):
    """People by id; a number that no id can have names nobody."""

    def clean(self, value: Any) -> Any:
        return super().clean([one for one in value or () if whole(str(one)) is not None])


class ConsultForm(forms.Form):
    """Whom to ask, and until when."""

    experts = PeopleField(
        label=_("Strategy experts"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    last_day = forms.DateField(
        label=_("Last day for comments"),
        help_text=_("Comments are taken until 24:00 of that day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, experts: Any, *args: Any) -> None:
        super().__init__(*args)
        self.fields["experts"].queryset = experts  # type: ignore[attr-defined] # a ModelMultipleChoiceField's

    def clean_last_day(self) -> Any:
        """A day that the calendar's arithmetic can go on from."""
        day = self.cleaned_data["last_day"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("Enter a valid date."))
        return day


class CommentForm(forms.Form):
    """An expert's comment."""

    part = forms.ChoiceField(label=_("About"), choices=GuidePart.choices)
    text = forms.CharField(label=_("Comment"), max_length=5000, widget=forms.Textarea(attrs={"rows": 5}))


class DecisionForm(forms.Form):
    """The director's words."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when you give it back."),
    )


class ReasonForm(forms.Form):
    """Why a guide is corrected or withdrawn."""

    reason_zh = forms.CharField(label=_("Reason (Chinese)"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    reason_en = forms.CharField(label=_("Reason (English)"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
