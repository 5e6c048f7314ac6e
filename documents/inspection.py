"""Looks into an uploaded PDF in a process of its own, with little time and memory: what it could start, and what it
unpacks to. Everything in the file is looked at, wherever it hangs: pages, annotations, fields, name trees, leftovers.

Run as a program (`inspect` does): reads the file from standard input, writes one word. Knows nothing of Django."""

import base64
import io
import logging
import re
import resource
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 15
CPU_SECONDS: Final = 10
MEMORY: Final = 1536 * 1024 * 1024
MAX_OBJECTS: Final = 300_000
MAX_PAGES: Final = 2_000
MAX_SIDE: Final = 20_000  # points; a poster of seven metres
MAX_PIXELS: Final = 200_000_000
MAX_STREAM: Final = 300 * 1024 * 1024
MAX_UNPACKED: Final = 1024 * 1024 * 1024
MAX_FILTERS: Final = 4
INFLATE_STEP: Final = 1024 * 1024

FINE, ACTIVE, EMBEDDED, ENCRYPTED, DAMAGED, BOMB, TOO_COMPLEX = (
    "fine", "active", "embedded", "encrypted", "damaged", "bomb", "too_complex",
)  # fmt: skip
ANSWERS: Final = frozenset({FINE, ACTIVE, EMBEDDED, ENCRYPTED, DAMAGED, BOMB, TOO_COMPLEX})

# What an action must not do. Links, also into the web, and jumps inside the file are harmless.
ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute"}
)
# Where these stand at all, something runs or waits to run.
ACTIVE_KEYS: Final = frozenset({"/JS", "/JavaScript", "/XFA"})
# Of each web process: many uploads at once must not take the machine's memory.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_STARTS: Final = re.compile(rb"/S\s*/(JavaScript|Launch)\b")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def inspect(data: bytes) -> str:
    """One of ANSWERS for the file. At most SECONDS and MEMORY; what takes more is too complex."""
    try:
        with _AT_ONCE:
            done = subprocess.run(
                [sys.executable, "-I", str(Path(__file__).resolve())],
                input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False, env={},
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return TOO_COMPLEX
    answer = done.stdout.decode("ascii", "replace").strip()
    # It ran out of time or memory, and was ended.
    return answer if done.returncode == 0 and answer in ANSWERS else TOO_COMPLEX


class Found(Exception):
    """Something that settles the answer."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        super().__init__(answer)


def judge(data: bytes) -> str:
    """The same, in this process and without limits of time or memory."""
    from pypdf import PdfReader  # slow to import; the parent has no use for it

    # Also in what the file's own table of contents no longer names, or names wrongly.
    if _STARTS.search(_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)):
        return ACTIVE
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return ENCRYPTED
        _judge_objects(reader)
        if len(reader.pages) == 0:
            return DAMAGED
    except Found as found:
        return found.answer
    except MemoryError:
        return TOO_COMPLEX
    # pypdf answers hostile input with many kinds of exceptions, RecursionError among them.
    except Exception as problem:
        return BOMB if type(problem).__name__ == "LimitReachedError" else DAMAGED
    return FINE


def _judge_objects(reader: Any) -> None:
    from pypdf.generic import StreamObject

    pages, unpacked = 0, 0
    if "/AA" in reader.root_object:
        raise Found(ACTIVE)
    for one in _objects(reader):
        for part in _dictionaries(one):
            _judge_dictionary(part)
            pages += part.get("/Type") == "/Page"
        if isinstance(one, StreamObject):
            unpacked += _unpacked(one)
        if pages > MAX_PAGES or unpacked > MAX_UNPACKED:
            raise Found(BOMB)


def _objects(reader: Any) -> Iterator[Any]:
    """Everything that the file's tables name."""
    from pypdf.generic import IndirectObject

    known = {(number, generation) for generation, table in reader.xref.items() for number in table}
    known |= {(number, 0) for number in reader.xref_objStm}
    if len(known) > MAX_OBJECTS:
        raise Found(TOO_COMPLEX)
    for number, generation in sorted(known):
        one = reader.get_object(IndirectObject(number, generation, reader))
        if one is not None:
            yield one


def _dictionaries(top: Any) -> Iterator[Any]:
    """The dictionaries that stand in an object itself; those it refers to come on their own."""
    from pypdf.generic import ArrayObject, DictionaryObject

    waiting = [top]
    while waiting:
        one = waiting.pop()
        if isinstance(one, DictionaryObject):
            yield one
            # Not `values()`, which would follow the references.
            waiting += [dict.__getitem__(one, key) for key in one]
        elif isinstance(one, ArrayObject):
            waiting += list.__iter__(one)


def _judge_dictionary(part: Any) -> None:
    if ACTIVE_KEYS & part.keys() or _name(part, "/S") in ACTIONS:
        raise Found(ACTIVE)
    if "/EF" in part or "/EmbeddedFiles" in part or _name(part, "/Type") == "/EmbeddedFile":
        raise Found(EMBEDDED)
    if _name(part, "/Subtype") in {"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"}:
        raise Found(EMBEDDED)
    width, height = _number(part, "/Width"), _number(part, "/Height")
    if width * height > MAX_PIXELS:
        raise Found(BOMB)
    for key in ("/MediaBox", "/CropBox"):
        box = part.get(key)
        box = box.get_object() if box is not None else None
        if isinstance(box, list) and any(abs(_as_number(side)) > MAX_SIDE for side in box):
            raise Found(BOMB)


def _name(part: Any, key: str) -> str:
    value = part.get(key)
    value = value.get_object() if value is not None else None
    return str(value) if isinstance(value, str) else ""


def _number(part: Any, key: str) -> float:
    return _as_number(part.get(key))


def _as_number(value: Any) -> float:
    value = value.get_object() if hasattr(value, "get_object") else value
    return float(value) if isinstance(value, int | float) else 0.0


# ---------------------------------------------------------------- what it unpacks to
def _unpacked(stream: Any) -> int:
    """The length of the stream without its packing; pictures stay packed, they are judged by their pixels."""
    found = stream.get("/Filter")
    found = found.get_object() if found is not None else []
    filters = [str(one.get_object()) for one in found] if isinstance(found, list) else [str(found)]
    if len(filters) > MAX_FILTERS:
        raise Found(BOMB)
    data: bytes = stream._data
    for name in filters:
        if name in {"/FlateDecode", "/Fl"}:
            data = _inflated(data)
        elif name in {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}:
            data = _plain(name, data)
        elif name in {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}:
            # Neither repeats itself so well as to hide much in a file of the size that is taken.
            return min(MAX_STREAM, 64 * len(data))
        else:
            break
    return len(data)


def _inflated(data: bytes) -> bytes:
    """At most MAX_STREAM of it; a damaged end is what viewers make of it too: nothing."""
    inflater, made, size = zlib.decompressobj(), [], 0
    try:
        while data:
            piece = inflater.decompress(data, INFLATE_STEP)
            data = inflater.unconsumed_tail
            size += len(piece)
            if size > MAX_STREAM:
                raise Found(BOMB)
            made.append(piece)
            if not piece:
                break
    except zlib.error:
        pass
    return b"".join(made)


def _plain(name: str, data: bytes) -> bytes:
    try:
        if name in {"/ASCII85Decode", "/A85"}:
            return base64.a85decode(data.partition(b"~>")[0])
        return bytes.fromhex(data.partition(b">")[0].decode("ascii"))
    except ValueError:
        return b""


def main() -> None:
    """The program: limits first, then the file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable(logging.CRITICAL)
    sys.stdout.write(judge(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
