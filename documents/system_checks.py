"""`manage.py check`: what documents need of the machine, where lacking it only shows as slow or ugly PDFs."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from documents.fonts import SOURCES
from documents.machine import has_fast_subsetting


@register
def pdf_machinery(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of a missing libharfbuzz-subset and of fonts not built."""
    messages: list[CheckMessage] = []
    if not has_fast_subsetting():
        messages.append(
            Warning(
                "libharfbuzz-subset is not installed: PDFs take eight times as long",
                hint="sudo apt-get install libharfbuzz-subset0",
                id="documents.W001",
            )
        )
    if not settings.TEST_MODE and any(not (settings.FONTS_DIR / f"{stem}.ttf").is_file() for stem in SOURCES):
        messages.append(
            Warning(
                "the documents' fonts have not been built: PDFs are three times as large and slower",
                hint="python manage.py build_fonts",
                id="documents.W002",
            )
        )
    return messages
