"""Is this PDF what its signatories signed? Every signature, its reach, and what came after it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from core import clock
from documents.book import Label
from documents.keys import trusted_roots
from documents.reader import IndexedReader
from documents.signing import outside_event_loop

# A signature that does not hold is an answer here and not an event for the log.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

UNREADABLE: Final = Label("文件不是可读取的 PDF。", "The file is not a readable PDF.")
UNSIGNED: Final = Label("文件没有数字签名。", "The file has no digital signature.")
BROKEN: Final = Label("签名所覆盖的内容已被改动。", "The content that the signature covers was altered.")
INVALID: Final = Label("签名本身无效。", "The signature itself is not valid.")
UNTRUSTED: Final = Label("签名证书不是由受信任的机构签发。", "The certificate was not issued by a trusted authority.")
GAPS: Final = Label("签名没有覆盖其版本的全部内容。", "The signature does not cover all of its revision.")
MODIFIED: Final = Label(
    "签名之后有不允许的改动。", "The document was changed after this signature in a way that is not allowed."
)
ADDED: Final = Label("最后一个签名之后又有内容加入。", "Something was added after the last signature.")
MISSING: Final = Label("还有签名栏未签署：{fields}", "Signature fields still empty: {fields}")


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature. `signed_at` is the time the signer claims; `reasons` say why it doesn't count, if so."""

    field: str
    signer: str
    organisation: str
    signed_at: datetime | None
    covers_whole_file: bool
    reasons: tuple[Label, ...]

    @property
    def is_valid(self) -> bool:
        """Intact, trusted, covering its whole revision, with nothing illegal after it."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """All signatures in the order of signing, and why the whole doesn't hold, if so."""

    signatures: tuple[SignatureReport, ...]
    empty_fields: tuple[str, ...]
    reasons: tuple[Label, ...]

    @property
    def is_valid(self) -> bool:
        """At least one signature, all valid, and the last one covers the file as it is."""
        return bool(self.signatures) and not self.reasons

    @property
    def is_complete(self) -> bool:
        """Valid, and no signature field is left empty."""
        return self.is_valid and not self.empty_fields


def verify_pdf(data: bytes, *, roots: Sequence[Any] | None = None, at: datetime | None = None) -> VerificationReport:
    """What the PDF's signatures are worth at the instant (now), with the given trusted roots (this installation's).

    Never raises on content: a damaged or foreign file gets a report that says so.
    """
    try:
        return outside_event_loop(lambda: _verify(data, trusted_roots() if roots is None else roots, at or clock.now()))
    # pyHanko answers hostile input with many kinds of exceptions, RecursionError and KeyError among them.
    except Exception:
        return VerificationReport((), (), (UNREADABLE,))


def verify_revisions(
    revisions: Sequence[bytes], *, roots: Sequence[Any] | None = None, at: datetime | None = None
) -> VerificationReport:
    """The same for a document whose every revision we hold, oldest first, and therefore some fifty times faster.

    That each begins with the one before shows that nothing but the signatures we made came in between, which pyHanko
    would have to work out from the objects.
    """
    for before, after in pairwise(revisions):
        if len(after) <= len(before) or not after.startswith(before):
            return VerificationReport((), (), (BROKEN,))
    trusted = trusted_roots() if roots is None else roots
    moment = at or clock.now()
    try:
        return outside_event_loop(lambda: _verify(revisions[-1], trusted, moment, is_chain_known=True))
    # As above: whatever pyHanko raises, the file is unreadable.
    except Exception:
        return VerificationReport((), (), (UNREADABLE,))


def _verify(data: bytes, roots: Sequence[Any], at: datetime, *, is_chain_known: bool = False) -> VerificationReport:
    reader = IndexedReader(data, strict=False)
    empty = tuple(name for name, value, _ in enumerate_sig_fields(reader) if value is None)
    embedded = list(reader.embedded_regular_signatures)
    context = ValidationContext(trust_roots=list(roots), allow_fetching=False, moment=at)
    reports = tuple(_report(one, context, is_chain_known=is_chain_known) for one in embedded)
    reasons = [] if reports else [UNSIGNED]
    reasons += dict.fromkeys(reason for report in reports for reason in report.reasons)
    if reports and not reports[-1].covers_whole_file:
        reasons.append(ADDED)
    return VerificationReport(reports, empty, tuple(reasons))


def _report(embedded: Any, context: ValidationContext, *, is_chain_known: bool) -> SignatureReport:
    subject: dict[str, Any] = embedded.signer_cert.subject.native
    try:
        status = validate_pdf_signature(embedded, signer_validation_context=context, skip_diff=is_chain_known)
        reasons = _reasons(status, is_chain_known=is_chain_known)
        whole_file = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    # A signature too broken to be judged (wrong digest algorithm, garbled attributes) is an invalid one.
    except Exception:
        reasons, whole_file = (INVALID,), False
    return SignatureReport(
        field=str(embedded.field_name),
        signer=str(subject.get("common_name", "")),
        organisation=str(subject.get("organization_name", "")),
        signed_at=embedded.self_reported_timestamp,
        covers_whole_file=whole_file,
        reasons=reasons,
    )


def _reasons(status: PdfSignatureStatus, *, is_chain_known: bool) -> tuple[Label, ...]:
    reasons: list[Label] = []
    if not status.intact:
        reasons.append(BROKEN)
    elif not status.valid:
        reasons.append(INVALID)
    if not status.trusted:
        reasons.append(UNTRUSTED)
    if status.coverage is None or status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        reasons.append(GAPS)
    level = ModificationLevel.NONE if is_chain_known else status.modification_level
    if level is None or level > ModificationLevel.FORM_FILLING or status.docmdp_ok is False:
        reasons.append(MODIFIED)
    return tuple(reasons)
