"""HTML to tagged PDF with WeasyPrint, tuned and shut off from files and network. No Django in here.

Run as `python -m documents.layout` it is the child process of `documents.layout_pool`: it knows no database and no
secrets, and dies of its own limits.
"""

import gc
import os
import resource
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from documents.framing import FAILED, OK, read_message, write_message

# The faces made by `manage.py build_fonts`: file stem -> (family in the style sheet, weight).
FACES: Final = {
    "sans-400": ("Portal Sans", 400),
    "sans-700": ("Portal Sans", 700),
    "serif-400": ("Portal Serif", 400),
    "serif-700": ("Portal Serif", 700),
}


class ForbiddenUrl(ValueError):
    """A document asked for something that is not inside it."""


class OwnFontsFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no type information
    """Serves the built fonts of one directory and data URIs, to our own style sheet only."""

    def __init__(self, fonts_dir: Path) -> None:
        super().__init__(allowed_protocols=["data"], allow_redirects=False)
        self._files = {f"font:{stem}": fonts_dir / f"{stem}.ttf" for stem in FACES}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The face's bytes, or what a data URI holds. Raises ForbiddenUrl for anything else."""
        if path := self._files.get(url):
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
        if not url.startswith("data:"):
            raise ForbiddenUrl(url)
        return super().fetch(url, headers)


@dataclass(frozen=True, slots=True)
class Engine:
    """What is costly to make and the same for every document: fonts found, style sheet parsed."""

    fonts: FontConfiguration
    css: CSS
    fetcher: URLFetcher

    def render(self, html: str) -> bytes:
        """The PDF/UA-1 bytes of one HTML document. Its URLs other than `data:` are not followed."""
        document = HTML(string=html, url_fetcher=self.fetcher)
        pdf = document.write_pdf(font_config=self.fonts, stylesheets=[self.css], pdf_variant="pdf/ua-1")
        assert isinstance(pdf, bytes)
        # Pango layouts of text measured once would otherwise be kept for the life of the process.
        self.fonts.strut_layouts.clear()
        return pdf


def font_faces(fonts_dir: Path) -> str:
    """`@font-face` rules for the faces that have been built; empty before `build_fonts` ran."""
    rules = [
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url(font:{stem})}}"
        for stem, (family, weight) in FACES.items()
        if (fonts_dir / f"{stem}.ttf").is_file()
    ]
    return "\n".join(rules)


@lru_cache(maxsize=4)
def engine(style: str, fonts_dir: Path) -> Engine:
    """The process's engine for this style sheet (text) and font directory."""
    fonts = FontConfiguration()
    css = CSS(string=font_faces(fonts_dir) + style, font_config=fonts, url_fetcher=OwnFontsFetcher(fonts_dir))
    return Engine(fonts, css, URLFetcher(allowed_protocols=["data"], allow_redirects=False))


# ---------------------------------------------------------------- the child process
def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Fonts are copied to a temporary directory once; nothing else is ever written.
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024 * 1024, 64 * 1024 * 1024))


def _limit_cpu(seconds: int) -> None:
    """Allow the next document so many seconds of CPU from now; the kernel ends the process after them."""
    used = int(time.process_time()) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))


def serve(source: BinaryIO, sink: BinaryIO, *, fonts_dir: Path, memory_bytes: int, cpu_seconds: int) -> None:
    """Answer until the source ends: the first message is the style sheet, each later one a document.

    Says "ready" when the fonts and the style sheet are loaded, so that the time this takes is no document's.
    """
    first = read_message(source)
    if first is None:
        return
    _limit(memory_bytes)
    ready = engine(first[1].decode(), fonts_dir)
    ready.render("<html lang=en><title>warm</title><p>暖 warm</p></html>")
    # The library's own objects are many and immortal: keep the collector from walking them for every document.
    gc.collect()
    gc.freeze()
    gc.disable()
    write_message(sink, OK, b"ready")
    while (message := read_message(source)) is not None:
        _limit_cpu(cpu_seconds)
        try:
            write_message(sink, OK, ready.render(message[1].decode()))
        except MemoryError:
            write_message(sink, FAILED, b"memory")
            return
        except Exception as problem:  # whatever WeasyPrint raises on a bad document is the parent's to report
            write_message(sink, FAILED, f"{type(problem).__name__}: {problem}"[:2000].encode())
        gc.collect()


def main() -> None:
    """Entry point of the child: `python -m documents.layout FONTS_DIR MEMORY_BYTES CPU_SECONDS`."""
    fonts_dir, memory, cpu = sys.argv[1:4]
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the framing
    serve(sys.stdin.buffer, sink, fonts_dir=Path(fonts_dir), memory_bytes=int(memory), cpu_seconds=int(cpu))


if __name__ == "__main__":
    main()
