"""The policy of one programme, or of one call after narrowing: clauses and process sections."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import available_timezones

import rfc8785
from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from programs.clauses import AnyClause, Choice, Clause, FileKind
from programs.clauses.base import ArticleId, Frozen, Words
from programs.clauses.budget import BudgetCategory
from programs.clauses.content import FieldChoice, RequiredFields
from programs.clauses.partners import AttachmentIf, PartnerAttachment, RequiredAttachment
from programs.clauses.process import ReviewQuorum
from programs.language import pick
from programs.policy.endorsing import EndorsementStep, problems_of_chain, receiving_step
from programs.policy.questions import Question
from programs.policy.sections import (
    Acceptance,
    Acknowledgement,
    Article,
    Book,
    ChecklistPoint,
    FormField,
    FormSection,
    MidTerm,
    ReviewStage,
    Silence,
    Step,
)
from programs.policy.times import LocalTime, instant_of, shifted

C = TypeVar("C", bound=Clause)
FileSlug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
LONGEST_NUMBER = 40
"""Of an application or a grant, in characters: as long as the columns that keep them."""
_PATTERN = re.compile(r"[^{}]*\{sequence:0[1-9]d\}[^{}]*")


def _number_pattern(text: str) -> str:
    if not _PATTERN.fullmatch(text):
        raise ValueError("a number pattern needs {sequence:04d} once and no other braces")
    # A longer one would be found out when the first application is received.
    if len(text.format(sequence=999_999)) > LONGEST_NUMBER:
        raise ValueError(f"a number pattern gives numbers of more than {LONGEST_NUMBER} characters")
    return text


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("not an IANA time zone")
    return text


NumberPattern = Annotated[Words, AfterValidator(_number_pattern)]
ZoneName = Annotated[str, AfterValidator(_zone)]


class Contradictions(ValueError):
    """Parts of a policy that don't agree with each other; `reasons` has a sentence for each."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


class CallTerms(Frozen):
    """When a call is open, in the funder's zone, half-open: "24:00" is the next day's first instant, exclusive."""

    article: ArticleId
    opens: LocalTime
    closes: LocalTime
    zone: ZoneName
    application_number: NumberPattern
    grant_number: NumberPattern
    by_invitation: bool = False
    """Organised from the top (A3): only institutions and people whom the funder invited see it and apply."""

    @model_serializer(mode="wrap")
    def _as_before_where_open(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A call open to everybody keeps the hash that was pinned before there were others.
        data: dict[str, Any] = serialise(self)
        return {name: value for name, value in data.items() if name != "by_invitation" or value}

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens_at >= self.closes_at:
            raise ValueError("the call closes before it opens")
        return self

    @property
    def opens_at(self) -> datetime:
        """First instant at which a submission counts, UTC."""
        return instant_of(self.opens, self.zone)

    @property
    def closes_at(self) -> datetime:
        """First instant at which a submission is too late, UTC."""
        return instant_of(self.closes, self.zone)

    def shifted(self, days: int) -> Self:
        """The same hours, some days later."""
        moved = {name: shifted(getattr(self, name), days) for name in ("opens", "closes")}
        return self.model_copy(update=moved)


class AttachmentKind(Frozen):
    """A kind of file that the application takes."""

    file: FileKind
    article: ArticleId
    is_per_foreign_partner: bool
    is_required: bool


class Policy(Frozen):
    """Everything that governs an application: a programme's file, or a call's effective policy."""

    schema_version: Literal[1]
    tenant: FileSlug
    programme: FileSlug
    call_slug: FileSlug | None = None
    title_zh: Words
    title_en: Words
    summary_zh: str = ""
    summary_en: str = ""
    articles: dict[ArticleId, Article] = Field(min_length=1)
    clauses: tuple[AnyClause, ...] = Field(min_length=1)
    call: CallTerms | None = None
    shifted_days: int = 0
    """How far a demonstration moved the call's dates."""
    endorsement_chain: tuple[EndorsementStep, ...] = Field(min_length=1)
    checklist: tuple[ChecklistPoint, ...] = ()
    review_stages: tuple[ReviewStage, ...] = ()
    approval_chain: tuple[Step, ...] = Field(min_length=1)
    book: Book
    mid_term: MidTerm | None = None
    acceptance: Acceptance
    acknowledgement: Acknowledgement | None = None
    questions: tuple[Question, ...] = ()
    form: tuple[FormSection, ...] = Field(min_length=1)
    silences: tuple[Silence, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if problems := list(problems_of(self)):
            raise Contradictions(problems)
        return self

    @property
    def name(self) -> str:
        """What `load_builtin` calls it: `anso/joint-research`, `anso/calls/2021-joint-research`."""
        return f"{self.tenant}/calls/{self.call_slug}" if self.call_slug else f"{self.tenant}/{self.programme}"

    @property
    def title(self) -> str:
        """The title in the active language."""
        return pick(self.title_zh, self.title_en)

    @property
    def summary(self) -> str:
        """What the programme is for, in the active language."""
        return pick(self.summary_zh, self.summary_en)

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical JSON: equal policies, equal hash, however their files are laid out."""
        data: bytes = rfc8785.dumps(self.model_dump(mode="json"))
        return hashlib.sha256(data).hexdigest()

    @property
    def fields(self) -> tuple[Choice, ...]:
        """The fields one may apply in; empty when the programme has none."""
        return next((clause.choices for clause in reversed(self.clauses_of(FieldChoice))), ())

    @property
    def budget_categories(self) -> tuple[Choice, ...]:
        """The categories of budget lines; empty when free."""
        return next((clause.choices for clause in reversed(self.clauses_of(BudgetCategory))), ())

    @property
    def attachment_kinds(self) -> tuple[AttachmentKind, ...]:
        """Kinds of file that clauses ask for, in the order of the clauses."""
        kinds = []
        for clause in self.clauses:
            if isinstance(clause, RequiredAttachment):
                kinds.append((clause.file, clause.article, False, True))
            elif isinstance(clause, AttachmentIf):
                kinds.append((clause.file, clause.article, False, False))
            elif isinstance(clause, PartnerAttachment):
                kinds += [(file, clause.article, True, len(clause.accepts) == 1) for file in clause.accepts]
        return tuple(
            AttachmentKind(file=file, article=article, is_per_foreign_partner=per_partner, is_required=required)
            for file, article, per_partner, required in kinds
        )

    @property
    def required_fields(self) -> frozenset[str]:
        """Dossier paths that may not stay empty."""
        asked = frozenset(question.path for question in self.questions if question.required or question.must_be)
        return asked | frozenset(path for clause in self.clauses_of(RequiredFields) for path in clause.fields)

    @property
    def asked(self) -> frozenset[str]:
        """The dossier's parts that the form asks for, by their names: `budget_lines`, `activities`, `answers`."""
        return frozenset(entry.path.split(".")[0] for section in self.form for entry in section.fields)

    @property
    def activities(self) -> FormField | None:
        """How this programme calls its activities and their columns; None when it asks for none."""
        entries = (entry for section in self.form for entry in section.fields)
        return next((entry for entry in entries if entry.path == "activities"), None)

    def clauses_of(self, kind: type[C]) -> tuple[C, ...]:
        """The clauses of one class, in file order."""
        return tuple(clause for clause in self.clauses if isinstance(clause, kind))

    def minimum_reviews(self, kind: Literal["domain", "finance"]) -> int:
        """How many submitted reviews a funding plan needs (A21)."""
        return max((getattr(clause, kind) for clause in self.clauses_of(ReviewQuorum)), default=0)

    def review_stage(self, kind: Literal["domain", "finance", "panel"]) -> ReviewStage | None:
        """The stage of this kind, if the policy has one."""
        return next((stage for stage in self.review_stages if stage.kind == kind), None)

    def endorsement_step(self, key: str) -> EndorsementStep | None:
        """The step of the endorsement chain, if there is one of this key."""
        return next((step for step in self.endorsement_chain if step.key == key), None)

    @property
    def receiving_step(self) -> EndorsementStep:
        """The step of the endorsement chain with which an application is received."""
        return receiving_step(self.endorsement_chain)

    def ends_at(self, step: EndorsementStep, closes_at: datetime) -> datetime | None:
        """Until when the step may endorse an application whose own deadline is `closes_at`: exclusive, UTC. None when
        nothing says so of a step after the one with which it is received."""
        if step.cut_off is not None and self.call is not None:
            return step.cut_off.instant(announced=self.call.closes_at, closes_at=closes_at, zone=self.call.zone)
        chain = self.endorsement_chain
        return None if chain.index(step) > chain.index(self.receiving_step) else closes_at

    @property
    def endorsement_times(self) -> list[tuple[EndorsementStep, datetime | None]]:
        """The steps of the endorsement chain, each with its own cut-off as announced, exclusive; None without one."""
        closes_at = self.call.closes_at if self.call else None
        return [
            (step, self.ends_at(step, closes_at) if closes_at and step.cut_off else None)
            for step in self.endorsement_chain
        ]

    def article_words(self, article: str) -> Article:
        """The article's words. Raises KeyError for one the policy doesn't have."""
        return self.articles[article]


def problems_of(policy: Policy) -> Iterator[str]:
    """What contradicts itself within a policy that is otherwise well-formed."""
    for article in sorted(set(cited_articles(policy.model_dump())) - set(policy.articles)):
        yield f"article {article} is cited, but [articles.{article}] is missing"
    yield from _repeated("clause", [f"{clause.article} {clause.code}" for clause in policy.clauses])
    for name, rows in _keyed_lists(policy):
        yield from _repeated(f"key in {name}", [row.key for row in rows])
    terms = policy.call
    yield from problems_of_chain(
        policy.endorsement_chain, terms.closes_at if terms else None, terms.zone if terms else ""
    )
    known = {question.key for question in policy.questions}
    asked = {path.removeprefix("answers.") for path in _paths(policy) if path.startswith("answers.")}
    for key in sorted(asked - known):
        yield f"answers.{key} is used, but there is no such question"
    in_form = {entry.path for section in policy.form for entry in section.fields}
    for question in policy.questions:
        if question.path not in in_form:
            yield f"question {question.key} is on no page of the form"
    for clause in policy.clauses:
        for key in sorted(clause.questions - known):
            yield f"clause {clause.article} {clause.code} goes by the question {key}, which there is not"
    if policy.call is not None:
        for stage in policy.review_stages:
            if stage.kind == "domain" and not (stage.criteria and stage.anchors):
                yield f"review stage {stage.key!r} of a call needs criteria and anchors"


def cited_articles(data: Any) -> Iterator[str]:
    """Every value named `article` in a policy's data."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "article" and isinstance(value, str):
                yield value
            else:
                yield from cited_articles(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from cited_articles(value)


def _paths(policy: Policy) -> Iterator[str]:
    for section in policy.form:
        yield from (field.path for field in section.fields)
    yield from policy.required_fields


def _keyed_lists(policy: Policy) -> Iterator[tuple[str, tuple[Choice, ...]]]:
    for name in ("endorsement_chain", "checklist", "review_stages", "approval_chain", "questions", "form"):
        yield name, getattr(policy, name)
    for stage in policy.review_stages:
        yield f"the criteria of {stage.key}", stage.criteria
    yield "book.signatories", policy.book.signatories
    yield "acceptance.fail_reasons", policy.acceptance.fail_reasons


def _repeated(what: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{what} used twice: {name}"
