"""`manage.py life POLICY`: one application's whole life by the real actions and roles, in a throw-away database."""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

INSIDE = "PORTAL_LIFE_INSIDE"


class Command(BaseCommand):
    help = "Walks one application of POLICY (such as anso/calls/2021-joint-research) through its whole life."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        from anso_portal.life.stages import STAGES

        parser.add_argument("policy")
        parser.add_argument("--until", choices=STAGES, default=STAGES[-1], metavar="STAGE", help=", ".join(STAGES))
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")
        parser.add_argument("--out", type=Path, metavar="DIR", help="where the documents are written")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get(INSIDE) == "1":
            self._walk(**options)
            return
        with tempfile.TemporaryDirectory(prefix="anso-life-") as place:
            sys.exit(subprocess.run(_again(options), env=_throw_away(place), check=False).returncode)

    def _walk(self, policy: str, until: str, as_json: bool, out: Path | None, **_: Any) -> None:
        from anso_portal.life.stages import live

        call_command("migrate", verbosity=0)

        def say(stage: str, line: str) -> None:
            self.stdout.write(
                json.dumps({"stage": stage, "step": line}, ensure_ascii=False) if as_json else f"{stage:<9} {line}"
            )
            self.stdout.flush()

        try:
            live(policy, until=until, out=out, say=say)
        except LookupError as error:
            raise CommandError(str(error)) from error


def _again(options: dict[str, Any]) -> list[str]:
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "life",
        options["policy"],
        "--until",
        options["until"],
    ]
    if options["as_json"]:
        command.append("--json")
    if options["out"] is not None:
        command += ["--out", str(options["out"].resolve())]
    return command


def _throw_away(place: str) -> dict[str, str]:
    """An environment whose database, documents and keys live in `place`; the fonts stay where setup built them."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "DOCUMENT_ROOT", "SIGNING_KEYS_DIR", "DOCUMENT_STORAGE"}
    }
    return {
        **kept,
        INSIDE: "1",
        "PORTAL_MODE": "demo",
        "VAR_DIR": place,
        "FONTS_DIR": str(settings.FONTS_DIR),
    }
