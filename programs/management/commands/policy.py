"""`manage.py policy check FILE…` and `manage.py policy try FILE --dossier JSON`: no database needed."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from programs.dossier import Dossier, sha256_of
from programs.facts import Facts
from programs.policy import Policy, PolicyError, Stage, builtin_names, evaluate, load_builtin, load_policy


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
        dossier, problems = Dossier.from_draft(_read_object(dossier_path))
        facts = _facts(_read_object(facts_path)) if facts_path else Facts(now=clock.now())
        findings = evaluate(policy, dossier, facts, stage=stage)
        report = {
            "policy": policy.name,
            "policy_sha256": policy.sha256,
            "dossier_sha256": sha256_of(dossier),
            "stage": stage.value,
            "problems": [asdict(problem) for problem in problems],
            "findings": [{"ref": finding.ref, **asdict(finding)} for finding in findings],
        }
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2, default=str))
        if problems or any(finding.blocks for finding in findings):
            raise CommandError(f"{len(problems)} unreadable values, {len(findings)} findings")


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


def _facts(data: Mapping[str, Any]) -> Facts:
    known = {field.name for field in fields(Facts)}
    if unknown := sorted(set(data) - known):
        raise CommandError(f"no such fact: {', '.join(unknown)}")
    values = dict(data)
    for name in ("now", "received_at", "opens_at", "closes_at"):
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
            if values[name].tzinfo is None:
                raise CommandError(f"{name} needs a UTC offset")
    values["pi_leads"] = frozenset(values.get("pi_leads", ()))
    return replace(Facts(now=values.pop("now", None) or clock.now()), **values)
