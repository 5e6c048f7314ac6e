"""What a yearly guide says: priorities, the budget over programmes, how it is organised, and when (A12).

Frozen and typed, so that an approval binds its hash and versions can be compared. Amounts are whole fen."""

import hashlib
from typing import Annotated, Self

import rfc8785

from programs.cleaning import Day, Fen, Label, Line, Text
from programs.differences import Change, compare
from programs.dossier import Part, Row, Rows
from programs.language import pick


class Priority(Row):
    """A field that the year's money goes to first (资助重点)."""

    title_zh: Annotated[Line, Label("名称（中文）", "Name (Chinese)")] = ""
    title_en: Annotated[Line, Label("名称（英文）", "Name (English)")] = ""
    text_zh: Annotated[Text, Label("内容（中文）", "Contents (Chinese)")] = ""
    text_en: Annotated[Text, Label("内容（英文）", "Contents (English)")] = ""

    @property
    def title(self) -> str:
        """The name in the active language."""
        return pick(self.title_zh, self.title_en)

    @property
    def text(self) -> str:
        """The contents in the active language."""
        return pick(self.text_zh, self.text_en)


class Share(Row):
    """What one programme gets of the year's budget (预算分配)."""

    programme: Annotated[Line, Label("项目类别", "Programme")] = ""
    """The programme's slug."""
    title_zh: Annotated[Line, Label("名称（中文）", "Name (Chinese)")] = ""
    title_en: Annotated[Line, Label("名称（英文）", "Name (English)")] = ""
    amount_fen: Annotated[Fen, Label("金额（元）", "Amount (yuan)")] = 0
    note_zh: Annotated[Line, Label("说明（中文）", "Note (Chinese)")] = ""
    note_en: Annotated[Line, Label("说明（英文）", "Note (English)")] = ""

    @property
    def title(self) -> str:
        """The programme's title in the active language, as it was when the guide was written."""
        return pick(self.title_zh, self.title_en)

    @property
    def note(self) -> str:
        """The note in the active language."""
        return pick(self.note_zh, self.note_en)


class Step(Row):
    """A day or days of the year's calendar (时间节点); without a last day it is one day."""

    first_day: Annotated[Day, Label("开始日期", "First day")] = None
    last_day: Annotated[Day, Label("结束日期", "Last day")] = None
    title_zh: Annotated[Line, Label("事项（中文）", "What (Chinese)")] = ""
    title_en: Annotated[Line, Label("事项（英文）", "What (English)")] = ""

    @property
    def title(self) -> str:
        """What it is, in the active language."""
        return pick(self.title_zh, self.title_en)


class GuideContent(Part):
    """A guide, whole or begun."""

    title_zh: Annotated[Line, Label("标题（中文）", "Title (Chinese)")] = ""
    title_en: Annotated[Line, Label("标题（英文）", "Title (English)")] = ""
    intro_zh: Annotated[Text, Label("总体说明（中文）", "Introduction (Chinese)")] = ""
    intro_en: Annotated[Text, Label("总体说明（英文）", "Introduction (English)")] = ""
    priorities: Annotated[Rows[Priority], Label("资助重点", "Priorities")] = ()
    budget: Annotated[Rows[Share], Label("预算分配", "Budget")] = ()
    organisation_zh: Annotated[Text, Label("组织实施形式（中文）", "Organisation (Chinese)")] = ""
    organisation_en: Annotated[Text, Label("组织实施形式（英文）", "Organisation (English)")] = ""
    steps: Annotated[Rows[Step], Label("时间节点", "Timeline")] = ()

    @classmethod
    def of(cls, data: object) -> Self:
        """The content that was stored."""
        return cls.model_validate(data)

    @property
    def title(self) -> str:
        """The title in the active language."""
        return pick(self.title_zh, self.title_en)

    @property
    def intro(self) -> str:
        """The introduction in the active language."""
        return pick(self.intro_zh, self.intro_en)

    @property
    def organisation(self) -> str:
        """How it is organised, in the active language."""
        return pick(self.organisation_zh, self.organisation_en)

    @property
    def total_fen(self) -> int:
        """The year's budget: the sum of the shares, never typed in."""
        return sum(share.amount_fen for share in self.budget)

    @property
    def calendar(self) -> list[Step]:
        """The steps in order of time."""
        return sorted(self.steps, key=lambda one: (str(one.first_day or ""), str(one.last_day or "")))

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON, to which an approval binds itself."""
        data: bytes = rfc8785.dumps(self.model_dump(mode="json"))
        return hashlib.sha256(data).hexdigest()


def differences(old: GuideContent, new: GuideContent) -> list[Change]:
    """What changed from one version to the next; rows are matched by key."""
    return compare(old, new)
