"""Child processes that lay out documents, with limits on memory, CPU and time, replaced when they fail or grow old."""

import atexit
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from documents.framing import HEADER, OK, write_message

# To import WeasyPrint and load fonts takes a second, on a busy machine much longer.
START_SECONDS: Final = 60.0
MAX_PDF_BYTES: Final = 200 * 1024 * 1024


class RenderingFailed(Exception):
    """The document could not be laid out; `reason` is "timeout", "limits" or the layout engine's own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use: address space (bytes), CPU and wall time (seconds); and documents per process."""

    memory_bytes: int = 2 * 1024 * 1024 * 1024
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    documents: int = 200


class Child:
    """One layout process. Not thread-safe; the pool lends it to one thread at a time."""

    def __init__(self, style: str, fonts_dir: Path, limits: Limits, root: Path) -> None:
        self.limits = limits
        self.served = 0
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        # Neither the database address nor any secret is handed on.
        keep = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "documents.layout",
                str(fonts_dir),
                str(limits.memory_bytes),
                str(limits.cpu_seconds),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=root,
            env={name: os.environ[name] for name in keep if name in os.environ},
            start_new_session=True,
        )
        with suppress(BrokenPipeError):
            write_message(self._stdin, 0, style.encode())

    @property
    def _stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def render(self, html: str) -> bytes:
        """The PDF bytes. Raises RenderingFailed; afterwards the child may be dead and must not be lent again."""
        if not self.served:
            self._answer(time.monotonic() + START_SECONDS)
        deadline = time.monotonic() + self.limits.wall_seconds
        self.served += 1
        with suppress(BrokenPipeError):
            write_message(self._stdin, 0, html.encode())
        return self._answer(deadline)

    def _answer(self, deadline: float) -> bytes:
        kind, length = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > MAX_PDF_BYTES:
            raise RenderingFailed("limits")
        body = self._read(length, deadline)
        if kind != OK:
            reason = body.decode("utf-8", "replace")
            raise RenderingFailed("limits" if reason == "memory" else reason)
        return body

    def _read(self, size: int, deadline: float) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        pieces: list[bytes] = []
        missing = size
        while missing:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise RenderingFailed("timeout")
            piece = os.read(descriptor, min(missing, 1 << 20))
            if not piece:
                raise RenderingFailed("limits")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    @property
    def is_fit(self) -> bool:
        """Whether it may be lent again."""
        return self.process.poll() is None and self.served < self.limits.documents

    def close(self) -> None:
        """End the process at once; it holds nothing worth saving."""
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


@dataclass
class Pool:
    """At most `size` children, started when first needed. Belongs to the process that made it: a fork makes its own."""

    style: str
    fonts_dir: Path
    root: Path
    size: int = 1
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._reset()
        atexit.register(self.close)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self.size)

    def render(self, html: str) -> bytes:
        """The PDF bytes of the HTML, from a child with limits. Waits for a free child. Raises RenderingFailed."""
        if self._pid != os.getpid():
            self._reset()
        with self._slots:
            child = self._take()
            try:
                pdf = child.render(html)
            except BaseException:
                child.close()
                raise
            self._give_back(child)
            return pdf

    def _take(self) -> Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_fit:
                    return child
                child.close()
        return Child(self.style, self.fonts_dir, self.limits, self.root)

    def _give_back(self, child: Child) -> None:
        if not child.is_fit:
            child.close()
            return
        with self._lock:
            self._idle.append(child)

    def close(self) -> None:
        """End all idle children of this process."""
        if self._pid != os.getpid():
            return
        with self._lock:
            while self._idle:
                self._idle.pop().close()
