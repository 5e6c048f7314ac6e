"""Codes read off scans: printed and scanned askew, one file of many pages, pictures, and files that are none."""

import io
import subprocess
from unittest.mock import patch

import pytest
from PIL import Image

from documents import scanning
from documents.book import Issue, Label, notice_context
from documents.qr import new_code, qr_png, verification_url
from documents.rendering import render_pdf


def sheet(*codes: str, angle: float = 0, side: int = 1200) -> Image.Image:
    """A page with these codes, as a scanner sees it."""
    page = Image.new("L", (side, side * 4 // 3), 255)
    for place, code in enumerate(codes):
        picture = Image.open(io.BytesIO(qr_png(verification_url(code), scale=5))).convert("L")
        page.paste(picture, (100, 100 + place * 400))
    return page.rotate(angle, fillcolor=255, expand=True)


def packed(page: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    page.save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "PDF"])
@pytest.mark.parametrize("angle", [0, 3, 90, 180])
def test_a_scan_however_it_lay(kind: str, angle: float) -> None:
    code = new_code()
    assert scanning.codes_in(packed(sheet(code, angle=angle), kind)) == {code}


def test_one_file_of_many_pages() -> None:
    codes = [new_code() for _ in range(5)]
    stream = io.BytesIO()
    first, *others = [sheet(code) for code in codes]
    first.save(stream, "PDF", save_all=True, append_images=others)
    assert scanning.codes_in(stream.getvalue()) == set(codes)


def test_a_paper_of_the_portal_itself() -> None:
    code = new_code()
    context = notice_context(
        issue=Issue(funder=Label("资助方", "Funder")),
        title=Label("通知", "Notice"),
        addressee=Label("甲", "A"),
        paragraphs=[],
    )
    assert scanning.codes_in(render_pdf("documents/pdf/notice.html", context, language="en", code=code)) == {code}


def test_other_codes_and_empty_pages_say_nothing() -> None:
    assert scanning.codes_in(packed(sheet(), "PNG")) == set()
    page = sheet()
    page.paste(Image.open(io.BytesIO(qr_png("HTTPS://ELSEWHERE.EXAMPLE/X"))).convert("L"), (50, 50))
    assert scanning.codes_in(packed(page, "PNG")) == set()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_what_is_no_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(scanning.Unreadable):
        scanning.codes_in(data)


def test_while_another_is_read_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "WAIT_SECONDS", 0.01)
    with scanning._AT_ONCE, pytest.raises(scanning.Busy):
        scanning.codes_in(packed(sheet(), "PNG"))
    assert scanning.codes_in(packed(sheet(), "PNG")) == set()


def test_what_takes_too_long_is_unreadable() -> None:
    with (
        patch.object(subprocess, "run", side_effect=subprocess.TimeoutExpired("x", 1)),
        pytest.raises(scanning.Unreadable),
    ):
        scanning.codes_in(b"%PDF-")
