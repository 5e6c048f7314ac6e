"""Templates as files: made, named, and read back after every check."""

import re
import secrets
import unicodedata
from typing import Any, Final

from accounts.enums import Role
from core.errors import Obstacle, Refused
from documents import office
from documents.checks import KINDS, MAX_NAME_BYTES, check_upload
from documents.refusals import FileRefused
from proposals.extents import MONEY
from proposals.forms.desk import Desk
from proposals.office import excel, sheets, word
from proposals.office.filled import Filled, from_word
from proposals.office.marker import Marker, NoMarker, marker_for, pieces_in
from proposals.office.plan import Plan

WORD, EXCEL = "docx", "xlsx"
MEDIA_TYPES: Final = {kind: KINDS[kind].media_type for kind in (WORD, EXCEL)}
BLANK_LINES: Final = {WORD: 3, EXCEL: 100}
LONGEST_NAME: Final = MAX_NAME_BYTES - 6  # the extension comes on top
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]+')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def has_money(desk: Desk) -> bool:
    """Whether the form asks for a budget at all."""
    return bool(desk.policy.asked.intersection(MONEY))


def plan_of(desk: Desk, kind: str) -> Plan:
    """What a template of the kind holds: Word the whole form, Excel the budget."""
    paths = frozenset(MONEY) if kind == EXCEL else None
    return Plan(desk, paths, BLANK_LINES[kind])


def template(desk: Desk, kind: str, language: str) -> bytes:
    """The template of a draft, or of a call that a blank desk stands for, in the active language."""
    plan = plan_of(desk, kind)
    if kind == EXCEL:
        excel.fit(plan)
    marker = marker_for(plan, kind=kind, language=language, nonce=secrets.token_hex(8))
    return excel.excel_of(plan, marker) if kind == EXCEL else word.word_of(plan, marker)


def name_of(desk: Desk, kind: str) -> str:
    """牵头单位+负责人 as the call prescribes (B6), else with the call's title; of a blank template, the title alone.

    Never a name that the portal itself would refuse to take back."""
    proposal = desk.proposal
    title = _clean(proposal.call.title, 60)
    if not proposal.pk:
        return f"{title}.{kind}"
    if kind == WORD and desk.file_name:
        return f"{_clean(desk.file_name, LONGEST_NAME)}.{kind}"
    lead, pi = proposal.lead_institution, proposal.pi
    return f"{_clean(lead.name_zh or lead.name_en, 80)}+{_clean(pi.name_zh or pi.name_en, 40)}+{title}.{kind}"


def _clean(text: str, most: int) -> str:
    """The text as part of a file's name, of at most so many bytes."""
    shown = "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in text)
    parts = unicodedata.normalize("NFC", " ".join(_FORBIDDEN.sub(" ", shown).split()).strip(" .~"))
    return parts.encode()[:most].decode("utf-8", "ignore").strip(" .~") or "–"


# ---------------------------------------------------------------- reading
def read_upload(desk: Desk, upload: Any) -> Filled:
    """What somebody wrote into a template of this draft, or into a blank one of its call.

    Raises Refused, in both languages, for what is no such file: FileRefused for one that can't be read at all."""
    if upload is None or not upload.name:
        raise _refused("no_file", "请选择文件。", "Choose a file.")
    if (upload.size or 0) > office.MAX_FILE:
        size, limit = (f"{one / 1024 / 1024:.1f}" for one in (upload.size, office.MAX_FILE))
        raise FileRefused("too_large", size=size, limit=limit)
    data = upload.read()
    kind = check_upload(data, upload.name, allowed=frozenset(MEDIA_TYPES)).kind
    try:
        return filled_from(desk, kind, office.read(data, kind))
    except office.Unreadable as problem:
        raise FileRefused(problem.code) from None


def filled_from(desk: Desk, kind: str, found: dict[str, Any]) -> Filled:
    """The same from what `documents.office` read. Raises Refused for a file that isn't of this draft."""
    marker = _marker(kind, found)
    _check(desk, kind, marker)
    plan = plan_of(desk, kind)
    return from_word(found, marker, plan) if kind == WORD else sheets.from_excel(found, marker, plan)


def _marker(kind: str, found: dict[str, Any]) -> Marker:
    if kind == WORD:
        text = pieces_in(found["properties"], word.PIECE)
    else:
        sheet = next((one for one in found["sheets"] if one["title"] == excel.HIDDEN_SHEET), None)
        cells = {name: str(cell.get("value")) for name, cell in sheet["cells"].items()} if sheet else {}
        text = pieces_in({f"A{int(name[1:]) - 1}": one for name, one in cells.items() if name[1:].isdigit()}, "A")
    try:
        return Marker.load(text)
    except NoMarker:
        raise _refused(
            "not_a_template",
            "这不是从本系统下载的模板，或者模板的内部标记已丢失（例如经其他软件转换格式）。"
            "请重新下载模板，将内容填入后上传。",
            "This is not a template of the portal, or its inner mark was lost, for instance by a conversion. Download "
            "the template anew and write into it.",
        ) from None


def _check(desk: Desk, kind: str, marker: Marker) -> None:
    """Of this call, as its policy is now, and of no other draft."""
    proposal, title = desk.proposal, _titles(marker)
    if marker.call != proposal.call_id or marker.kind != kind:
        raise _refused(
            "other_call",
            f"这是“{title[0]}”的模板，而本申请属于“{proposal.call.title_zh}”。请下载本申请的模板。",
            f"This is a template of “{title[1]}”, but the application belongs to “{proposal.call.title_en}”. Download "
            "the template of this application.",
        )
    if marker.policy != desk.policy.sha256:
        raise _refused(
            "other_version",
            "模板是按旧版规定制作的，规定此后已有变化。请重新下载模板。",
            "The template was made by another version of the call's policy. Download it anew.",
        )
    if marker.proposal not in (0, proposal.pk):
        raise _refused(
            "other_draft",
            "该文件是从另一份申请下载的。请使用从本申请下载的模板，或使用指南页上的空白模板。",
            "This file was downloaded from another application. Use the template of this one, or the call's empty one.",
        )


def _titles(marker: Marker) -> tuple[str, str]:
    return marker.title_zh or marker.title_en, marker.title_en or marker.title_zh


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused([Obstacle(code, zh, en, article="B6", field="file", who_can_clear=Role.APPLICANT)])
