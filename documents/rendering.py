"""Templates and data to PDF bytes, in the document's language, by a child process with limits."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.utils import translation

from core import clock
from documents.layout_pool import Limits, Pool, RenderingFailed
from documents.qr import display_code, qr_data_uri, verification_url

__all__ = ["DRAFT", "RenderingFailed", "render_html", "render_pdf", "render_pdf_here"]

DRAFT: Final = "草稿 DRAFT"
STYLE: Final = "documents/pdf/print.css"


def render_pdf(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    code: str | None = None,
    watermark: str | None = None,
) -> bytes:
    """The template as a tagged PDF (PDF/UA-1), laid out in a child process.

    `language` is "zh-hans" or "en" and is active while the template renders. With a verification `code` each page
    carries it and its QR code; `watermark` (`DRAFT`) lies across each page. Raises RenderingFailed when layout fails or
    runs past the limits of memory, CPU or time.
    """
    return _pool().render(render_html(template, context, language=language, code=code, watermark=watermark))


def render_pdf_here(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    code: str | None = None,
    watermark: str | None = None,
) -> bytes:
    """The same in this process: no limits, for commands and workers that render many documents in a row."""
    # WeasyPrint takes half a second and 40 MB to import; web processes never need it.
    from documents.layout import engine

    html = render_html(template, context, language=language, code=code, watermark=watermark)
    with _collector_paused():
        return engine(_style(), settings.FONTS_DIR).render(html)


def render_html(
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    code: str | None = None,
    watermark: str | None = None,
) -> str:
    """The HTML that layout gets: self-contained, its only URLs being data URIs."""
    page: dict[str, Any] = {
        "html_lang": "zh-Hans" if language.startswith("zh") else "en",
        "is_zh": language.startswith("zh"),
        "watermark": watermark,
        "created_at": clock.now(),
    }
    if code:
        url = verification_url(code)
        page |= {"code": display_code(code), "verify_url": url, "qr": qr_data_uri(url)}
    with translation.override(language):
        return render_to_string(template, {**context, **page})


@lru_cache(maxsize=1)
def _style() -> str:
    return str(get_template(STYLE).render())


@lru_cache(maxsize=1)
def _pool() -> Pool:
    return Pool(
        style=_style(),
        fonts_dir=Path(settings.FONTS_DIR),
        root=Path(settings.BASE_DIR),
        size=getattr(settings, "PDF_PROCESSES", 1),
        limits=getattr(settings, "PDF_LIMITS", Limits()),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection while a document is laid out, one afterwards: layout makes millions of linked boxes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()
