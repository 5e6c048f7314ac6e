"""Word and Excel templates: what goes out comes back as it was, what was changed in the file is shown and taken, what
can't be read is told with its place, and nothing in a file can harm."""

import io
import re
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from docx import Document

from accounts.models import Institution, Tenant, User
from documents import office
from documents.checks import check_filename
from programs.dossier import Dossier
from programs.models import Call
from programs.policy import builtin_names, load_builtin
from programs.samples import samples_of
from proposals import actions
from proposals.forms.desk import Desk
from proposals.forms.reading import BadDraft
from proposals.models import Proposal
from proposals.office import files
from proposals.office.changes import Comparison, orders_from
from tests.cast import Cast
from tests.proposals.helpers import complete_draft, let_write, of_rows

As = Callable[..., Client]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
JOINT = "anso/calls/2021-joint-research"
CALLS = [name for name in builtin_names() if "/calls/" in name]


# ---------------------------------------------------------------- without a database
def desk_of(policy_name: str, draft: dict[str, Any], pk: int | None = 7) -> Desk:
    """A desk whose draft belongs to nobody, judged by nobody."""
    policy = load_builtin(policy_name)
    tenant = Tenant(pk=1, slug="anso", name_zh="联盟", name_en="Alliance")
    call = Call(pk=3, tenant=tenant, title_zh=policy.title_zh, title_en=policy.title_en)
    lead = Institution(pk=1, name_zh="示例所", name_en="Institute")
    pi = User(pk=1, name_zh="裴山", name_en="Pei Shan")
    desk = Desk(Proposal(pk=pk, tenant=tenant, call=call, pi=pi, lead_institution=lead, draft=draft))
    desk.__dict__.update(policy=policy, _read=Dossier.from_draft(draft), findings=[])
    return desk


def sample(policy_name: str) -> dict[str, Any]:
    return samples_of(policy_name)[0].draft()


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
@pytest.mark.parametrize("name", CALLS)
def test_what_goes_out_and_comes_back_changes_nothing(name: str, kind: str) -> None:
    with translation.override("zh-hans"):
        data = files.template(desk_of(name, sample(name)), kind, "zh-hans")
    found = office.judge(data, kind)
    with translation.override("en"):  # whoever uploads it may read another language
        filled = files.filled_from(desk_of(name, sample(name)), kind, found)
        assert Comparison(filled, sample(name)).changes() == []
    assert filled.troubles == []
    written = [key for table in filled.plan.tables for key in filled.rows[table.name]]
    assert written and len(filled.texts) > len(written)


def test_what_no_paper_holds_stays_on_the_portal_and_no_text_becomes_a_formula() -> None:
    draft = sample(JOINT)
    draft["budget_lines"][0]["basis"] = "x" * 40_000
    draft |= {"start_date": '2022-"><x/>', "keywords": ["\ufffe", "a<b>&\"'"], "title_zh": "\ud800\x00 x\u2028y"}
    draft["budget_lines"][1]["name"] = '=HYPERLINK("http://example.org")\x0b\x01<&>'
    for kind in ("docx", "xlsx"):
        data = files.template(desk_of(JOINT, draft), kind, "en")
        filled = files.filled_from(desk_of(JOINT, draft), kind, office.judge(data, kind))
        assert Comparison(filled, draft).changes() == []
    book = openpyxl.load_workbook(io.BytesIO(data))
    formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas and all(re.match(r"=(SUM|SUMPRODUCT)\(|=[A-Z]+[0-9]+/10000$", text) for text in formulas)


def test_the_name_of_a_file_is_one_that_comes_back() -> None:
    for name in (JOINT, "anso/calls/2021-conference"):
        desk = desk_of(name, {"lead": {"name_zh": "../所/" * 90}})
        desk.proposal.lead_institution.name_zh = '../所/：*?"<\u202e\x00' * 20
        desk.proposal.pi.name_zh = "裴" * 200
        for kind in ("docx", "xlsx"):
            assert check_filename(files.name_of(desk, kind)).endswith(f".{kind}")
    plain = desk_of(JOINT, {"lead": {"name_zh": "示例所"}, "pi": {"name_zh": "裴山"}})
    assert files.name_of(plain, "docx") == "示例所+裴山.docx", "as the call prescribes (B6)"


# ---------------------------------------------------------------- in the portal
@pytest.fixture(autouse=True)
def _in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for each file would take most of the time; one test has it."""

    def read(data: bytes, kind: str) -> dict[str, Any]:
        found = office.judge(data, kind)
        if code := found.get("refused"):
            raise office.Unreadable(code)
        return found

    if "process_of_its_own" not in request.node.name:
        monkeypatch.setattr(office, "read", read)


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    return complete_draft(cast, call)


def at(proposal: Proposal, page: str = "") -> str:
    return f"/anso/proposals/{proposal.pk}/office/{page}"


def upload(client: Client, proposal: Proposal, data: bytes, name: str = "filled.xlsx") -> Any:
    return client.post(at(proposal, "read/"), {"file": SimpleUploadedFile(name, data)})


def said(page: Any) -> str:
    """The page without its marks, which also stand where texts differ."""
    return re.sub(r"<[^>]+>", "", page.text)


def take(client: Client, proposal: Proposal, page: str, **more: Any) -> Any:
    """Confirm what is ticked on a page."""
    fields = dict(re.findall(r'name="(kind|orders)" value="([^"]*)"', page))
    ticked = re.findall(r'name="take" value="([^"]*)" checked', page)
    return client.post(at(proposal, "take/"), {**fields, "take": ticked, **more})


class Sheet:
    """The Excel table as somebody has it open: cells by list, row from 1 and column."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))

    def cell(self, name: str, row: int, column: str) -> Any:
        for sheet in self.book:
            for cell in next(sheet.iter_rows(min_row=3, max_row=3), ()):
                if re.fullmatch(rf"c\d+:{column}", str(cell.value)) and LISTS[name] == sheet.cell(3, 2).value:
                    return sheet.cell(4 + row, cell.column)
        raise KeyError(column)

    def data(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


LISTS = {"budget_lines": "c0:category", "disbursement": "c1:year", "partner_allocation": "c2:party_key"}


def word_with(data: bytes, **texts: str) -> bytes:
    """The Word form with other texts in the places of these labels' marks."""
    paper = Document(io.BytesIO(data))
    for control in paper.element.body.iter(f"{W}sdt"):
        mark = control.find(f"{W}sdtPr/{W}tag").get(f"{W}val")
        if mark in texts:
            for hint in control.findall(f"{W}sdtPr/{W}showingPlcHdr"):
                hint.getparent().remove(hint)
            first, *rest = control.iter(f"{W}t")
            first.text = texts[mark]
            for one in rest:
                one.text = ""
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


@pytest.mark.django_db
def test_a_filled_budget_is_shown_then_taken_and_nothing_else_is_touched(as_: As, draft: Proposal) -> None:
    pi, before = as_("pi", "zh-hans"), draft.draft
    answer = pi.get(at(draft, "budget.xlsx"))
    assert "牵头" not in unquote(answer["Content-Disposition"])
    assert "中国科学院山地生态研究所+裴山+" in unquote(answer["Content-Disposition"])
    sheet = Sheet(answer.content)
    held = len(before["budget_lines"])
    sheet.cell("budget_lines", 1, "amount_fen").value = "１２,345.60"
    for column, value in {
        "name": "样品运输",
        "category": "材料费",
        "year": 2022,
        "amount_fen": 8000,
        "quantity": 2,
    }.items():
        sheet.cell("budget_lines", held + 3, column).value = value
    page = upload(pi, draft, sheet.data())
    assert page.status_code == 200
    assert all(text in said(page) for text in ("样品运输", "12,345.60", "经费预算!H5"))
    draft.refresh_from_db()
    assert draft.draft == before, "nothing is saved before it is confirmed"
    assert take(pi, draft, page.text).status_code == 303
    draft.refresh_from_db()
    first, *others, last = draft.draft["budget_lines"]
    assert first == before["budget_lines"][0] | {"amount_fen": "12,345.60"}
    assert others == before["budget_lines"][1:]
    assert {name: value for name, value in last.items() if name != "key"} == {
        "name": "样品运输", "category": "materials", "year": "2022", "amount_fen": "8,000", "quantity": "2", "party_key": "lead",
    }  # fmt: skip
    assert {name: value for name, value in draft.draft.items() if name != "budget_lines"} == {
        name: value for name, value in before.items() if name != "budget_lines"
    }
    again = upload(pi, draft, sheet.data())
    assert again.status_code == 200 and 'name="orders"' not in again.text, "the same file twice changes nothing more"


@pytest.mark.django_db
def test_a_filled_form_is_taken_with_rows_that_came_and_went(as_: As, draft: Proposal) -> None:
    pi, before = as_("pi"), draft.draft
    data = pi.get(at(draft, "form.docx")).content
    marks = marks_of(data)
    _head, first_person, *_others = marks["Months per year"]
    texts = {
        marks["Title (English)"][0]: "Rain, and\nwhat follows",
        marks["Start date"][0]: "2022年3月1日",
        first_person: "",
    }
    paper = Document(io.BytesIO(word_with(data, **texts)))
    team = next(one for one in paper.tables if "Months per year" in one._tbl.xpath("string(./w:tr[1])"))
    for cell, text in zip(team.add_row().cells, ("Asha", "", "Modelling", "是", "3"), strict=True):
        cell.text = text  # as a row that Tab makes: without any mark
    stream = io.BytesIO()
    paper.save(stream)
    page = upload(pi, draft, stream.getvalue(), "a.docx")
    assert "Rain, and what follows" in said(page) and "2022-03-01" in said(page)
    assert take(pi, draft, page.text).status_code == 303
    draft.refresh_from_db()
    assert (draft.title_en, draft.draft["start_date"]) == ("Rain, and what follows", "2022-03-01")
    *others, last = draft.draft["participants"]
    assert others == before["participants"][1:]
    assert last | {"key": ""} == {
        "key": "", "name": "Asha", "party_key": "lead", "role": "Modelling", "is_main": True, "months_per_year": "3",
    }  # fmt: skip
    again = upload(pi, draft, stream.getvalue(), "a.docx")
    assert 'name="orders"' not in again.text, "the same file twice adds nothing more"


def marks_of(data: bytes) -> dict[str, list[str]]:
    """The marks of the form's places by their titles."""
    found: dict[str, list[str]] = {}
    for control in Document(io.BytesIO(data)).element.body.iter(f"{W}sdt"):
        properties = control.find(f"{W}sdtPr")
        title, mark = (properties.find(f"{W}{name}").get(f"{W}val") for name in ("alias", "tag"))
        found.setdefault(title, []).append(mark)
    return found


@pytest.mark.django_db
def test_what_changed_on_the_portal_meanwhile_is_kept_or_asked_for(cast: Cast, as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    data = pi.get(at(draft, "form.docx")).content
    mark = marks_of(data)["Title (English)"][0]
    newer = {**draft.draft, "title_en": "Portal", "title_zh": "门户"}
    draft = actions.save_draft(proposal=draft, by=cast.pi, data=newer, revision=draft.revision)
    page = upload(pi, draft, word_with(data, **{mark: "Paper"}), "a.docx").text
    assert "1 value is newer on the portal" in page
    assert "was saved since this file was downloaded" in page
    assert 'value="title_en">' in page, "both changed it: it is left to the person"
    take(pi, draft, page, take=["title_en"])
    draft.refresh_from_db()
    assert (draft.title_en, draft.title_zh) == ("Paper", "门户")


@pytest.mark.django_db
def test_a_change_between_looking_and_confirming_is_shown_first(cast: Cast, as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    data = pi.get(at(draft, "form.docx")).content
    marks = marks_of(data)
    texts = {marks["Title (English)"][0]: "Paper", marks["Title (Chinese)"][0]: "纸"}
    page = upload(pi, draft, word_with(data, **texts), "a.docx").text
    meanwhile = {**draft.draft, "title_en": "Portal", "abstract_en": "Portal"}
    draft = actions.save_draft(proposal=draft, by=cast.pi, data=meanwhile, revision=draft.revision)
    asked = take(pi, draft, page)
    assert asked.status_code == 409 and "Portal" in asked.text and "Paper" in asked.text
    draft.refresh_from_db()
    assert draft.title_en == "Portal"
    assert take(pi, draft, asked.text).status_code == 303
    draft.refresh_from_db()
    assert (draft.title_en, draft.title_zh, draft.draft["abstract_en"]) == ("Portal", "纸", "Portal")


@pytest.mark.django_db
def test_orders_that_no_page_made_are_refused(as_: As, draft: Proposal) -> None:
    plan = files.plan_of(Desk(draft), "docx")
    held = {"sets": {}, "drops": [f"parties.{draft.draft['parties'][0]['key']}"], "marks": {}}
    for path in ("x", "parties", "parties.../..", 7, "budget_lines.no.such"):
        with pytest.raises(BadDraft):
            orders_from([held | {"path": path}], plan)
    assert orders_from([held | {"path": held["drops"][0]}], plan)


WRONG = [
    ("amount_fen", "100万", "digits"),
    ("amount_fen", -5, "negative"),
    ("amount_fen", 33.3333, "two decimals"),
    ("amount_fen", 6666666.6667, "two decimals"),  # a third is no less wrong in a large amount
    ("amount_fen", "=1/0", "formula without a result"),
    ("unit_price_fen", datetime(2022, 1, 31), "holds a date"),
    ("category", "Champagne", "Choose a category"),
    ("party_key", "Nowhere", "Choose a unit"),
    ("quantity", "many", "whole number"),
]


@pytest.mark.django_db
def test_each_wrong_cell_is_told_with_its_address(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    sheet = Sheet(pi.get(at(draft, "budget.xlsx")).content)
    cells = [sheet.cell("budget_lines", row, column) for row, (column, _, _) in enumerate(WRONG, start=1)]
    for row, (cell, (_, value, _)) in enumerate(zip(cells, WRONG, strict=True), start=1):
        sheet.cell("budget_lines", row, "name").value = f"Line {row}"
        cell.value = value
    page = upload(pi, draft, sheet.data())
    assert page.status_code == 200
    for cell, (column, _, wrong) in zip(cells, WRONG, strict=True):
        told = re.findall(rf'<span class="kind">[^<]*!{cell.coordinate}</span>(.*?)</li>', page.text, re.S)
        assert len(told) == 1 and wrong in told[0], (column, wrong, told)


@pytest.mark.django_db
def test_a_formula_gives_the_value_that_it_showed(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    data = rezipped(pi.get(at(draft, "budget.xlsx")).content, calculated)
    page = upload(pi, draft, data)
    assert "240,000.10" in said(page) and "!H5" in said(page)


def calculated(name: str, data: bytes) -> bytes:
    """As Excel keeps a calculated cell, with the binary fraction of 0.1 + 0.2."""
    if name != "xl/worksheets/sheet2.xml":
        return data
    return re.sub(rb'(<c r="H5"[^>]*>)<v>[^<]*</v>', rb"\1<f>A1*2</f><v>240000.10000000003</v>", data, count=1)


@pytest.mark.django_db
def test_merged_cells_and_too_many_rows_and_policy_limits_are_told(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    sheet = Sheet(pi.get(at(draft, "budget.xlsx")).content)
    cell = sheet.cell("budget_lines", 1, "amount_fen")
    cell.value = 90_000_000
    cell.parent.merge_cells("C6:D7")
    for row in range(20, 620):
        sheet.cell("disbursement", row, "amount_fen").value = 1
    page = upload(pi, draft, sheet.data()).text
    assert "!C6:D7" in page and "Merged cells" in page
    assert "at most 500 can be taken" in page
    assert "above the maximum of CNY 4,000,000" in page and "ANSO Measures, article 5 (1)" in page


@pytest.mark.django_db
def test_files_of_others_and_of_no_template_are_refused(cast: Cast, as_: As, call: Call, draft: Proposal) -> None:
    pi = as_("pi")
    other = complete_draft(cast, call)
    stranger = io.BytesIO()
    Document().save(stranger)
    for data, name, words in (
        (pi.get(at(other, "form.docx")).content, "a.docx", "another application"),
        (stranger.getvalue(), "a.docx", "not a template of the portal"),
        (b"", "a.docx", "empty"),
        (rezipped(stranger.getvalue(), lambda _, part: part, {"word/vbaProject.bin": b"x"}), "a.docx", "macros"),
        (pi.get(at(draft, "form.docx")).content, "a.xlsx", "the content is docx"),
        (pi.get(at(draft, "form.docx")).content[:9000], "a.docx", "damaged"),
    ):
        answer = upload(pi, draft, data, name)
        assert answer.status_code == 422 and words in answer.text, words
    assert pi.post(at(draft, "read/")).status_code == 422
    assert pi.post(at(draft, "take/"), {"orders": "nonsense", "take": "x"}).status_code == 303


@pytest.mark.django_db
def test_a_blank_template_is_taken_into_any_draft_of_its_call(as_: As, call: Call, draft: Proposal) -> None:
    visitor = as_("anonymous")
    assert "templates/" in visitor.get(f"/anso/calls/{call.pk}/").text
    data = visitor.get(f"/anso/proposals/templates/{call.pk}/form.docx").content
    mark = marks_of(data)["Title (English)"][0]
    page = upload(as_("pi"), draft, word_with(data, **{mark: "Written at home"}), "a.docx").text
    assert re.findall(r'name="take" value="([^"]*)"', page) == ["title_en"], "empty places empty nothing"
    sheet = Sheet(visitor.get(f"/anso/proposals/templates/{call.pk}/budget.xlsx").content)
    sheet.cell("budget_lines", 1, "name").value = "Sampling"
    assert "Sampling" in upload(as_("pi"), draft, sheet.data()).text


@pytest.mark.django_db
def test_only_writers_of_the_draft(cast: Cast, as_: As, draft: Proposal) -> None:
    let_write(draft, cast.people["charlie"])
    for name, status in (("charlie", 200), ("office", 404), ("secretary", 404)):
        for page in ("", "form.docx", "budget.xlsx"):
            assert as_(name).get(at(draft, page)).status_code == status
    actions.request_endorsement(proposal=draft, by=cast.pi)
    assert as_("pi").get(at(draft, "form.docx")).status_code == 404


# ---------------------------------------------------------------- hostile files
def rezipped(data: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, text in (extra or {}).items():
            new.writestr(name, text)
    return stream.getvalue()


ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>'


def with_entity(name: str, data: bytes) -> bytes:
    if name not in ("word/document.xml", "xl/sharedStrings.xml"):
        return data
    start = data.index(b"?>") + 2
    return data[:start] + ENTITY + data[start:]


def deep(name: str, data: bytes) -> bytes:
    nest = b"<w:ins>" * 50_000 + b"</w:ins>" * 50_000
    return data.replace(b"<w:body>", b"<w:body>" + nest, 1) if name == "word/document.xml" else data


def merged_whole(name: str, data: bytes) -> bytes:
    everything = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return data.replace(b"</sheetData>", everything, 1) if name == "xl/worksheets/sheet2.xml" else data


def swollen(name: str, data: bytes) -> bytes:
    many = b"".join(b"<row r='%d'><c r='A%d'><v>1</v></c></row>" % (n, n) for n in range(10_000, 80_000))
    return data.replace(b"</sheetData>", many + b"</sheetData>", 1) if name == "xl/worksheets/sheet2.xml" else data


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("docx", with_entity, "damaged"),
        ("xlsx", with_entity, "damaged"),
        ("docx", deep, "damaged"),
        ("xlsx", swollen, "office_too_large"),
        ("xlsx", merged_whole, "office_merged"),
        ("docx", lambda name, data: b"<x/>" if name == "word/document.xml" else data, None),
        ("xlsx", lambda name, data: data.replace(b'r="B5"', b'r="XFD1048576"'), None),
    ],
)
def test_hostile_files_are_read_by_nobody(kind: str, change: Any, code: str | None) -> None:
    data = rezipped(files.template(desk_of(JOINT, sample(JOINT)), kind, "en"), change)
    assert office.judge(data, kind).get("refused") == code


def test_a_file_is_read_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    data = files.template(desk_of(JOINT, sample(JOINT)), "docx", "en")
    found = office.read(data, "docx")
    assert found == office.judge(data, "docx")
    with pytest.raises(office.Unreadable):
        office.read(data[:5000], "docx")
    # While others' files are read nobody's request waits for long, or all pages would.
    monkeypatch.setattr(office, "_AT_ONCE", threading.BoundedSemaphore(1))
    monkeypatch.setattr(office, "WAIT_SECONDS", 0.01)
    with office._AT_ONCE, pytest.raises(office.Unreadable, match="office_busy"):
        office.read(data, "docx")
    assert office.read(data, "docx") == found


@pytest.mark.django_db
def test_rows_cost_no_queries(cast: Cast, as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    pi.get(at(draft))
    line = draft.draft["budget_lines"][0]
    for count in (1, 30):
        lines = [{**line, "key": f"n{number}"} for number in range(count)]
        data = {**draft.draft, "budget_lines": lines}
        draft = actions.save_draft(proposal=draft, by=cast.pi, data=data, revision=draft.revision)
        for page, most in (("", 16), ("form.docx", 10), ("budget.xlsx", 10)):
            with CaptureQueriesContext(connection) as queries:
                content = pi.get(at(draft, page)).content
            assert len(of_rows(queries)) <= most
        with CaptureQueriesContext(connection) as queries:
            assert upload(pi, draft, content).status_code == 200
        assert len(of_rows(queries)) <= 27
