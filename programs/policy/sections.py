"""The process sections of a policy file: who endorses, reviews, approves, signs, and how a project ends."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from accounts.enums import Role
from programs.clauses.base import ArticleId, Choice, Frozen, Slug, Words, Yuan, fen, money
from programs.clauses.content import DossierPath
from programs.dossier import Activity
from programs.language import pick


def _with_number(text: str) -> str:
    if text.count("{number}") != 1:
        raise ValueError("the text needs {number} once")
    return text


class Article(Frozen):
    """A source article in words people know, and its wording."""

    zh: Words
    en: Words
    quote: str = ""
    """The article's own words, in the source's language."""

    @property
    def label(self) -> str:
        """The article in the active language."""
        return pick(self.zh, self.en)


class Sourced(Choice):
    """Something with words and an article."""

    article: ArticleId


class Step(Sourced):
    """One step of a chain: who decides."""

    role: Role


class ChecklistPoint(Sourced):
    """A point the secretariat looks at by hand in the preliminary check."""


class Criterion(Sourced):
    """What reviewers score. Weights are whole numbers, relative to each other."""

    weight: int = Field(default=1, ge=1, le=1000)


class Anchor(Frozen):
    """What a score means."""

    score: int = Field(ge=0, le=100)
    zh: Words
    en: Words

    @property
    def label(self) -> str:
        """The meaning in the active language."""
        return pick(self.zh, self.en)


class ReviewStage(Sourced):
    """One kind of review. `domain` scores criteria, `finance` annotates budget lines, `panel` meets on site."""

    kind: Literal["domain", "finance", "panel"]
    role: Role
    above_yuan: Yuan | None = None
    """Only for requests above this amount; None: always."""
    criteria: tuple[Criterion, ...] = ()
    anchors: tuple[Anchor, ...] = ()

    @property
    def above(self) -> str:
        """The amount in words of the active language: 500 万元, CNY 5,000,000; empty for none."""
        return "" if self.above_yuan is None else str(money(fen(self.above_yuan)))

    @property
    def scores(self) -> tuple[int, ...]:
        """The scores one may give, ascending."""
        return tuple(sorted(anchor.score for anchor in self.anchors))


class Signatory(Sourced):
    """Who signs the book; the order in the file is the order of signing."""

    role: Role


class Book(Sourced):
    """The document that establishes a project, its parts and its signatories in order."""

    parts: tuple[Choice, ...] = Field(min_length=1)
    review: tuple[Step, ...] = ()
    signatories: tuple[Signatory, ...] = Field(min_length=1)


class MidTerm(Frozen):
    """Mid-term evaluation of projects longer than `above_months`."""

    article: ArticleId
    above_months: int = Field(ge=0)
    is_sampled: bool
    answer_months: int = Field(ge=0)
    on_site_above_yuan: Yuan | None = None


class Acceptance(Frozen):
    """How a project ends: opinions wanted, time in months, and the reasons to fail."""

    article: ArticleId
    months: int = Field(ge=0)
    """From the acceptance notice to its completion."""
    extension_months: int = Field(ge=0)
    """Longest delay on request; more needs a waiver."""
    opinions: tuple[Sourced, ...] = Field(min_length=1)
    fail_reasons: tuple[Sourced, ...] = Field(min_length=1)
    approval: tuple[Step, ...] = Field(min_length=1)


class Acknowledgement(Frozen):
    """The two texts that results carry; `{number}` stands for the grant number."""

    article: ArticleId
    zh: Annotated[Words, AfterValidator(_with_number)]
    en: Annotated[Words, AfterValidator(_with_number)]
    rank: int | None = Field(default=None, ge=1)
    """The mark stands among the first this many funders; None: the source doesn't say."""

    def texts(self, number: str) -> tuple[str, str]:
        """Chinese and English text with the grant number, ready to copy."""
        return self.zh.replace("{number}", number), self.en.replace("{number}", number)


class Column(Choice):
    """A column of the activities, by its name in the dossier, with the programme's words for it."""

    @model_validator(mode="after")
    def _is_a_column(self) -> Self:
        if self.key not in set(Activity.model_fields) - {"key"}:
            raise ValueError(f"activities have no column {self.key!r}")
        return self


class FormField(Frozen):
    """A place in the form, by dossier path; `answers.<key>` for a question. Labels are the dossier's own, but for
    the activities, which each programme names: courses, visits, meetings."""

    path: DossierPath
    zh: str = ""
    en: str = ""
    columns: tuple[Column, ...] = ()
    help_zh: str = ""
    help_en: str = ""

    @model_validator(mode="after")
    def _activities_are_named(self) -> Self:
        if (self.path == "activities") != bool(self.zh and self.en and self.columns):
            raise ValueError("activities, and nothing else, need zh, en and columns")
        return self

    @property
    def help(self) -> str:
        """The explanation in the active language."""
        return pick(self.help_zh, self.help_en)


class FormSection(Choice):
    """One page of the form, in order."""

    fields: tuple[FormField, ...] = Field(min_length=1)


class Silence(Frozen):
    """Something the sources leave open and the funder decides; shown, never invented."""

    zh: Words
    en: Words

    @property
    def label(self) -> str:
        """The words in the active language."""
        return pick(self.zh, self.en)


class CriteriaOf(Frozen):
    """Criteria that a call adds to a review stage."""

    stage: Slug
    criteria: tuple[Criterion, ...] = Field(min_length=1)
