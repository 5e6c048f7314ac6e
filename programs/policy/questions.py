"""A programme's own questions: typed, with limits, and judged like any rule. The answers are texts, as typed."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from accounts.enums import Role
from programs.clauses.base import WRITING, ArticleId, Both, Choice, Problem, Words, fen, money
from programs.cleaning import read_amount, read_date, read_whole
from programs.dossier import Dossier
from programs.findings import Finding, Severity, Stage
from programs.policy.goals import GOALS

YES, NO = "yes", "no"
_YES_NO = (Choice(key=YES, zh="是", en="Yes"), Choice(key=NO, zh="否", en="No"))
# Chinese offices count as Word does: each Chinese character or mark is one, and so is each word of other letters.
_COUNTED = re.compile(
    r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u3000-\u303f\u3400-\u9fff\uf900-\uffef]+"
)


def count_characters(text: str) -> int:
    """The length of a text as Chinese offices count it (字数)."""
    return len(_COUNTED.findall(text))


class AnswerType(StrEnum):
    """What an answer is. Several choices are kept as their keys with commas between."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes-no"
    GOALS = "goals"
    """Several of the Sustainable Development Goals."""


_LISTED = {AnswerType.CHOICE, AnswerType.CHOICES}
_WRITTEN = {AnswerType.LINE, AnswerType.TEXT}
_COUNTABLE = {AnswerType.NUMBER, AnswerType.MONEY}
_MANY = {AnswerType.CHOICES, AnswerType.GOALS}


class Question(Choice):
    """The programme's own question; the answer is kept in `answers.<key>`."""

    article: ArticleId
    type: AnswerType = AnswerType.TEXT
    options: tuple[Choice, ...] = ()
    required: bool = False
    must_be: Words | None = None
    """The only answer with which one may apply, such as "yes"."""
    max_characters: int | None = Field(default=None, ge=1, le=20_000)
    minimum: int | None = Field(default=None, ge=0, le=10**11)
    """Of a number, or of an amount in yuan."""
    maximum: int | None = Field(default=None, ge=0, le=10**11)

    @model_validator(mode="before")
    @classmethod
    def _options_make_a_choice(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("options") and "type" not in data:
            return {**data, "type": AnswerType.CHOICE}
        return data

    @model_validator(mode="after")
    def _limits_fit_the_type(self) -> Self:
        if bool(self.options) != (self.type in _LISTED):
            raise ValueError(f"a question of the type {self.type} has {'no ' if self.options else ''}options")
        if self.max_characters is not None and self.type not in _WRITTEN:
            raise ValueError("max_characters is for lines and texts")
        if (self.minimum, self.maximum) != (None, None) and self.type not in _COUNTABLE:
            raise ValueError("minimum and maximum are for numbers and money")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if self.must_be is not None and self.must_be not in {choice.key for choice in self.choices}:
            raise ValueError(f"{self.must_be!r} is none of the answers")
        return self

    @property
    def code(self) -> str:
        """Name of the rule in findings."""
        return f"answer_{self.key}"

    @property
    def path(self) -> str:
        """Where the dossier keeps the answer."""
        return f"answers.{self.key}"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What one may choose from; empty for what is written."""
        if self.type is AnswerType.YES_NO:
            return _YES_NO
        return GOALS if self.type is AnswerType.GOALS else self.options

    @property
    def is_limited(self) -> bool:
        """Whether there is an answer, or the lack of one, that stops an application."""
        limits = (self.must_be, self.max_characters, self.minimum, self.maximum)
        return self.required or any(limit is not None for limit in limits)

    def answer(self, dossier: Dossier) -> str:
        """What the applicant wrote; empty for nothing."""
        return dossier.answers.get(self.key, "")

    def keys(self, dossier: Dossier) -> tuple[str, ...]:
        """The chosen options' keys."""
        given = self.answer(dossier)
        return (
            tuple(dict.fromkeys(key for key in given.split(",") if key))
            if self.type in _MANY
            else (given,) * bool(given)
        )

    def words(self, dossier: Dossier) -> Both:
        """The answer as people read it, in both languages; as typed where it can't be understood."""
        given = self.answer(dossier)
        if self.choices:
            known = {choice.key: choice for choice in self.choices}
            chosen = [known.get(key) for key in self.keys(dossier)]
            pairs = [
                (one.zh, one.en) if one else (key, key) for one, key in zip(chosen, self.keys(dossier), strict=True)
            ]
            return Both("；".join(zh for zh, _ in pairs), "; ".join(en for _, en in pairs))
        if self.type is AnswerType.MONEY and given:
            try:
                return money(read_amount(given))
            except PydanticCustomError:
                pass
        return Both(given, given)

    def check(self, dossier: Dossier, stage: Stage) -> list[Finding]:
        """A finding for each thing wrong with the answer, at the stages of writing. Pure."""
        if stage not in WRITING:
            return []
        return [
            Finding(self.code, Severity.BLOCK, self.article, one.zh, one.en, one.field, Role.APPLICANT)
            for one in self.problems(dossier)
        ]

    def problems(self, dossier: Dossier) -> Iterator[Problem]:
        """What is missing, not understood, or beyond the limits."""
        given = self.answer(dossier)
        if not given:
            if self.required or self.must_be is not None:
                yield Problem(f"请填写“{self.zh}”。", f"Please fill in “{self.en}”.", self.path)
        elif self.choices:
            yield from self._choice_problems(dossier)
        elif self.type in _WRITTEN:
            yield from self._length_problems(given)
        else:
            yield from self._value_problems(given)

    def _choice_problems(self, dossier: Dossier) -> Iterator[Problem]:
        known = {choice.key: choice for choice in self.choices}
        if any(key not in known for key in self.keys(dossier)):
            yield Problem(f"请为“{self.zh}”选择所列选项。", f"Choose from the list for “{self.en}”.", self.path)
        elif self.must_be is not None and self.keys(dossier) != (self.must_be,):
            wanted = known[self.must_be]
            yield Problem(f"“{self.zh}”须为“{wanted.zh}”。", f"“{self.en}” must be “{wanted.en}”.", self.path)

    def _length_problems(self, given: str) -> Iterator[Problem]:
        if self.max_characters is not None and (found := count_characters(given)) > self.max_characters:
            yield Problem(
                f"“{self.zh}”共 {found} 字，最多 {self.max_characters} 字。",
                f"“{self.en}” has {found} characters; at most {self.max_characters} are allowed.",
                self.path,
            )

    def _value_problems(self, given: str) -> Iterator[Problem]:
        try:
            value = self._read(given)
        except PydanticCustomError as refused:
            context = refused.context or {}
            yield Problem(str(context["zh"]), str(context["en"]), self.path)
            return
        if value is None:
            return
        if self.minimum is not None and value < self._stored(self.minimum):
            least = self._limit(self.minimum)
            yield Problem(f"“{self.zh}”不得少于 {least.zh}。", f"“{self.en}” must be at least {least.en}.", self.path)
        if self.maximum is not None and value > self._stored(self.maximum):
            most = self._limit(self.maximum)
            yield Problem(f"“{self.zh}”不得超过 {most.zh}。", f"“{self.en}” must be at most {most.en}.", self.path)

    def _read(self, given: str) -> int | None:
        """A number, or an amount in fen; None for a day, which has no limits. Raises a refusal."""
        if self.type is AnswerType.DATE:
            read_date(given)
            return None
        return read_amount(given) if self.type is AnswerType.MONEY else int(read_whole(given) or 0)

    def _stored(self, limit: int) -> int:
        return fen(limit) if self.type is AnswerType.MONEY else limit

    def _limit(self, limit: int) -> Both:
        return money(fen(limit)) if self.type is AnswerType.MONEY else Both(str(limit), str(limit))
