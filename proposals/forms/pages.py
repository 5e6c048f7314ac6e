"""The pages of a programme's form, as its policy lists them."""

from dataclasses import dataclass, field
from functools import cached_property

from programs.clauses.base import Both
from programs.policy import Policy
from programs.policy.sections import FormSection, Question
from proposals.forms.fields import EDITABLE, NO_WORDS, Field, Item, Kind

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
        return any(block.path in {"budget_lines", "partner_allocation"} for block in self.blocks)

    def holds(self, path: str) -> bool:
        """Whether the value at a dossier path is on this page."""
        return any(path == block.path or path.startswith(f"{block.path}.") for block in self.blocks)


def pages_of(policy: Policy) -> tuple[Page, ...]:
    """The policy's form sections in order; sections of the same key (a call's additions) are one page."""
    questions = {f"answers.{question.key}": question for question in policy.questions}
    pages: dict[str, Page] = {}
    for section in policy.form:
        before = pages.get(section.key)
        blocks = (*(before.blocks if before else ()), *_blocks(section, questions))
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


def _blocks(section: FormSection, questions: dict[str, Question]) -> tuple[Block, ...]:
    blocks = []
    for entry in section.fields:
        help_text = Both(entry.help_zh, entry.help_en)
        if question := questions.get(entry.path):
            help_text = help_text if help_text.zh else Both(question.help_zh, question.help_en)
        blocks.append(Block(entry.path, help_text, _items(entry.path, questions)))
    return tuple(blocks)


def _items(path: str, questions: dict[str, Question]) -> tuple[Item, ...]:
    if question := questions.get(path):
        kind = Kind.CHOICE if question.options else Kind.TEXT
        return (Field(path, kind, Both(question.zh, question.en)),)
    if path in EDITABLE:
        return (EDITABLE[path],)
    return tuple(item for name, item in EDITABLE.items() if name.startswith(f"{path}."))
