"""What a clause says about a dossier: findings, their severity, and the stages at which clauses speak."""

from dataclasses import dataclass
from enum import StrEnum

from programs.language import pick


class Severity(StrEnum):
    """`BLOCK`: cannot go on. `WARN`: the text says 原则上 or 一般; the applicant justifies, the funder may waive."""

    BLOCK = "block"
    WARN = "warn"


class Stage(StrEnum):
    """Where in a dossier's life a clause is asked."""

    DRAFT = "draft"
    """The applicant is writing."""
    ENDORSE = "endorse"
    """The institution is about to endorse, which submits (A18)."""
    CHECK = "check"
    """The secretariat's preliminary check (A20)."""
    PLAN = "plan"
    """The secretariat puts the proposal into a funding plan (A23)."""
    AWARD = "award"
    """The executive director approves the plan (A23)."""
    BOOK = "book"
    """The task and budget book is reviewed (A25)."""
    CLOSE = "close"
    """The project is about to be closed (A30-A33, A41)."""


@dataclass(frozen=True)
class Finding:
    """One unmet condition, as a person reads it."""

    code: str
    """The kind of the clause."""
    severity: Severity
    article: str
    """Id of the source article, such as `A5.1`."""
    message_zh: str
    message_en: str
    field: str
    """Path in the dossier, such as `budget_lines.l3.basis`; empty when the condition is not about the dossier."""
    who_can_clear: str
    """A `Role`; empty when nobody can, as after a deadline."""
    waivable: bool = False
    """Whether the secretariat may grant a waiver on the record (一事一议)."""
    waived: bool = False
    extent: int | None = None
    """How far it goes: fen, or a count; more is worse. None where there is no such number."""
    waiver_reason: str = ""
    """Why whoever was entitled to waived it."""
    justification: str = ""
    """The applicant's reason for exceeding what is allowed in principle."""
    article_zh: str = ""
    article_en: str = ""
    """The article in words, such as "ANSO Measures, article 5 (1)"."""

    @property
    def ref(self) -> str:
        """What a justification or a waiver names: article, code and field."""
        return f"{self.article}:{self.code}:{self.field}"

    @property
    def blocks(self) -> bool:
        """Whether the applicant's dossier can't go on: not waived, and neither a warning with a reason given."""
        return not self.waived and (self.severity is Severity.BLOCK or not self.justification)

    @property
    def message(self) -> str:
        """The message in the active language."""
        return pick(self.message_zh, self.message_en)

    @property
    def article_label(self) -> str:
        """The article in words in the active language."""
        return pick(self.article_zh, self.article_en) or self.article
