"""Reads: a document by its code or subject, its revisions and bytes, and what a given file is to it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.core.cache import cache
from django.db import models

from core.tenancy import tenant_scope
from documents import storage
from documents.models import Document, Revision, StoredFile, VerificationCode
from documents.qr import normalise_code
from documents.verification import VerificationReport, verify_revisions

REPORT_SECONDS: Final = 24 * 60 * 60


class Match(Enum):
    """What a file is to a document."""

    CURRENT = "current"
    EARLIER = "earlier"
    ALTERED_AFTER = "altered_after"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """What the public verification page tells of a document."""

    document: Document
    tenant: Any
    revisions: tuple[Revision, ...]
    report: VerificationReport | None

    @property
    def current(self) -> Revision:
        """The revision in force: the one with the most signatures."""
        return self.revisions[-1]


@contextmanager
def public_document(code: str) -> Iterator[PublicDocument | None]:
    """The document of a code as a person typed it, with its tenant's scope open; None for an unknown code."""
    normal = normalise_code(code)
    known = VerificationCode.objects.select_related("tenant").filter(code=normal or "").first()
    if known is None:
        yield None
        return
    with tenant_scope(known.tenant):
        document = Document.objects.get(code=known.code)
        revisions = tuple(revisions_of(document))
        yield PublicDocument(document, known.tenant, revisions, signatures_of(document, revisions))


def documents_of(subject: models.Model) -> models.QuerySet[Document]:
    """The documents issued about the subject, oldest first."""
    return Document.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("created_at")


def revisions_of(document: Document) -> models.QuerySet[Revision]:
    """All revisions with their files, oldest first."""
    return Revision.objects.filter(document=document).select_related("file").order_by("number")


def current_revision(document: Document) -> Revision:
    """The revision in force."""
    return revisions_of(document).latest("number")


def bytes_of(file: StoredFile) -> bytes:
    """The stored bytes, checked against their hash. Raises storage.Damaged."""
    return storage.get(file.sha256)


def signatures_of(document: Document, revisions: tuple[Revision, ...] | None = None) -> VerificationReport | None:
    """What the signatures of the current revision are worth; None where there is none. Kept a day by hash."""
    chain = revisions or tuple(revisions_of(document))
    if len(chain) < 2:
        return None
    key = f"signatures:{chain[-1].file.sha256}"
    report: VerificationReport | None = cache.get(key)
    if report is None:
        report = verify_revisions([storage.get(revision.file.sha256) for revision in chain])
        cache.set(key, report, REPORT_SECONDS)
    return report


def match_file(public: PublicDocument, data: bytes) -> Match:
    """What the bytes are to the document: its current or an earlier revision, one that was added to, or another file.

    Compares bytes only and parses nothing, so that the public page has nothing to attack.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 == public.current.file.sha256:
        return Match.CURRENT
    if any(sha256 == revision.file.sha256 for revision in public.revisions):
        return Match.EARLIER
    if any(_starts_with(data, revision) for revision in public.revisions):
        return Match.ALTERED_AFTER
    return Match.OTHER


def _starts_with(data: bytes, revision: Revision) -> bool:
    size = revision.file.size
    return len(data) > size and hashlib.sha256(data[:size]).hexdigest() == revision.file.sha256


def defects() -> Iterator[str]:
    """What is wrong with the active tenant's files and signed documents, one sentence each; nothing if all is well."""
    for file in StoredFile.objects.order_by("pk").iterator():
        if not storage.is_intact(file.sha256):
            yield f"stored file {file.pk}: the bytes of {file.sha256} are gone or altered"
    for document in Document.objects.order_by("pk").iterator():
        chain = tuple(revisions_of(document))
        try:
            data = [storage.get(revision.file.sha256) for revision in chain]
        except storage.Damaged:
            continue  # named above
        if len(data) > 1:
            yield from (f"{document}: {reason.en}" for reason in verify_revisions(data).reasons)
        elif not data:
            yield f"{document}: has no revision"
