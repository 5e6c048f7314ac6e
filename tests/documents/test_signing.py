"""Four parties sign one after another; whatever is done to the file afterwards is found."""

import asyncio
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter

from core import clock
from documents import keys, verification
from documents.book import Label, Signatory, notice_context
from documents.keys import DemoKeys, KeyMissing, Owner, Pkcs12Keys, signing_keys, trusted_roots
from documents.rendering import render_pdf
from documents.signing import BOX_MM, CannotSign, fields, prepare_fields, sign
from documents.stamps import signed_on, stamp
from documents.verification import verify_pdf, verify_revisions
from tests.documents.conftest import ROOT
from tests.documents.samples import SIGNATORIES, sample_issue, sample_task_book

NOON = datetime(2021, 12, 10, 4, 0, tzinfo=UTC)
REASON = "签署项目计划任务书 Signing the task book"


class Signed:
    """The task book and its revisions: prepared, then one after each signature."""

    def __init__(self, root: Path) -> None:
        self.keys = DemoKeys(root / "keys", "demo")
        book = render_pdf(
            "documents/pdf/task_book.html", sample_task_book(lines=3), language="zh-hans", code="7K3M9QXT2R5V"
        )
        self.revisions = [prepare_fields(book, SIGNATORIES)]
        for number, one in enumerate(SIGNATORIES):
            self.revisions.append(self.sign(self.revisions[-1], one, NOON + timedelta(days=number)))
        self.book, self.final = book, self.revisions[-1]
        self.roots = [keys._root(path, 0) for path in sorted((root / "keys" / "roots").glob("*.pem"))]

    def sign(self, data: bytes, one: Signatory, at: datetime) -> bytes:
        key = self.keys.key(f"user-{one.field}", Owner(one.name, one.party))
        return sign(data, field=one.field, key=key, name=one.name, institution=one.party, reason=REASON, at=at)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    from django.test import override_settings

    root = tmp_path_factory.mktemp("signed")
    with override_settings(FONTS_DIR=ROOT / "var" / "fonts"):
        yield Signed(root)


# ---------------------------------------------------------------- four parties
def test_four_signatures_are_valid_and_cover_the_file(signed: Signed) -> None:
    with clock.at(NOON + timedelta(days=30)):
        report = verify_pdf(signed.final, roots=signed.roots)
        assert report == verify_revisions(signed.revisions, roots=signed.roots), (
            "the known chain is as good, and faster"
        )
    assert report.is_valid and report.is_complete and report.reasons == ()
    assert [one.field for one in report.signatures] == ["pi", "lead", "secretariat", "host"]
    assert [one.signed_at for one in report.signatures] == [NOON + timedelta(days=number) for number in range(4)]
    assert [one.covers_whole_file for one in report.signatures] == [False, False, False, True]
    assert report.signatures[0].signer == "李文静 Li Wenjing"


def test_each_revision_is_the_one_before_and_more(signed: Signed) -> None:
    assert signed.revisions[0].startswith(signed.book)
    for before, after in zip(signed.revisions, signed.revisions[1:], strict=False):
        assert after.startswith(before) and len(after) - len(before) < 40_000


def test_poppler_agrees(signed: Signed, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed.final)
    shown = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=False).stdout.decode()
    assert shown.count("Signature Validation: Signature is Valid.") == 4
    assert shown.count("ETSI.CAdES.detached") == 4
    assert re.findall(r"Signature Field Name: (\S+)", shown) == ["pi", "lead", "secretariat", "host"]
    last = shown[shown.index("Signature #4") :]
    assert "Total document signed" in last and "Not total document signed" not in last
    assert "Dec 10 2021" in shown and "Dec 13 2021" in last


@pytest.mark.parametrize("count", range(4))
def test_before_the_last_one_fields_are_missing(signed: Signed, count: int) -> None:
    report = verify_revisions(signed.revisions[: count + 1], roots=signed.roots)
    assert report.is_valid == (count > 0)
    assert not report.is_complete and len(report.empty_fields) == 4 - count
    assert [field.is_signed for field in fields(signed.revisions[count])] == [True] * count + [False] * (4 - count)


def test_fields_lie_in_the_printed_boxes_and_have_names_for_screen_readers(signed: Signed) -> None:
    found = PdfReader(io.BytesIO(signed.final)).get_fields() or {}
    assert set(found) == {"pi", "lead", "secretariat", "host"}
    assert found["pi"]["/TU"] == "项目负责人 Principal investigator"
    for page in PdfReader(io.BytesIO(signed.final)).pages:
        for annotation in page.get("/Annots", ()):
            rectangle = annotation.get_object()["/Rect"]
            width, height = (float(rectangle[i + 2]) - float(rectangle[i]) for i in (0, 1))
            assert abs(width - BOX_MM[0] * 72 / 25.4) < 4 and abs(height - BOX_MM[1] * 72 / 25.4) < 4
            assert page["/Tabs"] == "/S"


def test_print_css_and_fields_agree_on_the_box() -> None:
    style = (ROOT / "templates/documents/pdf/print.css").read_text()
    assert f".sign-here {{ width: {BOX_MM[0]}mm; height: {BOX_MM[1]}mm" in style


# ---------------------------------------------------------------- tampering
@hypothesis_settings(max_examples=15, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_flipped_byte_anywhere_is_found(signed: Signed, place: float, mask: int) -> None:
    data = bytearray(signed.final)
    # The space reserved for a signature's container is the one place that no signature covers: zeros after its DER.
    position = int(place * len(data))
    data[position] ^= mask
    report = verify_revisions([*signed.revisions[:-1], bytes(data)], roots=signed.roots)
    if not report.is_valid:
        return
    gap = re.compile(rb"/Contents <[0-9A-Fa-f]{4000,}>")
    assert any(found.start() <= position < found.end() for found in gap.finditer(signed.final))


@pytest.mark.parametrize("number", range(4))
def test_a_flipped_byte_in_each_revision_breaks_all_from_there(signed: Signed, number: int) -> None:
    data = bytearray(signed.final)
    data[(len(signed.revisions[number]) + len(signed.book)) // 2 - 2000 if number else 5000] ^= 1
    report = verify_pdf(bytes(data), roots=signed.roots)
    assert not report.is_valid


def test_an_appended_page_is_found(signed: Signed) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed.final))
    page = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 200, 200)),
            generic.pdf_name("/Resources"): generic.DictionaryObject(),
        }
    )
    pages = writer.root["/Pages"]
    page["/Parent"] = writer.root.raw_get("/Pages")
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = generic.NumberObject(int(pages["/Count"]) + 1)
    writer.mark_update(writer.root.raw_get("/Pages"))
    stream = io.BytesIO()
    writer.write(stream)
    report = verify_pdf(stream.getvalue(), roots=signed.roots)
    assert not report.is_valid
    assert verification.ADDED in report.reasons and verification.MODIFIED in report.reasons


def test_bytes_after_the_end_are_found(signed: Signed) -> None:
    assert verification.ADDED in verify_pdf(signed.final + b"\n% and one more thing", roots=signed.roots).reasons


def test_a_rewritten_file_is_found(signed: Signed) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(signed.final)))
    stream = io.BytesIO()
    writer.write(stream)
    assert not verify_pdf(stream.getvalue(), roots=signed.roots).is_valid


def test_a_revision_that_does_not_continue_the_last_is_found(signed: Signed) -> None:
    swapped = [signed.revisions[0], signed.revisions[2], signed.revisions[1]]
    assert verify_revisions(swapped, roots=signed.roots).reasons == (verification.BROKEN,)


def test_a_foreign_authority_is_not_trusted(signed: Signed, tmp_path: Path) -> None:
    other = DemoKeys(tmp_path / "other", "demo")
    other.make_authority()
    roots = [keys._root(path, 0) for path in (tmp_path / "other" / "roots").glob("*.pem")]
    report = verify_revisions(signed.revisions, roots=roots)
    assert report.reasons == (verification.UNTRUSTED,)


@pytest.mark.parametrize("data", [b"", b"not a pdf", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 500])
def test_other_files_get_an_answer(data: bytes) -> None:
    assert verify_pdf(data, roots=[]).reasons == (verification.UNREADABLE,)


def test_an_unsigned_document_says_so(signed: Signed) -> None:
    assert verify_pdf(signed.book, roots=signed.roots).reasons == (verification.UNSIGNED,)


# ---------------------------------------------------------------- refusals
def test_a_field_is_signed_once(signed: Signed) -> None:
    with pytest.raises(CannotSign, match="already"):
        signed.sign(signed.final, SIGNATORIES[0], NOON)


def test_an_unknown_field_is_refused(signed: Signed) -> None:
    with pytest.raises(CannotSign, match="missing"):
        signed.sign(signed.revisions[0], Signatory("auditor", Label("审计", "Auditor")), NOON)


def test_a_field_without_a_box_is_refused(signed: Signed) -> None:
    with pytest.raises(CannotSign, match="no box"):
        prepare_fields(signed.book, [Signatory("auditor", Label("审计", "Auditor"))])


def test_signing_works_inside_an_event_loop(signed: Signed) -> None:
    async def inside() -> bytes:
        return signed.sign(signed.revisions[0], SIGNATORIES[0], NOON)

    # In a thread of its own: beside browser tests the main thread has a loop already.
    with ThreadPoolExecutor(1) as pool:
        data = pool.submit(lambda: asyncio.run(inside())).result()
    assert verify_revisions([signed.revisions[0], data], roots=signed.roots).is_valid


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_policy_may_ask_for_any_number_of_signatories(count: int, tmp_path: Path) -> None:
    signatories = [
        Signatory(f"party-{n}", Label(f"第{n}方", f"Party {n}"), Label("单位", "Unit")) for n in range(count)
    ]
    context = notice_context(
        issue=sample_issue(),
        title=Label("协议", "Agreement"),
        addressee=Label("各方", "All"),
        paragraphs=[Label("内容", "Text")],
        signatories=signatories,
    )
    data = prepare_fields(render_pdf("documents/pdf/notice.html", context, language="en"), signatories)
    revisions = [data]
    store = DemoKeys(tmp_path / "k", "demo")
    for one in signatories:
        key = store.key(one.field, Owner(one.role))
        revisions.append(
            sign(revisions[-1], field=one.field, key=key, name=one.role, institution=one.party, reason="", at=NOON)
        )
    roots = [keys._root(path, 0) for path in (tmp_path / "k" / "roots").glob("*.pem")]
    assert verify_pdf(revisions[-1], roots=roots, at=NOON).is_complete


# ---------------------------------------------------------------- keys
def test_keys_are_files_only_their_owner_reads(tmp_path: Path) -> None:
    store = DemoKeys(tmp_path / "keys", "secret")
    store.key("user-1", Owner(Label("张三", "Zhang San")))
    files = [path for path in (tmp_path / "keys").rglob("*") if path.is_file() and path.name != ".lock"]
    assert {path.name for path in files} == {"user-1.p12", "demo-root.p12", "demo-root.pem"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_the_authority_and_the_keys_are_made_once(tmp_path: Path) -> None:
    store = DemoKeys(tmp_path / "keys", "demo")
    root = store.make_authority().read_bytes()
    first = store.key("user-1", Owner(Label("张三", "Zhang San"))).signer.signing_cert.dump()
    assert store.make_authority().read_bytes() == root
    assert store.key("user-1", Owner(Label("改名", "Renamed"))).signer.signing_cert.dump() == first


def test_without_a_file_production_has_no_key(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(KeyMissing) as caught:
        Pkcs12Keys(tmp_path, "x").key("user-1", Owner(Label("张三", "Zhang San")))
    assert caught.value.findings[0].who_can_clear == "administrator"
    settings.IS_PRODUCTION = True
    assert isinstance(signing_keys(), Pkcs12Keys)
    settings.IS_PRODUCTION = False
    assert isinstance(signing_keys(), DemoKeys)
    assert trusted_roots() == []


@pytest.mark.parametrize("holder", ["", "../user-1", "User-1", "user 1", "user-", "a/b", "用户"])
def test_a_holder_can_not_leave_the_directory(holder: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        Pkcs12Keys(tmp_path, "x").key(holder, Owner(Label("x", "x")))


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    DemoKeys(tmp_path, "right").key("user-1", Owner(Label("张三", "Zhang San")))
    with pytest.raises(ValueError):
        Pkcs12Keys(tmp_path, "wrong").key("user-1", Owner(Label("张三", "Zhang San")))


# ---------------------------------------------------------------- stamps
@pytest.mark.parametrize(
    "name",
    [
        Label("李文静", "Li Wenjing"),
        Label("", "Somchai Example"),
        Label("陶喆𠮷", ""),
        Label("中国科学院示例生态研究所", ""),
    ],
)
def test_any_name_makes_a_stamp(name: Label) -> None:
    image = stamp(name, Label("单位" * 40, "Unit " * 40), signed_on(NOON), width_mm=78, height_mm=30)
    assert image.size == (624, 240) and image.mode == "P"
    colours = image.convert("RGB").getcolors(100_000) or []
    assert any(red > 150 and green < 80 for _, (red, green, _) in colours), "a red seal"  # type: ignore[misc,has-type]


def test_the_printed_time_is_beijing_time() -> None:
    assert signed_on(NOON) == "2021-12-10 12:00:00 (UTC+8)"


def test_pdfsig_is_here() -> None:
    assert shutil.which("pdfsig")
