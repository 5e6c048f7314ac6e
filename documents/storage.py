"""Bytes under their own hash: written once, whole or not at all, and checked whenever they are read."""

import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

log = logging.getLogger(__name__)

CHUNK: Final = 1024 * 1024
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Damaged(Exception):
    """Stored bytes are gone or no longer have their hash; `sha256` names them."""

    def __init__(self, sha256: str, why: str) -> None:
        super().__init__(f"{sha256}: {why}")
        self.sha256 = sha256


class AtomicFileSystemStorage(FileSystemStorage):
    """Django's disk storage, except that a file appears under its name only when all of it is on the disk."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]  # Django's own signature
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as stream:
                for chunk in content.chunks(CHUNK):
                    stream.write(chunk)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o440)
            Path(temporary).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
        _sync_directory(target.parent)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: names are hashes, the same name means the same bytes."""
        return name


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def object_name(sha256: str) -> str:
    """Where the storage keeps the bytes of this hash. Raises ValueError if it isn't 64 lower-case hex digits."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _backend() -> Storage:
    return storages["documents"]


def put(data: bytes) -> str:
    """Store the bytes and return their SHA-256 (hex).

    Idempotent, also when two processes store the same bytes at once. Bytes that were there but had decayed are replaced
    by the right ones, with an error in the log.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    name = object_name(sha256)
    backend = _backend()
    if backend.exists(name):
        if _stored_hash(backend, name) == sha256:
            return sha256
        log.error("Stored bytes of %s had decayed; replaced by the same content uploaded again", sha256)
        backend.delete(name)
    saved = backend.save(name, ContentFile(data))
    if saved != name:
        # A backend with its own naming (S3 without overwrite) raced with an equal upload: the first one is kept.
        backend.delete(saved)
    return sha256


def get(sha256: str) -> bytes:
    """The bytes of this hash. Raises Damaged when they are missing or have another hash."""
    try:
        with _backend().open(object_name(sha256), "rb") as stream:
            data: bytes = stream.read()
    except FileNotFoundError as problem:
        raise Damaged(sha256, "missing") from problem
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(sha256, "content does not have this hash")
    return data


def is_intact(sha256: str) -> bool:
    """Whether the bytes are there with the right hash; reads them in pieces."""
    try:
        return _stored_hash(_backend(), object_name(sha256)) == sha256
    except FileNotFoundError:
        return False


def _stored_hash(backend: Storage, name: str) -> str:
    digest = hashlib.sha256()
    with backend.open(name, "rb") as stream:
        for chunk in _chunks(stream):
            digest.update(chunk)
    return digest.hexdigest()


def _chunks(stream: File) -> Iterator[bytes]:  # type: ignore[type-arg]  # Django's own signature
    while chunk := stream.read(CHUNK):
        yield chunk
