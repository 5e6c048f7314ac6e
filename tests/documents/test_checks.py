"""Uploads are judged by what they are, whatever they are called."""

import hashlib
import io
import struct
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from core.errors import Refused
from documents.checks import ALL_KINDS, KINDS, MAX_NAME_BYTES, check_filename, check_upload, detect_kind
from documents.refusals import MESSAGES, FileRefused

MAIN = {
    "docx": "wordprocessingml.document.main+xml",
    "xlsx": "spreadsheetml.sheet.main+xml",
    "pptx": "presentationml.presentation.main+xml",
}


def pdf(*, password: str = "", user_password: str = "", script: str = "", pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        )
        names = ArrayObject([TextStringObject("a"), writer._add_object(action)])
        tree = DictionaryObject({NameObject("/Names"): names})
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})
    if password:
        writer.encrypt(user_password=user_password, owner_password=password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def office(kind: str, *, extra: dict[str, bytes] | None = None, types: str = "", compress: bool = True) -> bytes:
    content_type = types or "application/vnd.openxmlformats-officedocument." + MAIN[kind]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{content_type}"/></Types>')
        archive.writestr("part/main.xml", "<x>" + "正文" * 200 + "</x>")
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return stream.getvalue()


def picture(form: str, size: tuple[int, int] = (8, 8)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, form)
    return stream.getvalue()


GOOD = {
    "pdf": pdf(),
    "docx": office("docx"),
    "xlsx": office("xlsx"),
    "pptx": office("pptx"),
    "png": picture("PNG"),
    "jpeg": picture("JPEG"),
}


def refusal(data: bytes, name: str, **options: Any) -> str:
    with pytest.raises(FileRefused) as caught:
        check_upload(data, name, **options)
    return caught.value.code


def test_every_kind_has_a_good_example() -> None:
    assert set(GOOD) == set(KINDS) == ALL_KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_good_file_is_taken_under_each_of_its_extensions(kind: str) -> None:
    for extension in KINDS[kind].extensions:
        checked = check_upload(GOOD[kind], f"附件.{extension.upper()}")
        assert (checked.kind, checked.media_type, checked.size) == (kind, KINDS[kind].media_type, len(GOOD[kind]))
        assert checked.sha256 == hashlib.sha256(GOOD[kind]).hexdigest()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("named", sorted(KINDS))
def test_content_and_extension_must_agree(kind: str, named: str) -> None:
    name = f"a.{KINDS[named].extensions[0]}"
    if kind == named:
        assert check_upload(GOOD[kind], name).kind == kind
    else:
        assert refusal(GOOD[kind], name) == "extension"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_allowed_kinds(kind: str) -> None:
    name = f"a.{KINDS[kind].extensions[0]}"
    assert refusal(GOOD[kind], name, allowed=ALL_KINDS - {kind}) == "type"
    assert check_upload(GOOD[kind], name, allowed=frozenset({kind})).kind == kind


@pytest.mark.parametrize(
    "data",
    [
        b"MZ" + b"\0" * 200,
        b"\x7fELF" + b"\0" * 200,
        b"#!/bin/sh\nrm -rf /",
        b"<html><script>alert(1)</script>",
        b"plain text",
        b"GIF89a" + b"\0" * 40,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        office("docx", types="application/x-something"),
    ],
    ids=["exe", "elf", "script", "html", "text", "gif", "old doc", "other zip"],
)
@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.png"])
def test_other_content_is_refused_whatever_its_name(data: bytes, name: str) -> None:
    assert refusal(data, name) == "type"


def test_size_is_counted_to_the_byte(settings: Any) -> None:
    data = GOOD["pdf"]
    settings.MAX_UPLOAD_BYTES = len(data)
    assert check_upload(data, "a.pdf").size == len(data)
    settings.MAX_UPLOAD_BYTES = len(data) - 1
    assert refusal(data, "a.pdf") == "too_large"


def test_thirty_megabytes_are_refused_with_both_numbers() -> None:
    with pytest.raises(FileRefused) as caught:
        check_upload(b"%PDF-" + b"\0" * (30 * 1024 * 1024), "a.pdf")
    assert "30.0" in caught.value.message_zh and "20.0" in caught.value.message_en


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"", "a.pdf") == "empty"


@pytest.mark.parametrize("user_password", ["", "open"])
def test_an_encrypted_pdf_is_refused_also_when_it_opens_without_a_password(user_password: str) -> None:
    assert refusal(pdf(password="owner", user_password=user_password), "a.pdf") == "encrypted"


def test_encrypted_office_files_are_refused() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 99
    assert refusal(container, "a.docx") == "encrypted"
    data = bytearray(GOOD["docx"])
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        data[at + offset] |= 1
    assert refusal(bytes(data), "a.docx") == "encrypted"


def test_scripts_and_macros_are_refused() -> None:
    assert refusal(pdf(script="app.alert(1)"), "a.pdf") == "active"
    assert refusal(office("docx", extra={"word/vbaProject.bin": b"x"}), "a.docx") == "active"
    macro = "application/vnd.ms-word.document.macroEnabled.main+xml"
    assert refusal(office("docx", types=macro), "a.docx") == "active"


def test_a_pdf_that_starts_a_program_is_refused() -> None:
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")}
    )
    stream = io.BytesIO()
    writer.write(stream)
    assert refusal(stream.getvalue(), "a.pdf") == "active"


def test_zip_bombs_are_refused() -> None:
    assert refusal(office("docx", extra={"word/big.xml": b"\0" * 30_000_000}), "a.docx") == "bomb"
    many = {f"x/{number}": b"" for number in range(10_001)}
    assert refusal(office("docx", extra=many), "a.docx") == "bomb"


def test_ordinary_compression_is_no_bomb() -> None:
    rows = "".join(f"<row>{number * 7919 % 100_003}</row>" for number in range(200_000)).encode()
    assert check_upload(office("xlsx", extra={"xl/sheet1.xml": rows}), "a.xlsx").kind == "xlsx"


def test_an_image_bomb_is_refused() -> None:
    data = bytearray(picture("PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    assert refusal(bytes(data), "a.png") in {"bomb", "damaged"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_half_a_file_is_damaged(kind: str) -> None:
    data = GOOD[kind][: len(GOOD[kind]) // 2]
    assert refusal(data, f"a.{KINDS[kind].extensions[0]}") == "damaged"


def test_a_damaged_member_of_an_office_file_is_found() -> None:
    data = bytearray(office("docx", compress=False))
    at = data.find("正文".encode())
    data[at] ^= 1
    assert refusal(bytes(data), "a.docx") == "damaged"


def test_members_may_not_climb_out() -> None:
    assert refusal(office("docx", extra={"../../evil": b"x"}), "a.docx") == "damaged"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name_empty"),
        ("  ", "name_empty"),
        ("...", "name_empty"),
        ("a\x00.pdf", "name_characters"),
        ("a\n.pdf", "name_characters"),
        ("报告\u202efdp.exe", "name_characters"),
        ("a\u200b.pdf", "name_characters"),
        ("\u2066a.pdf", "name_characters"),
        ("../a.pdf", "name_path"),
        ("C:\\a.pdf", "name_path"),
        ("a/b.pdf", "name_path"),
        ("a?.pdf", "name_path"),
        ("con.pdf", "name_path"),
        ("a.pdf.", "name_path"),
        ("长" * 66 + ".pdf", "name_long"),
    ],
)
def test_bad_names(name: str, code: str) -> None:
    assert refusal(GOOD["pdf"], name) == code


@pytest.mark.parametrize(
    "name", ["牵头单位+负责人.pdf", "张三 – 简历 (2).pdf", "Müller’s CV.pdf", "𠮷田.pdf", "长" * 65 + ".pdf"]
)
def test_good_names(name: str) -> None:
    assert check_upload(GOOD["pdf"], name).name == name


def test_names_are_stored_composed() -> None:
    assert check_filename("Mu\u0308ller.pdf") == "Müller.pdf"


@given(st.text(max_size=120))
def test_a_taken_name_is_safe_to_print_and_to_store(name: str) -> None:
    try:
        taken = check_filename(name)
    except FileRefused:
        return
    assert taken == check_filename(taken)
    assert len(taken.encode()) <= MAX_NAME_BYTES
    assert not set(taken) & set('/\\:*?"<>|\0\n\r\u202e')


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]),
)
def test_any_bytes_get_an_answer(data: bytes, start: bytes) -> None:
    for name in ("a.pdf", "a.docx", "a.png", "a.jpg"):
        with suppress(FileRefused):
            check_upload(start + data, name)


@given(st.integers(0, len(GOOD["docx"]) - 1), st.integers(1, 255))
def test_a_flipped_byte_of_an_office_file_never_crashes(position: int, mask: int) -> None:
    data = bytearray(GOOD["docx"])
    data[position] ^= mask
    found = None
    with suppress(FileRefused):
        found = detect_kind(bytes(data))
    assert found is None or found in KINDS


def test_a_refusal_is_a_finding_in_both_languages() -> None:
    with pytest.raises(Refused) as caught:
        check_upload(b"", "a.pdf")
    (finding,) = caught.value.findings
    assert finding.code == "file_empty" and finding.message_zh and finding.message_en


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_message_is_there_in_both_languages(code: str) -> None:
    zh, en = MESSAGES[code]
    assert any("\u4e00" <= char <= "\u9fff" for char in zh)
    assert en.isascii() or "“" in en
