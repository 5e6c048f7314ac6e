"""Reads the verification codes off a scan (PDF, PNG or JPEG), in a process of its own with little time and memory.

Run as a program (`codes_in` does): reads the file from standard input, writes a JSON list of the texts found. Knows
nothing of Django."""

import io
import json
import logging
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SECONDS: Final = 45
CPU_SECONDS: Final = 40
MEMORY: Final = 2048 * 1024 * 1024
MAX_PAGES: Final = 200
MAX_PICTURES: Final = 600
MAX_PIXELS: Final = 100_000_000
MAX_TEXTS: Final = 1_000

# Of each web process: many uploads at once must not take the machine's memory, nor all of its threads by waiting.
_AT_ONCE: Final = threading.BoundedSemaphore(1)
WAIT_SECONDS: Final = 5
_CODE: Final = re.compile(r"/(?:V|VERIFY)/([0-9A-HJKMNP-TV-Z]{12})/?", re.IGNORECASE)


class Unreadable(Exception):
    """The file took too much time or memory, or could not be read at all."""


class Busy(Exception):
    """Another file is being read."""


def codes_in(data: bytes) -> set[str]:
    """The verification codes printed on the pages of a checked file (`documents.checks.check_upload`).

    At most SECONDS and MEMORY. Raises Unreadable; Busy while another one is read."""
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).resolve())],
            input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False, env={},
        )  # fmt: skip
        texts = json.loads(done.stdout) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError) as problem:
        raise Unreadable from problem
    finally:
        _AT_ONCE.release()
    if not isinstance(texts, list):
        raise Unreadable
    return {found[1].upper() for text in texts if (found := _CODE.search(str(text)))}


def texts_in(data: bytes) -> list[str]:
    """What the QR codes say, in this process and without limits of time or memory."""
    import zxingcpp  # the parent has no use for it

    found: list[str] = []
    for picture in _pictures(data):
        found += [one.text for one in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]
        if len(found) > MAX_TEXTS:
            break
    return found


def _pictures(data: bytes) -> Iterator[Any]:
    """The file's picture, or those of a PDF's pages; each once, as a scanner or a printer put them there."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    if not data.startswith(b"%PDF-"):
        yield Image.open(io.BytesIO(data)).convert("L")
        return
    from pypdf import PdfReader

    seen: set[int] = set()
    count = 0
    for page in PdfReader(io.BytesIO(data)).pages[:MAX_PAGES]:
        for name in page.images.keys():  # noqa: SIM118 - pypdf's list of pictures has no iteration over keys
            try:
                one = page.images[name]
                mark = getattr(one.indirect_reference, "idnum", None)
                if mark in seen:
                    continue
                if mark is not None:
                    seen.add(mark)
                if one.image is not None:
                    yield one.image.convert("L")
            except Exception:  # one picture that can't be read must not hide the others
                logging.getLogger(__name__).debug("picture %s can't be read", name)
            if (count := count + 1) > MAX_PICTURES:
                return


def main() -> None:
    """The program: limits first, then the file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable(logging.CRITICAL)
    sys.stdout.write(json.dumps(texts_in(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
