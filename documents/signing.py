"""PAdES signatures: empty fields where the layout put the boxes, then one incremental signature after another."""

import asyncio
import io
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field, enumerate_sig_fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.stamp import StaticStampStyle

from documents.book import Label, Signatory
from documents.keys import SigningKey
from documents.reader import IndexedReader
from documents.stamps import signed_on, stamp

# The box that `_signatures.html` draws; print.css must say the same.
BOX_MM: Final = (78, 30)
POINTS_PER_MM: Final = 72 / 25.4
# Room for the CMS container, so that pyHanko needs no dry run to learn its size: EC P-256 with two certificates: 3 KB.
BYTES_RESERVED: Final = 8192
T = TypeVar("T")
_FIELD: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CannotSign(Exception):
    """The PDF has no such field, it is signed already, or its layout drew no box for it."""


@dataclass(frozen=True, slots=True)
class Field:
    """An empty or signed signature field of a PDF."""

    name: str
    is_signed: bool


def prepare_fields(pdf_bytes: bytes, signatories: Sequence[Signatory]) -> bytes:
    """The PDF with an empty, named signature field in each signatory's box. Raises CannotSign."""
    reader = IndexedReader(pdf_bytes)
    boxes = _boxes(reader)
    writer = IncrementalPdfFileWriter.from_reader(reader)
    for one in signatories:
        if not _FIELD.fullmatch(one.field) or one.field not in boxes:
            raise CannotSign(f"the layout has no box for the field {one.field!r}")
        page, left, top = boxes[one.field]
        width, height = (side * POINTS_PER_MM for side in BOX_MM)
        append_signature_field(
            writer,
            SigFieldSpec(
                one.field,
                on_page=page,
                # Whole points, just inside the printed frame.
                box=(int(left) + 1, int(top - height) + 1, int(left + width) - 1, int(top) - 1),
                readable_field_name=" ".join(part for part in one.role if part),
            ),
        )
        _tab_by_structure(writer, page)
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def fields(pdf_bytes: bytes) -> list[Field]:
    """The PDF's signature fields in their order."""
    found = enumerate_sig_fields(IndexedReader(pdf_bytes))
    return [Field(name, value is not None) for name, value, _ in found]


def sign(
    pdf_bytes: bytes,
    *,
    field: str,
    key: SigningKey,
    name: Label,
    institution: Label,
    reason: str,
    at: datetime,
) -> bytes:
    """The PDF with the field signed: the old bytes and, after them, one signature over everything before it.

    `at` is the claimed time (aware), printed on the stamp in Beijing time. Raises CannotSign when the field is missing
    or signed.
    """
    reader = IndexedReader(pdf_bytes)
    states = {name: value is not None for name, value, _ in enumerate_sig_fields(reader)}
    if states.get(field) is not False:
        raise CannotSign(f"the field {field!r} is " + ("signed already" if field in states else "missing"))
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=str(institution.en or institution.zh) or None,
        name=" ".join(dict.fromkeys(part for part in name if part)) or None,
    )
    signer = _SignerAt(metadata, signer=key.signer, stamp_style=_stamp_style(name, institution, at))
    signer.at = at
    writer = IncrementalPdfFileWriter.from_reader(reader)
    output = outside_event_loop(
        lambda: signer.sign_pdf(writer, existing_fields_only=True, bytes_reserved=BYTES_RESERVED, in_place=True)
    )
    return bytes(output.getvalue())


def outside_event_loop(call: Callable[[], T]) -> T:
    """The call's result; in a thread of its own where this one runs an event loop, which pyHanko can't share."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(copy_context().run, call).result()


class _SignerAt(PdfSigner):  # type: ignore[misc]  # pyHanko is read without its types
    """Signs at the time of the portal's clock and not at the machine's."""

    at: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


def _stamp_style(name: Label, institution: Label, at: datetime) -> StaticStampStyle:
    width, height = BOX_MM
    picture = stamp(name, institution, signed_on(at), width_mm=width, height_mm=height)
    return StaticStampStyle(
        background=PdfImage(picture, box=BoxConstraints(width * 10, height * 10)),
        background_opacity=1.0,
        background_layout=SimpleBoxLayoutRule(
            AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins.uniform(1)
        ),
        border_width=0,
    )


def _boxes(reader: IndexedReader) -> dict[str, tuple[int, float, float]]:
    """Page index and top left corner (points) of each `sign-…` destination that the layout left."""
    pages = {
        reader.find_page_for_modification(index)[0].reference: index
        for index in range(int(reader.root["/Pages"]["/Count"]))
    }
    try:
        names = reader.root["/Names"]["/Dests"]["/Names"]
    except KeyError:
        return {}
    found: dict[str, tuple[int, float, float]] = {}
    for position in range(0, len(names), 2):
        name = str(names[position])
        if not name.startswith("sign-"):
            continue
        target = names[position + 1]
        page = target.raw_get(0).reference
        found[name.removeprefix("sign-")] = (pages[page], float(target[2]), float(target[3]))
    return found


def _tab_by_structure(writer: IncrementalPdfFileWriter, page: int) -> None:
    """Keyboard order by structure, as PDF/UA asks of pages with fields."""
    reference, _ = writer.find_page_for_modification(page)
    reference.get_object()["/Tabs"] = generic.pdf_name("/S")
    writer.mark_update(reference)
