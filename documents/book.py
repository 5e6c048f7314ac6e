"""What the PDF templates are given: labels in both languages, signatories, and tables with their sums.

The dossier comes from a layer above; here it is known only by the attributes that are read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from django.utils.translation import get_language


class Label(NamedTuple):
    """A text in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        """The text in the active language, in the other one where it is missing."""
        first, second = (self.zh, self.en) if is_chinese() else (self.en, self.zh)
        return first or second


EMPTY: Final = Label("", "")


def is_chinese() -> bool:
    """Whether the active language is Chinese."""
    return (get_language() or "zh").startswith("zh")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels of the keys a dossier uses: the policy's fields, budget categories and attachment kinds, and countries."""

    fields: Mapping[str, Label] = field(default_factory=dict)
    categories: Mapping[str, Label] = field(default_factory=dict)
    attachment_kinds: Mapping[str, Label] = field(default_factory=dict)
    countries: Mapping[str, Label] = field(default_factory=dict)
    institution_kinds: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in words, such as the programme's courses or visits."""

    title: Label
    headings: tuple[Label, ...]
    rows: tuple[tuple[Label, ...], ...]

    @property
    def labelled(self) -> list[list[tuple[Label, Label]]]:
        """The rows with each cell's heading beside it, for narrow screens."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Signatory:
    """One who signs: `field` names the signature field in the PDF, lower-case letters, digits and hyphens."""

    field: str
    role: Label
    party: Label = EMPTY
    name: Label = EMPTY


@dataclass(frozen=True, slots=True)
class Issue:
    """Under which name and number a document is issued. Hashes are hex SHA-256."""

    funder: Label
    programme: Label = EMPTY
    call: Label = EMPTY
    number: str = ""
    version: int = 1
    content_sha256: str = ""
    policy_sha256: str = ""
    issued_date: date | None = None


@dataclass(frozen=True, slots=True)
class CrossRow:
    """One row of a table by year, amounts in fen."""

    key: str
    cells: tuple[int, ...]

    @property
    def total_fen(self) -> int:
        """The row's sum."""
        return sum(self.cells)


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Amounts in fen by key and year (None: not stated), with sums both ways that are computed, never typed in."""

    years: tuple[int | None, ...]
    rows: tuple[CrossRow, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """The sum of each year."""
        return tuple(sum(row.cells[index] for row in self.rows) for index in range(len(self.years)))

    @property
    def total_fen(self) -> int:
        """The sum of everything."""
        return sum(self.totals)


def cross_table(entries: Iterable[tuple[str, int | None, int]], years: Sequence[int]) -> CrossTable:
    """Sum (key, year, fen) entries into a table; keys in order of first appearance.

    A year outside `years` gets a column of its own, and so do entries without a year, as the last one (`None`)."""
    listed = list(entries)
    columns: list[int | None] = [*sorted({*years, *(year for _, year, _ in listed if year is not None)})]
    if not columns or any(year is None for _, year, _ in listed):
        columns.append(None)
    sums: dict[str, list[int]] = {}
    for key, year, amount in listed:
        sums.setdefault(key, [0] * len(columns))[columns.index(year)] += amount
    return CrossTable(tuple(columns), tuple(CrossRow(key, tuple(cells)) for key, cells in sums.items()))


DOSSIER_PARTS: Final = frozenset({"field", "yearly_plan", "disbursement", "partner_allocation", "attachments"})
"""Parts that not every programme asks for; a document leaves out those that weren't asked."""


def dossier_context(dossier: Any, issue: Issue, vocabulary: Vocabulary) -> dict[str, Any]:
    """What both the application and the task book show of a dossier."""
    return {
        "dossier": dossier,
        "asked": DOSSIER_PARTS,
        "issue": issue,
        "vocabulary": vocabulary,
        "budget": cross_table(
            ((line.category, line.year, line.amount_fen) for line in dossier.budget_lines), dossier.years
        ),
        "disbursement": cross_table(
            (("", entry.year, entry.amount_fen) for entry in dossier.disbursement), dossier.years
        ),
        "allocation": cross_table(
            ((entry.party_key, entry.year, entry.amount_fen) for entry in dossier.partner_allocation), dossier.years
        ),
    }


def proposal_context(
    *,
    dossier: Any,
    issue: Issue,
    vocabulary: Vocabulary,
    asked: Collection[str] = DOSSIER_PARTS,
    answers: Sequence[tuple[Label, Label]] = (),
    activities: Sheet | None = None,
) -> dict[str, Any]:
    """Context of `documents/pdf/proposal.html`; `asked` are the dossier's parts that the form has, `answers` those to
    the programme's own questions, in words."""
    return dossier_context(dossier, issue, vocabulary) | {
        "document_title": Label("项目申请书", "Project Proposal"),
        "asked": asked,
        "answers": answers,
        "activities": activities,
    }


def task_book_context(
    *,
    dossier: Any,
    issue: Issue,
    vocabulary: Vocabulary,
    approved_fen: int,
    signatories: Sequence[Signatory],
    acknowledgements: Sequence[Label] = (),
    terms: Sequence[Label] = (),
) -> dict[str, Any]:
    """Context of `documents/pdf/task_book.html`: plan task book, budget book and signature page (A24, A26, A34)."""
    return dossier_context(dossier, issue, vocabulary) | {
        "document_title": Label("项目计划任务书", "Project Plan Task Book"),
        "approved_fen": approved_fen,
        "signatories": signatories,
        "acknowledgements": acknowledgements,
        "terms": terms or DEFAULT_TERMS,
    }


def notice_context(
    *,
    issue: Issue,
    title: Label,
    addressee: Label,
    paragraphs: Sequence[Label],
    facts: Sequence[tuple[Label, Label]] = (),
    reasons: Sequence[Label] = (),
    signatories: Sequence[Signatory] = (),
) -> dict[str, Any]:
    """Context of `documents/pdf/notice.html`: a letter of the funder in both languages, the document's own first."""
    return {
        "document_title": title,
        "issue": issue,
        "addressee": addressee,
        "paragraphs": paragraphs,
        "facts": facts,
        "reasons": reasons,
        "signatories": signatories,
    }


DEFAULT_TERMS: Final = (
    Label(
        "本任务书是项目执行、中期检查和验收的依据，由各方签署后生效，项目随之立项并编号。",
        "This task book is the basis of the project's execution, mid-term inspection and acceptance. It takes effect, "
        "and the project is established and numbered, once all parties have signed.",
    ),
    Label(
        "项目负责人在批准的计划任务和预算范围内享有充分的自主权；变更基本信息或涉及研究目标的内容，"
        "须经单位审核后报资助方批准。",
        "Within the approved plan and budget the principal investigator decides freely. A change of basic data or of "
        "anything that touches the objectives needs the institution's opinion and the funder's approval.",
    ),
    Label(
        "资助经费仅可在国内法人机构支出，专款专用，接受资助方的监督和审计。",
        "Grant money is spent by legal persons in China only, for its purpose only, and is open to the funder's "
        "supervision and audit.",
    ),
)
