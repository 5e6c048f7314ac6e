"""`manage.py policy check FILE…` and `manage.py policy try FILE --dossier JSON`: no database needed."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from programs.facts import Facts
from programs.policy import Policy, PolicyError, Stage, builtin_names, load_builtin, load_policy
from programs.trying import read_facts, try_draft


class Command(BaseCommand):
    """Checks policy files, and tries a dossier against one."""

    help = "Check policy files, or try a dossier against one."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        check = commands.add_parser("check", help="say what is wrong with policy files: file, line, reason")
        check.add_argument("files", nargs="*", help="paths or built-in names; none: all that come with the portal")
        trial = commands.add_parser("try", help="print the findings of a dossier as JSON")
        trial.add_argument("file", help="path or built-in name, e.g. anso/calls/2021-joint-research")
        trial.add_argument("--dossier", required=True, type=Path, help="JSON file of a draft")
        trial.add_argument("--facts", type=Path, help="JSON file of facts, named as in programs/facts.py")
        trial.add_argument("--stage", choices=[stage.value for stage in Stage], default=Stage.DRAFT.value)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "check":
            self._check(options["files"] or builtin_names())
        else:
            self._try(options["file"], options["dossier"], options["facts"], Stage(options["stage"]))

    def _check(self, files: list[str]) -> None:
        bad = 0
        for file in files:
            try:
                policy = _load(file)
            except PolicyError as error:
                bad += 1
                self.stderr.write(str(error))
            else:
                self.stdout.write(f"{file}: {policy.name}, {len(policy.clauses)} clauses, sha256 {policy.sha256}")
        if bad:
            raise CommandError(f"{bad} of {len(files)} policy files have problems")

    def _try(self, file: str, dossier_path: Path, facts_path: Path | None, stage: Stage) -> None:
        try:
            policy = _load(file)
        except PolicyError as error:
            raise CommandError(str(error)) from error
        try:
            facts = read_facts(_read_object(facts_path)) if facts_path else Facts(now=clock.now())
        except ValueError as error:
            raise CommandError(str(error)) from error
        trial = try_draft(policy, _read_object(dossier_path), facts, stage)
        self.stdout.write(json.dumps(trial.report(), ensure_ascii=False, indent=2, default=str))
        if not trial.is_clear:
            raise CommandError(f"{len(trial.problems)} unreadable values, {len(trial.findings)} findings")


def _load(file: str) -> Policy:
    return load_builtin(file) if file in builtin_names() else load_policy(Path(file))


def _read_object(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise CommandError(f"{path}: a JSON object is needed")
    return data
