"""`manage.py build_fonts`: the fonts documents are set in, cut from Debian's, into FONTS_DIR. Idempotent."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from documents.fonts import FontsMissing, build_missing


class Command(BaseCommand):
    help = "Builds the documents' fonts that aren't there yet (about a minute, once)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = build_missing(Path(settings.FONTS_DIR))
        except FontsMissing as problem:
            raise CommandError(str(problem)) from problem
        for path in made:
            self.stdout.write(f"{path.name} {path.stat().st_size // 1024} KB")
