"""PDFs are tagged, titled, readable in both languages, carry their code on each page, and can reach nothing."""

import io
import os
import re
import subprocess
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import pypdf
import pytest
import zxingcpp
from PIL import Image

from documents import fonts, machine, system_checks
from documents.book import Issue, Label, notice_context
from documents.layout_pool import Limits, Pool, RenderingFailed
from documents.qr import display_code, verification_url
from documents.rendering import DRAFT, render_html, render_pdf, render_pdf_here
from tests.documents.conftest import ROOT
from tests.documents.samples import FUNDER, sample_issue, sample_proposal, sample_task_book

CODE = "7K3M9QXT2R5V"
LANGUAGES = ("zh-hans", "en")
PLAIN = "<html lang=en><title>t</title><p>{}</p></html>"


def sample_notice() -> dict[str, Any]:
    return notice_context(
        issue=sample_issue(number="ANSO-CR-KP-2021-007-N1"),
        title=Label("项目验收通知", "Notice of Acceptance"),
        addressee=Label("中国科学院示例生态研究所", "Example Institute of Ecology, CAS"),
        paragraphs=[
            Label(
                "你单位承担的项目执行期已满，请按要求组织验收。",
                "The term of your project is over; please organise its acceptance.",
            )
        ],
        facts=[(Label("项目负责人", "Principal investigator"), Label("李文静", "Li Wenjing"))],
        reasons=[Label("全部目标已完成。", "All objectives were reached.")],
    )


@lru_cache(maxsize=8)
def pdf(kind: str, language: str) -> bytes:
    context = {"task_book": sample_task_book, "proposal": sample_proposal, "notice": sample_notice}[kind]()
    watermark = DRAFT if kind == "proposal" else None
    return render_pdf(f"documents/pdf/{kind}.html", context, language=language, code=CODE, watermark=watermark)


def text(data: bytes) -> str:
    result = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True)
    return result.stdout.decode()


def squeezed(data: bytes) -> str:
    result = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return re.sub(r"\s+", "", result.stdout.decode())


def pictures(data: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    source = folder / "in.pdf"
    source.write_bytes(data)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", str(source), str(folder / "page")], check=True)
    return [Image.open(path) for path in sorted(folder.glob("page*.pgm"))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["task_book", "proposal", "notice"])
def test_tagged_titled_and_in_its_language(kind: str, language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf(kind, language)))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root  # type: ignore[index]
    assert root["/Lang"] == ("zh-Hans" if language == "zh-hans" else "en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
    assert reader.metadata is not None and reader.metadata.title and reader.metadata.author
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()  # type: ignore[attr-defined]
    if kind != "notice":
        assert len(reader.outline) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_of_the_task_book_carries_code_and_number(language: str) -> None:
    pages = text(pdf("task_book", language)).split("\f")[:-1]
    assert len(pages) >= 10
    for number, page in enumerate(pages, 1):
        assert display_code(CODE) in page
        assert "ANSO-CR-KP-2021-007" in page
        assert f"{number} / {len(pages)}" in page


def test_the_qr_code_of_each_page_reads_back_at_150_dpi(tmp_path: Path) -> None:
    for page in pictures(pdf("task_book", "zh-hans"), tmp_path, 150):
        assert [found.text for found in zxingcpp.read_barcodes(page)] == [verification_url(CODE)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_task_book_says_all_that_is_agreed(language: str) -> None:
    content = squeezed(pdf("task_book", language))
    context = sample_task_book()
    dossier = context["dossier"]
    wanted = ["壹佰贰拾万元整", "1,200,000.00", "预算书", "Budgetbook", "签署页", "Signaturepage"]
    wanted += ["120万元" if language == "zh-hans" else "CNY1,200,000.00", "600,000.00", "240,000.00"]
    wanted += [str(one.role.zh) for one in context["signatories"]] + [party.name_en for party in dossier.parties]
    for one in wanted:
        assert one.replace(" ", "") in content, one
    assert "DRAFT" not in content


def test_the_draft_says_so_on_each_page() -> None:
    for page in pypdf.PdfReader(io.BytesIO(pdf("proposal", "zh-hans"))).pages:
        assert "草稿 DRAFT" in page.extract_text()
    assert "草稿" not in squeezed(pdf("task_book", "zh-hans"))


def test_a_notice_is_a_letter_in_both_languages_the_own_one_first() -> None:
    for language, first, second in (
        ("zh-hans", "项目验收通知", "NoticeofAcceptance"),
        ("en", "NoticeofAcceptance", "项目验收通知"),
    ):
        content = squeezed(pdf("notice", language))
        body = content[content.index(first, content.index(first) + 1) :]
        assert second in body and "特此通知" in content and "Allobjectiveswerereached" in content


def test_table_heads_come_again_on_each_page() -> None:
    pages = text(pdf("task_book", "zh-hans")).split("\f")
    assert sum("测算依据" in page and "与国际合作的关系" in page for page in pages) >= 3


@pytest.mark.skipif(not (ROOT / "var/fonts/serif-400.ttf").is_file(), reason="run manage.py build_fonts")
def test_a_character_beyond_gb2312_comes_from_the_full_font() -> None:
    assert ord("喆") not in fonts.gb2312_characters()
    context = sample_notice() | {"addressee": Label("陶喆𠮷堃先生", "Mr Tao")}
    data = render_pdf("documents/pdf/notice.html", context, language="zh-hans")
    assert "陶喆𠮷堃先生" in squeezed(data)
    names = subprocess.run(["pdffonts", "-"], input=data, capture_output=True, check=True).stdout.decode()
    assert "Portal-S" in names and "CJK-SC" in names
    assert "CJK-JP" not in names and "notdef" not in names


@pytest.mark.skipif(not (ROOT / "var/fonts/serif-400.ttf").is_file(), reason="run manage.py build_fonts")
def test_common_text_needs_the_small_fonts_only() -> None:
    data = pdf("task_book", "zh-hans")
    names = subprocess.run(["pdffonts", "-"], input=data, capture_output=True, check=True).stdout.decode()
    assert "CJK" not in names
    assert len(data) < 300_000


def test_without_built_fonts_documents_still_come_out(settings: Any, tmp_path: Path) -> None:
    settings.FONTS_DIR = tmp_path
    data = render_pdf_here("documents/pdf/notice.html", sample_notice(), language="zh-hans")
    assert "项目验收通知" in squeezed(data)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "http://127.0.0.1:9/", "https://example.org/x.png", "font:serif-400", "ftp://localhost/x"],
)
def test_a_document_can_reach_nothing(url: str, tmp_path: Path, settings: Any) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 40), "red").save(secret)
    settings.FONTS_DIR = tmp_path
    page = PLAIN.format(
        f"<img alt=x src='{url}'><img alt=x src='file://{secret}'><link rel=attachment href='file://{secret}'>"
    )
    from documents.layout import engine

    data = engine("", tmp_path).render(page)
    assert b"/Image" not in data and b"EmbeddedFile" not in data


def test_texts_of_applicants_are_escaped() -> None:
    issue = Issue(funder=FUNDER, number='<img src="file:///etc/passwd">')
    page = render_html("documents/pdf/notice.html", sample_notice() | {"issue": issue}, language="en")
    assert "<img src=" not in page


# ---------------------------------------------------------------- limits
def pool(**limits: Any) -> Pool:
    return Pool(style="", fonts_dir=Path("/nonexistent"), root=ROOT, limits=Limits(**limits))


@pytest.mark.slow
def test_a_document_that_takes_too_long_is_ended_and_the_next_one_works() -> None:
    children = pool(wall_seconds=4.0)
    with pytest.raises(RenderingFailed) as caught:
        children.render(PLAIN.format("<table><tr><td>x" * 30_000))
    assert caught.value.reason in {"timeout", "limits"} or "Recursion" in caught.value.reason
    assert children.render(PLAIN.format("ok")).startswith(b"%PDF")
    children.close()


@pytest.mark.slow
def test_a_document_that_burns_cpu_is_ended() -> None:
    children = pool(cpu_seconds=2, wall_seconds=60.0)
    with pytest.raises(RenderingFailed, match="limits"):
        children.render(PLAIN.format("<p>x" * 200_000))
    children.close()


@pytest.mark.slow
def test_a_document_that_takes_too_much_memory_is_ended() -> None:
    children = pool(memory_bytes=500 * 1024 * 1024, wall_seconds=60.0)
    with pytest.raises(RenderingFailed):
        children.render(PLAIN.format("<p>x" * 150_000))
    children.close()


def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    children = pool()
    children.render(PLAIN.format("x"))
    environment = Path(f"/proc/{children._idle[0].process.pid}/environ").read_bytes()
    assert b"do-not-tell" not in environment and b"DATABASE_URL" not in environment
    children.close()


def test_a_killed_child_is_replaced() -> None:
    children = pool()
    children.render(PLAIN.format("x"))
    children._idle[0].process.kill()
    children._idle[0].process.wait()
    assert children.render(PLAIN.format("y")).startswith(b"%PDF")
    children.close()


def test_an_old_child_is_replaced() -> None:
    children = pool(documents=1)
    first = children.render(PLAIN.format("x"))
    assert first.startswith(b"%PDF") and children._idle == []


def test_threads_share_the_children() -> None:
    children = pool()
    done: list[bytes] = []
    threads = [threading.Thread(target=lambda: done.append(children.render(PLAIN.format("x")))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6 and len(children._idle) == 1
    children.close()


def test_a_forked_process_has_children_of_its_own() -> None:
    children = pool()
    children.render(PLAIN.format("x"))
    children._pid = os.getpid() + 1
    own = children._idle[0]
    assert children.render(PLAIN.format("x")).startswith(b"%PDF")
    assert children._idle[0] is not own
    own.close()
    children.close()


# ---------------------------------------------------------------- machine
def test_the_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_checks, "has_fast_subsetting", lambda: False)
    (message,) = system_checks.pdf_machinery(None)
    assert message.id == "documents.W001" and "libharfbuzz-subset0" in str(message.hint)


def test_this_machine_has_it() -> None:
    assert machine.has_fast_subsetting()


def test_missing_source_fonts_name_the_package(tmp_path: Path) -> None:
    with pytest.raises(fonts.FontsMissing, match="fonts-noto-cjk"):
        fonts.build_face("sans-400", tmp_path, sources_dir=tmp_path)


def test_gb2312_is_whole() -> None:
    characters = fonts.gb2312_characters()
    assert len(characters) == 7445
    assert sum(0x4E00 <= code <= 0x9FFF for code in characters) == 6763
