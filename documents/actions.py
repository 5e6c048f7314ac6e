"""Writes: bytes into the store, documents and their revisions into the books. Nothing is ever overwritten."""

from typing import Any

from django.db import models, transaction

from core import clock
from documents import storage
from documents.checks import CheckedFile
from documents.models import Document, Revision, StoredFile, VerificationCode
from documents.qr import new_code


class NotAnExtension(ValueError):
    """A new revision must be the last one with something added, or the earlier signatures would not hold."""


def store_bytes(*, tenant: Any, data: bytes, media_type: str, filename: str = "", by: Any = None) -> StoredFile:
    """Store the bytes and return their row in this tenant; the same bytes again give the same row.

    Checks nothing: uploads pass `documents.checks.check_upload` first. `filename` and `by` belong to the parent row
    that will authorise the file; asked for so that no caller forgets to keep them.
    """
    sha256 = storage.put(data)
    row, _ = StoredFile.objects.get_or_create(
        tenant=tenant, sha256=sha256, defaults={"size": len(data), "media_type": media_type, "created_at": clock.now()}
    )
    return row


def store_checked(*, tenant: Any, checked: CheckedFile | None, data: bytes | None, by: Any) -> StoredFile | None:
    """Store an upload that `documents.checks.check_upload` has passed; None where nothing was uploaded."""
    if checked is None or data is None:
        return None
    return store_bytes(tenant=tenant, data=data, media_type=checked.media_type, filename=checked.name, by=by)


@transaction.atomic
def publish_document(
    *,
    tenant: Any,
    kind: str,
    data: bytes,
    subject: models.Model,
    title_zh: str,
    title_en: str,
    content_sha256: str,
    policy_sha256: str = "",
    language: str = "zh-hans",
    by: Any,
    code: str | None = None,
    media_type: str = "application/pdf",
) -> Document:
    """Issue a document of these bytes about the subject, revision 0, with a public verification code.

    `code` is the one printed on its pages (`documents.qr.new_code()`), if any. Runs in one transaction; the caller
    records it in the audit chain, whose lock comes last.
    """
    document = Document.objects.create(
        tenant=tenant,
        kind=kind,
        code=code or new_code(),
        language=language,
        title_zh=title_zh[:300],
        title_en=title_en[:300],
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        content_sha256=content_sha256,
        policy_sha256=policy_sha256,
        created_at=clock.now(),
        created_by=by,
    )
    VerificationCode.objects.create(code=document.code, tenant=tenant)
    file = store_bytes(tenant=tenant, data=data, media_type=media_type, by=by)
    Revision.objects.create(tenant=tenant, document=document, number=0, file=file, created_at=clock.now())
    return document


@transaction.atomic
def add_revision(*, document: Document, data: bytes, by: Any) -> Revision:
    """Add the signed bytes as the document's next revision. Raises NotAnExtension unless they contain the last one.

    The document's row is locked meanwhile: two who sign at once come one after the other, the second one fails here and
    signs again on top of the first.
    """
    row = Document.objects.select_for_update().get(pk=document.pk)
    last = Revision.objects.select_related("file").filter(document=row).latest("number")
    before = storage.get(last.file.sha256)
    if len(data) <= len(before) or not data.startswith(before):
        raise NotAnExtension(f"{document} revision {last.number}")
    file = store_bytes(tenant=row.tenant, data=data, media_type=last.file.media_type, by=by)
    return Revision.objects.create(
        tenant=row.tenant, document=row, number=last.number + 1, file=file, created_at=clock.now()
    )
