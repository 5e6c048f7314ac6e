"""The pages of a programme's form, as its policy lists them."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from programs.clauses.base import Both
from programs.clauses.partners import ConsortiumMembers
from programs.policy import Policy
from programs.policy.questions import AnswerType, Question
from programs.policy.sections import FormField, FormSection
from proposals.forms.fields import EDITABLE, NO_WORDS, Field, Item, Kind, Rows

REASONS = "reasons"
"""The page that holds the justifications; it stands on the hand-in page, not in the policy's form."""

_CODES_ELSEWHERE = {"partner_attachment": "attachments"}
"""Findings that name a partner but are put right among the files."""


@dataclass(frozen=True)
class Block:
    """One entry of a form section: a field, the fields of the PI, or a list."""

    path: str
    help: Both = NO_WORDS
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of the form."""

    key: str
    label: Both
    help: Both = NO_WORDS
    blocks: tuple[Block, ...] = field(default=())

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Everything that this page posts."""
        return tuple(item for block in self.blocks for item in block.items)

    @property
    def help_text(self) -> str:
        """What to write here, in the active language."""
        return str(self.help)

    @cached_property
    def is_wide(self) -> bool:
        """Whether its tables need the room of the whole page."""
        return any(block.path in {"activities", "budget_lines", "partner_allocation"} for block in self.blocks)

    def holds(self, path: str) -> bool:
        """Whether the value at a dossier path is on this page."""
        return any(path == block.path or path.startswith(f"{block.path}.") for block in self.blocks)


def pages_of(policy: Policy) -> tuple[Page, ...]:
    """The policy's form sections in order; sections of the same key (a call's additions) are one page."""
    questions = {f"answers.{question.key}": question for question in policy.questions}
    pages: dict[str, Page] = {}
    for section in policy.form:
        before = pages.get(section.key)
        blocks = (*(before.blocks if before else ()), *_blocks(section, questions, _unasked(policy)))
        pages[section.key] = Page(
            section.key, Both(section.zh, section.en), Both(section.help_zh, section.help_en), blocks
        )
    return tuple(pages.values())


def reasons_page() -> Page:
    """The justifications of warnings."""
    return Page(
        REASONS, Both("说明理由", "Reasons"), blocks=(Block("justifications", items=(EDITABLE["justifications"],)),)
    )


def page_for(pages: tuple[Page, ...], path: str, code: str = "") -> Page | None:
    """The page on which a finding is put right; None when it isn't about the form."""
    if code in _CODES_ELSEWHERE:
        path = _CODES_ELSEWHERE[code]
    if not path:
        return None
    found = next((page for page in pages if page.holds(path)), None)
    # `pi` as a whole is where its fields are, should the policy list those one by one.
    return found or next((page for page in pages if any(b.path.startswith(f"{path}.") for b in page.blocks)), None)


def _blocks(section: FormSection, questions: dict[str, Question], unasked: frozenset[str]) -> tuple[Block, ...]:
    blocks = []
    for entry in section.fields:
        help_text = Both(entry.help_zh, entry.help_en)
        if question := questions.get(entry.path):
            help_text = help_text if help_text.zh else Both(question.help_zh, question.help_en)
            if question.max_characters:
                help_text = _with_limit(help_text, question.max_characters)
        blocks.append(Block(entry.path, help_text, _items(entry, questions, unasked)))
    return tuple(blocks)


_KINDS = {
    AnswerType.LINE: Kind.LINE,
    AnswerType.TEXT: Kind.TEXT,
    AnswerType.NUMBER: Kind.WHOLE,
    AnswerType.MONEY: Kind.AMOUNT,
    AnswerType.DATE: Kind.DAY,
    AnswerType.CHOICE: Kind.CHOICE,
    AnswerType.YES_NO: Kind.CHOICE,
    AnswerType.CHOICES: Kind.CHOICES,
    AnswerType.GOALS: Kind.CHOICES,
}


def _unasked(policy: Policy) -> frozenset[str]:
    """Columns that only some programmes have, and this one hasn't."""
    return frozenset() if policy.clauses_of(ConsortiumMembers) else frozenset({"parties.is_fellow_member"})


def _with_limit(text: Both, most: int) -> Both:
    return Both(f"{text.zh}最多 {most} 字。", f"{text.en} At most {most} characters.".strip())


def _items(entry: FormField, questions: dict[str, Question], unasked: frozenset[str]) -> tuple[Item, ...]:
    path = entry.path
    if question := questions.get(path):
        has_few = question.type is AnswerType.YES_NO
        return (Field(path, _KINDS[question.type], Both(question.zh, question.en), has_few=has_few),)
    if entry.columns:
        return (_named(entry),)
    if isinstance(rows := EDITABLE.get(path), Rows):
        return (replace(rows, items=tuple(item for item in rows.items if f"{path}.{item.name}" not in unasked)),)
    if path in EDITABLE:
        return (EDITABLE[path],)
    return tuple(item for name, item in EDITABLE.items() if name.startswith(f"{path}."))


def _named(entry: FormField) -> Rows:
    """The activities under the programme's own name, with the columns that it asks for."""
    rows = EDITABLE[entry.path]
    assert isinstance(rows, Rows)
    columns = [
        replace(item, label=Both(column.zh, column.en))
        for column in entry.columns
        if isinstance(item := rows.item(column.key), Field)
    ]
    return Rows(rows.name, rows.letter, tuple(columns), Both(entry.zh, entry.en))
