"""Forms made from a policy's schema: one for each part, with a field for each of its values."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from accounts.enums import InstitutionKind, Role
from programs.dossier import Dossier, LeadInstitution, PrincipalInvestigator
from programs.findings import Stage
from programs.policy.places import bare, plain, shown_values, token_of, value_fields
from programs.studio.words import CHOICES, HELP, KINDS_OF_REVIEW, STAGES, label

LONG = {"quote", "summary_zh", "summary_en", "help_zh", "help_en"}
MOST_TEXT = 20_000
LARGEST = 10**12
ASKED = {"question", "unless", "number", "until"}


class WordsField(forms.CharField):
    """Several words, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        """Whether there must be one is the policy check's to say."""

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


class Surroundings:
    """What a part's fields choose from: the articles and the questions of the draft, those of its programme among
    them."""

    def __init__(self, *sources: Mapping[str, Any]) -> None:
        self.articles: dict[str, Any] = {}
        self.questions: list[Mapping[str, Any]] = []
        for data in sources:
            articles, questions = data.get("articles"), data.get("questions")
            self.articles |= articles if isinstance(articles, dict) else {}
            self.questions += [row for row in questions if isinstance(row, dict)] if isinstance(questions, list) else []

    def article_choices(self) -> list[tuple[str, str]]:
        """The articles by id, with their words."""
        return [(key, f"{key} · {_words(row)}") for key, row in self.articles.items()]

    def question_choices(self) -> list[tuple[str, str]]:
        """The questions by key."""
        return [(str(row.get("key", "")), f"{row.get('key', '')} · {_words(row)}") for row in self.questions]

    def path_choices(self) -> list[tuple[str, str]]:
        """The places of an application that a form can ask for."""
        found = [(name, name) for name in Dossier.model_fields if name not in ("answers", "justifications")]
        found += [(f"pi.{name}", f"pi.{name}") for name in PrincipalInvestigator.model_fields]
        found += [(f"lead.{name}", f"lead.{name}") for name in LeadInstitution.model_fields]
        return found + [(f"answers.{key}", f"answers.{words}") for key, words in self.question_choices()]


def _words(row: Any) -> str:
    return " · ".join(str(row[name]) for name in ("zh", "en") if row.get(name)) if isinstance(row, Mapping) else ""


class PartForm(forms.Form):
    """The values of one part. All may stay empty: whether something is missing is the policy check's to say."""

    def __init__(self, model: type[BaseModel], here: Mapping[str, Any], around: Surroundings, data: Any = None) -> None:
        self.shown = shown_values(model, here)
        super().__init__(data, initial=self.shown)
        for name, info in value_fields(model):
            self.fields[name] = _field(name, info, self.shown[name], around)
        self.token = token_of(self.shown)

    def changes(self) -> dict[str, Any]:
        """What to set (a value) and what to take away (None), by field; only what differs from what was shown."""
        found: dict[str, Any] = {}
        for name in self.fields:
            value = plain(self.cleaned_data[name])
            if value == plain(self.shown[name]):
                continue
            found[name] = None if value in ("", []) else value
        return found


def _field(name: str, info: FieldInfo, shown: Any, around: Surroundings) -> forms.Field:
    options: dict[str, Any] = {"label": label(name), "required": False, "help_text": HELP.get(name, "")}
    inner = bare(info.annotation)
    if (choices := _choices(name, inner, around)) is not None:
        return _choice_field(choices, shown, options, is_open=info.is_required() or info.default is None)
    if get_origin(inner) is tuple:
        return _many_field(bare(get_args(inner)[0]), options)
    if inner is bool:
        return forms.BooleanField(**options)
    if inner is int:
        return forms.IntegerField(min_value=-LARGEST, max_value=LARGEST, **options)
    if inner is date:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)
    is_long = name in LONG
    widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput()
    return forms.CharField(max_length=MOST_TEXT, widget=widget, **options)


def _choices(name: str, inner: Any, around: Surroundings) -> list[tuple[str, Any]] | None:
    if name == "article":
        return list(around.article_choices())
    if name == "path":
        return list(around.path_choices())
    if name in ASKED:
        return list(around.question_choices())
    if get_origin(inner) is Literal:
        words = KINDS_OF_REVIEW if name == "kind" else CHOICES
        return [(str(one), words.get(str(one), str(one))) for one in get_args(inner)]
    return _members(inner)


def _members(inner: Any) -> list[tuple[str, Any]] | None:
    if inner in (Role, InstitutionKind):
        return list(inner.choices)
    if inner is Stage:
        return [(one.value, STAGES[one]) for one in Stage]
    if isinstance(inner, type) and issubclass(inner, Enum):
        return [(one.value, CHOICES.get(one.value, one.value)) for one in inner]
    return None


def _choice_field(
    choices: list[tuple[str, Any]], shown: Any, options: dict[str, Any], *, is_open: bool
) -> forms.ChoiceField:
    """A list to choose from; what the draft holds stays choosable even when it is wrong."""
    held = str(shown)
    if held and held not in {key for key, _words in choices}:
        choices = [(held, held), *choices]
    return forms.ChoiceField(choices=[("", _("Choose…")), *choices] if is_open else choices, **options)


def _many_field(inner: Any, options: dict[str, Any]) -> forms.Field:
    if (choices := _members(inner)) is None:
        return WordsField(max_length=MOST_TEXT, **options)
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **options)
