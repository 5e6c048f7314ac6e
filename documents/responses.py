"""Sending stored files: always as downloads, never sniffed, with names in any script."""

from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from django.http import HttpResponse

from documents import storage
from documents.models import StoredFile

_TOKEN_BREAKERS: Final = str.maketrans({'"': "'", "\\": "_", "%": "_"})


def as_attachment(file: StoredFile, filename: str) -> HttpResponse:
    """The file's bytes, checked against their hash, as a download under the name. Raises storage.Damaged.

    The caller has authorised the parent row.
    """
    return attachment(storage.get(file.sha256), filename=filename, media_type=file.media_type)


def attachment(data: bytes, *, filename: str, media_type: str) -> HttpResponse:
    """The bytes as a download: nosniff, private, and a name by RFC 6266 (ASCII fallback and UTF-8)."""
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition(filename)
    response["Content-Length"] = str(len(data))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def content_disposition(filename: str) -> str:
    """The header's value; a name beyond ASCII gets both forms, old and new clients each find theirs."""
    clean = "".join(char for char in filename if char.isprintable()).replace("/", "_") or "file"
    fallback = clean.encode("ascii", "ignore").decode().translate(_TOKEN_BREAKERS).strip(" .")
    if fallback == clean:
        return f'attachment; filename="{clean}"'
    stem, suffix = PurePosixPath(fallback).stem.strip(" ."), PurePosixPath(clean).suffix
    suffix = suffix if suffix.isascii() else ""
    if not stem or fallback == suffix.lstrip("."):
        fallback = f"document{suffix}".translate(_TOKEN_BREAKERS)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(clean, safe='')}"
