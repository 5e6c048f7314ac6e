"""Framed messages between the layout processes and their parent."""

import struct
from typing import IO, Final

HEADER: Final = struct.Struct(">BI")
OK: Final = 0
FAILED: Final = 1


def write_message(stream: IO[bytes], kind: int, body: bytes) -> None:
    """One message: kind, length, body."""
    stream.write(HEADER.pack(kind, len(body)))
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """The next message; None at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    body = stream.read(length)
    return (kind, body) if len(body) == length else None
