"""What an uploaded file really is: type by content, damage, encryption, bombs and names; no forms, no database."""

import hashlib
import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import puremagic
from django.conf import settings
from PIL import Image

from documents import inspection
from documents.refusals import FileRefused

MAX_NAME_BYTES: Final = 200
MAX_ZIP_RATIO: Final = 100
MAX_ZIP_UNPACKED: Final = 200 * 1024 * 1024
MAX_ZIP_ENTRIES: Final = 10_000
MAX_IMAGE_PIXELS: Final = 100_000_000
MAX_CONTENT_TYPES_XML: Final = 1024 * 1024

OLE_HEADER: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_OOXML_MAIN: Final = {
    "wordprocessingml.document.main+xml": "docx",
    "spreadsheetml.sheet.main+xml": "xlsx",
    "presentationml.presentation.main+xml": "pptx",
}


@dataclass(frozen=True, slots=True)
class FileKind:
    """One accepted type: its media type and the extensions a file of it may carry, the first being the usual one."""

    code: str
    media_type: str
    extensions: tuple[str, ...]


KINDS: Final = {
    kind.code: kind
    for kind in (
        FileKind("pdf", "application/pdf", ("pdf",)),
        FileKind("docx", _OOXML + "wordprocessingml.document", ("docx",)),
        FileKind("xlsx", _OOXML + "spreadsheetml.sheet", ("xlsx",)),
        FileKind("pptx", _OOXML + "presentationml.presentation", ("pptx",)),
        FileKind("png", "image/png", ("png",)),
        FileKind("jpeg", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    )
}
ALL_KINDS: Final = frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """Bytes that passed: under which name, of which type and hash they may be stored."""

    name: str
    kind: str
    media_type: str
    size: int
    sha256: str


def check_upload(data: bytes, filename: str, *, allowed: frozenset[str] = ALL_KINDS) -> CheckedFile:
    """The file's checked name, type and hash.

    `allowed` holds codes of `KINDS`. Raises FileRefused (bilingual, with a stable `code`) for the first thing wrong:
    name, empty, too large, type not accepted, extension unlike the content, encrypted, damaged, active content, files
    inside, bomb, too complex.
    """
    name = check_filename(filename)
    if not data:
        raise FileRefused("empty")
    if len(data) > settings.MAX_UPLOAD_BYTES:
        raise FileRefused("too_large", size=_megabytes(len(data)), limit=_megabytes(settings.MAX_UPLOAD_BYTES))
    code = detect_kind(data)
    if code is None or code not in allowed:
        raise FileRefused("type", accepted=", ".join(sorted(KINDS[each].extensions[0] for each in allowed)))
    kind = KINDS[code]
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    if extension not in kind.extensions:
        raise FileRefused("extension", extension=extension or "–", actual=kind.extensions[0])
    if code == "pdf":
        _check_pdf(data)
    elif code in {"png", "jpeg"}:
        _check_image(data)
    return CheckedFile(name, code, kind.media_type, len(data), hashlib.sha256(data).hexdigest())


def check_filename(filename: str) -> str:
    """The name in NFC form without surrounding blanks.

    Raises FileRefused for an empty or overlong name (200 bytes of UTF-8), control or bidirectional characters (which
    can make `exe.pdf` out of `fdp.exe`), path parts, and the device names and final dots Windows cannot store.
    """
    name = unicodedata.normalize("NFC", filename).strip()
    if not name or not name.strip("."):
        raise FileRefused("name_empty")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name):
        raise FileRefused("name_characters")
    if re.search(r'[/\\:*?"<>|]', name) or name.startswith(("..", "~")):
        raise FileRefused("name_path")
    if name.endswith(".") or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name):
        raise FileRefused("name_path")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise FileRefused("name_long", limit=str(MAX_NAME_BYTES))
    return name


def detect_kind(data: bytes) -> str | None:
    """The code in `KINDS` that the content shows, None for anything else.

    Raises FileRefused for Office files that are encrypted, carry macros, are damaged or unpack to too much.
    """
    if data.startswith(b"PK\x03\x04"):
        return _detect_office(data)
    if data.startswith(OLE_HEADER):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise FileRefused("encrypted")
        return None
    if data.startswith(b"%PDF-"):
        return "pdf"
    try:
        matches = puremagic.magic_string(data)
    except puremagic.PureError:
        return None
    found = {match.mime_type for match in matches[:4]}
    return next((code for code in ("png", "jpeg") if KINDS[code].media_type in found), None)


def _detect_office(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip(archive)
            names = {entry.filename for entry in archive.infolist()}
            if "[Content_Types].xml" not in names:
                return None
            with archive.open("[Content_Types].xml") as stream:
                types = stream.read(MAX_CONTENT_TYPES_XML).decode("utf-8", "replace")
            if "macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
                raise FileRefused("active")
            if archive.testzip() is not None:
                raise FileRefused("damaged")
    except FileRefused:
        raise
    # zipfile raises many kinds on hostile input (BadZipFile, zlib.error, NotImplementedError, EOFError …).
    except Exception as problem:
        raise FileRefused("damaged") from problem
    return next((code for main, code in _OOXML_MAIN.items() if _OOXML + main in types), None)


def _check_zip(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("encrypted")
    if (
        len(entries) > MAX_ZIP_ENTRIES
        or unpacked > MAX_ZIP_UNPACKED
        # Small sheets of equal cells compress well; the ratio counts only where it could hurt.
        or (unpacked > 1024 * 1024 and unpacked > MAX_ZIP_RATIO * max(packed, 1))
    ):
        raise FileRefused("bomb")
    if any(entry.filename.startswith("/") or ".." in entry.filename.split("/") for entry in entries):
        raise FileRefused("damaged")


def _check_pdf(data: bytes) -> None:
    answer = inspection.inspect(data)
    if answer != inspection.FINE:
        raise FileRefused(answer)


def _check_image(data: bytes) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > MAX_IMAGE_PIXELS:
                    raise FileRefused("bomb")
                image.verify()
    except FileRefused:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise FileRefused("bomb") from problem
    # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error … on damaged files.
    except Exception as problem:
        raise FileRefused("damaged") from problem


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.1f}"
