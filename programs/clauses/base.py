"""What every clause is: data with an article, and a pure judgement."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from accounts.enums import Role
from core.money import FEN_PER_YUAN, format_wan, format_yuan
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding, Severity, Stage
from programs.language import pick

WRITING = (Stage.DRAFT, Stage.ENDORSE, Stage.CHECK)
"""The applicant's own content."""
WRITING_AND_BOOK = (*WRITING, Stage.BOOK)
"""Content that the task and budget book repeats."""

# As long as the columns that keep them.
ArticleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9.-]*$", max_length=20)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]


class Both(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return pick(self.zh, self.en)


class Problem(NamedTuple):
    """What is wrong, and at which dossier path."""

    zh: str
    en: str
    field: str
    extent: int | None = None
    """How far it goes, for a waiver: fen or a count; more is worse."""


class Frozen(BaseModel):
    """Immutable policy data; unknown names are refused, so that a typing error in a file is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Choice(Frozen):
    """An option with its words."""

    key: Slug
    zh: Words
    en: Words
    help_zh: str = ""
    help_en: str = ""

    @property
    def label(self) -> str:
        """The option in the active language."""
        return pick(self.zh, self.en)

    @property
    def help(self) -> str:
        """Its explanation in the active language."""
        return pick(self.help_zh, self.help_en)


class Clause(Frozen):
    """One rule of a policy. Subclasses fix `kind`, add their fields, and judge in `problems`."""

    kind: str
    article: ArticleId
    severity: Severity = Severity.BLOCK
    waivable: bool = False
    stages: tuple[Stage, ...] = WRITING
    who_can_clear: Role | None = Role.APPLICANT
    """None: nobody."""

    title: ClassVar[Both] = Both("", "")

    @property
    def code(self) -> str:
        """Name of the rule in findings."""
        return self.kind

    @property
    def summary(self) -> Both:
        """The rule in words, with its limits."""
        return self.title

    @property
    def questions(self) -> frozenset[str]:
        """Keys of the programme's questions whose answers the rule goes by."""
        return frozenset()

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        """Everything in `dossier` that breaks the rule."""
        raise NotImplementedError

    def check(self, dossier: Dossier, facts: Facts) -> list[Finding]:
        """A finding for each breach; a pure function of its arguments."""
        return [
            Finding(
                code=self.code,
                severity=self.severity,
                article=self.article,
                message_zh=problem.zh,
                message_en=problem.en,
                field=problem.field,
                who_can_clear=self.who_can_clear or "",
                waivable=self.waivable or self.severity is Severity.WARN,
                extent=problem.extent,
            )
            for problem in self.problems(dossier, facts)
        ]


def _yuan_to_fen(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("yuan", "an amount is a whole number of yuan, not negative")
    return value


Yuan = Annotated[int, Field(ge=0, le=10**11), BeforeValidator(_yuan_to_fen)]
"""An amount in a policy file: whole yuan, as the sources write them. Clauses compare in fen."""


def fen(yuan: int) -> int:
    """Fen of a policy amount."""
    return yuan * FEN_PER_YUAN


def money(amount_fen: int) -> Both:
    """An amount as people read it: 150 万元, CNY 1,500,000."""
    english = format_yuan(amount_fen).removesuffix(".00")
    if amount_fen and amount_fen % FEN_PER_YUAN == 0 and amount_fen >= fen(10_000):
        return Both(f"{format_wan(amount_fen)} 万元", f"CNY {english}")
    return Both(f"{english} 元", f"CNY {english}")
