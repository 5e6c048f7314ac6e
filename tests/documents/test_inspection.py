"""What hides in a PDF is found wherever it hangs, and what unpacks without end ends the inspection, not the server."""

import io
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from documents import inspection
from documents.checks import check_upload
from documents.inspection import inspect, judge
from documents.refusals import MESSAGES, FileRefused

N, T = NameObject, TextStringObject
Change = Callable[[PdfWriter], None]


def dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({N(f"/{key}"): value for key, value in entries.items()})


def script() -> DictionaryObject:
    return dictionary(S=N("/JavaScript"), JS=T("app.alert(1)"))


def made(change: Change | None = None, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if change:
        change(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def on_page(**entries: Any) -> Change:
    return lambda writer: writer.pages[0].update({N(f"/{key}"): value for key, value in entries.items()})


def in_root(**entries: Any) -> Change:
    return lambda writer: writer.root_object.update({N(f"/{key}"): value for key, value in entries.items()})


def annotation(**entries: Any) -> Change:
    return lambda writer: on_page(Annots=ArrayObject([writer._add_object(dictionary(Type=N("/Annot"), **entries))]))(
        writer
    )


def name_tree(leaf: str, value: Any) -> Change:
    """Two kinds deep."""

    def change(writer: PdfWriter) -> None:
        last = writer._add_object(dictionary(Names=ArrayObject([T("a"), writer._add_object(value)])))
        kids = writer._add_object(dictionary(Kids=ArrayObject([last])))
        in_root(Names=dictionary(**{leaf: dictionary(Kids=ArrayObject([kids]))}))(writer)

    return change


def chained(writer: PdfWriter) -> None:
    follow = writer._add_object(script())
    annotation(Subtype=N("/Link"), A=dictionary(S=N("/URI"), URI=T("https://x.example"), Next=follow))(writer)


def field(writer: PdfWriter) -> None:
    one = writer._add_object(dictionary(FT=N("/Tx"), AA=dictionary(K=script())))
    in_root(AcroForm=dictionary(Fields=ArrayObject([one])))(writer)


def outline(writer: PdfWriter) -> None:
    item = writer._add_object(dictionary(Title=T("x"), A=dictionary(S=N("/Launch"), F=T("cmd.exe"))))
    in_root(Outlines=dictionary(First=item))(writer)


ACTIVE: dict[str, Change] = {
    "page /AA": on_page(AA=dictionary(O=script())),
    "annotation /A": annotation(Subtype=N("/Link"), A=script()),
    "annotation /A launch": annotation(Subtype=N("/Link"), A=dictionary(S=N("/Launch"), F=T("cmd.exe"))),
    "annotation /AA": annotation(Subtype=N("/Widget"), AA=dictionary(E=script())),
    "next of a link": chained,
    "name tree": name_tree("JavaScript", script()),
    "form field": field,
    "outline": outline,
    "XFA form": in_root(AcroForm=dictionary(XFA=T("<x/>"))),
    "submit": annotation(Subtype=N("/Widget"), A=dictionary(S=N("/SubmitForm"), F=T("https://x.example"))),
    "import": annotation(Subtype=N("/Widget"), A=dictionary(S=N("/ImportData"), F=T("a.fdf"))),
    "other file's page": annotation(Subtype=N("/Link"), A=dictionary(S=N("/GoToE"))),
    "nested directly": on_page(X=ArrayObject([ArrayObject([dictionary(Y=dictionary(Z=script()))])])),
    "unreferenced": lambda writer: writer._add_object(script()) and None,
    "open action": in_root(OpenAction=script()),
    "root /AA": in_root(AA=dictionary(WC=dictionary(S=N("/GoTo")))),
}


@pytest.mark.parametrize("place", ACTIVE)
def test_scripts_and_programs_are_found(place: str) -> None:
    assert judge(made(ACTIVE[place])) == "active"


def attachment(writer: PdfWriter) -> Any:
    stream = DecodedStreamObject()
    stream.set_data(b"MZ")
    stream[N("/Type")] = N("/EmbeddedFile")
    return dictionary(Type=N("/Filespec"), F=T("a.exe"), EF=dictionary(F=writer._add_object(stream)))


EMBEDDED: dict[str, Change] = {
    "name tree": lambda writer: name_tree("EmbeddedFiles", attachment(writer))(writer),
    "annotation": lambda writer: annotation(Subtype=N("/FileAttachment"), FS=attachment(writer))(writer),
    "associated file": lambda writer: in_root(AF=ArrayObject([attachment(writer)]))(writer),
    "film": annotation(Subtype=N("/RichMedia")),
}


@pytest.mark.parametrize("place", EMBEDDED)
def test_files_inside_are_found(place: str) -> None:
    assert judge(made(EMBEDDED[place])) == "embedded"


def test_escaped_names_hide_nothing() -> None:
    data = made(ACTIVE["page /AA"]).replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/J#53 ")
    assert b"/JavaScript" not in data
    assert judge(data) == "active"


def test_what_the_tables_no_longer_name_is_found_too() -> None:
    data = made() + b"\n99 0 obj\n<< /S /Launch /F (cmd.exe) >>\nendobj\n"
    assert judge(data) == "active"


HARMLESS: dict[str, Change] = {
    "link": annotation(Subtype=N("/Link"), A=dictionary(S=N("/URI"), URI=T("https://x.example"))),
    "jump": in_root(OpenAction=dictionary(S=N("/GoTo"), D=ArrayObject([NumberObject(0), N("/Fit")]))),
    "named": annotation(Subtype=N("/Link"), A=dictionary(S=N("/Named"), N=N("/NextPage"))),
    "print on opening": in_root(OpenAction=ArrayObject([NumberObject(0), N("/Fit")])),
    "ordinary form": in_root(AcroForm=dictionary(Fields=ArrayObject())),
    "nothing": lambda writer: None,
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_starts_nothing_is_taken(what: str) -> None:
    data = made(HARMLESS[what])
    assert judge(data) == "fine"
    assert check_upload(data, "a.pdf").kind == "pdf"


# ---------------------------------------------------------------- bombs
def stream(writer: PdfWriter, data: bytes, *filters: str, **entries: Any) -> None:
    one = StreamObject()
    one._data = data
    one[N("/Filter")] = ArrayObject([N(name) for name in filters])
    for key, value in entries.items():
        one[N(f"/{key}")] = value
    writer._add_object(one)


def zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)) + packer.flush()


def one_large(writer: PdfWriter) -> None:
    stream(writer, zeros(400), "/FlateDecode")


def many(writer: PdfWriter) -> None:
    packed = zeros(250)
    for number in range(6):
        stream(writer, packed, "/FlateDecode", X=NumberObject(number))


def twice(writer: PdfWriter) -> None:
    stream(writer, zlib.compress(zeros(400), 9), "/FlateDecode", "/FlateDecode")


def wrapped(writer: PdfWriter) -> None:
    stream(writer, zeros(400).hex().encode() + b">", "/ASCIIHexDecode", "/Fl")


BOMBS: dict[str, Change] = {
    "one stream": one_large,
    "many streams": many,
    "packed twice": twice,
    "packed in hexadecimal": wrapped,
    "filters without end": lambda writer: stream(writer, b"", *["/FlateDecode"] * 20),
    "a picture of a billion dots": lambda writer: stream(writer, b"x", "/DCTDecode", Width=NumberObject(60_000), Height=NumberObject(60_000)),
    "a page of a mile": on_page(MediaBox=ArrayObject([NumberObject(0), NumberObject(0), NumberObject(5_000_000), NumberObject(100)])),
}  # fmt: skip


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_are_found_before_they_fill_the_memory(what: str) -> None:
    assert judge(made(BOMBS[what])) == "bomb"


def test_more_pages_than_anybody_reads() -> None:
    assert judge(made(pages=inspection.MAX_PAGES + 1)) == "bomb"


def test_an_object_stream_that_never_ends() -> None:
    """pypdf itself would unpack it while it looks for the catalogue."""
    packed, table = zeros(200), zlib.compress(b"\x01\x00\x00\x09\x00" + b"\x02\x00\x00\x01\x00")
    head = f"1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    data = b"%PDF-1.7\n" + head.encode() + packed + b"\nendstream\nendobj\n"
    entries = "/Type /XRef /W [1 3 1] /Index [1 2] /Size 3 /Root 2 0 R /Filter /FlateDecode"
    tail = f"\nendstream\nendobj\nstartxref\n{len(data)}\n%%EOF\n"
    data += f"3 0 obj\n<< {entries} /Length {len(table)} >>\nstream\n".encode() + table + tail.encode()
    assert inspect(data) in {"bomb", "damaged"}


# ---------------------------------------------------------------- the process
def test_whatever_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "SECONDS", 0.01)
    began = time.monotonic()
    assert inspect(made()) == "too_complex"
    assert time.monotonic() - began < 5


def test_a_process_that_dies_gives_no_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert inspect(made()) == "too_complex"


def test_the_process_says_what_this_one_says() -> None:
    for change, answer in ((None, "fine"), (ACTIVE["page /AA"], "active"), (EMBEDDED["annotation"], "embedded")):
        assert inspect(made(change)) == judge(made(change)) == answer


@pytest.mark.parametrize("answer", sorted(inspection.ANSWERS - {"fine"}))
def test_each_answer_has_its_words(answer: str) -> None:
    assert answer in MESSAGES


def test_uploads_are_refused_by_it() -> None:
    with pytest.raises(FileRefused) as caught:
        check_upload(made(EMBEDDED["annotation"]), "a.pdf")
    assert caught.value.code == "embedded"
