"""`manage.py funder check FILE` and `manage.py funder open FILE`: a funder with its first programme, by one command."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anso_portal.funders import load_funder, open_funder
from core.errors import Refused
from programs.policy import PolicyError


class Command(BaseCommand):
    """Checks a funder's file, or puts it into the portal."""

    help = "Open a funder from its TOML file (docs/funders/linhai/funder.toml), or add to one what its file has more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["check", "open"])
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, action: str, file: Path, **options: Any) -> None:
        try:
            funder, policies = load_funder(file)
            if action == "open":
                open_funder(funder, policies, say=self.stdout.write)
        except PolicyError as error:
            raise CommandError(str(error)) from error
        except Refused as refusal:
            raise CommandError("\n".join(f"{one.message_zh} {one.message_en}" for one in refusal.findings)) from refusal
        if action == "check":
            self.stdout.write(f"{file}: {funder.slug}, {len(funder.people)} people, {len(policies)} policies")
