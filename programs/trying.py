"""Tries a dossier against a policy: what `policy try` prints and the policy studio shows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from core import clock
from programs.dossier import Dossier, DraftProblem, sha256_of
from programs.facts import Ban, Facts
from programs.policy import Finding, Policy, Stage, evaluate


@dataclass(frozen=True)
class Trial:
    """What came of it: values of the draft that can't be read, and the policy's findings."""

    policy: Policy
    stage: Stage
    dossier_sha256: str
    problems: tuple[DraftProblem, ...]
    findings: tuple[Finding, ...]

    @property
    def is_clear(self) -> bool:
        """Whether nothing keeps the dossier from going on."""
        return not self.problems and not any(finding.blocks for finding in self.findings)

    def report(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "policy": self.policy.name,
            "policy_sha256": self.policy.sha256,
            "dossier_sha256": self.dossier_sha256,
            "stage": self.stage.value,
            "problems": [asdict(problem) for problem in self.problems],
            "findings": [{"ref": finding.ref, **asdict(finding)} for finding in self.findings],
        }


def try_draft(policy: Policy, draft: Mapping[str, Any], facts: Facts, stage: Stage) -> Trial:
    """Judge a draft's JSON at a stage. Never raises on content."""
    dossier, problems = Dossier.from_draft(draft)
    findings = evaluate(policy, dossier, facts, stage=stage)
    return Trial(policy, stage, sha256_of(dossier), tuple(problems), tuple(findings))


def read_facts(data: Mapping[str, Any]) -> Facts:
    """Facts as their JSON says, named as in programs/facts.py. Raises ValueError for what is no fact or no time."""
    known = {field.name for field in fields(Facts)}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"no such fact: {', '.join(unknown)}")
    values = dict(data)
    for name in ("now", "received_at", "opens_at", "closes_at"):
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
            if values[name].tzinfo is None:
                raise ValueError(f"{name} needs a UTC offset")
    values["pi_leads"] = frozenset(values.get("pi_leads", ()))
    values["bans"] = tuple(_ban(row) for row in values.get("bans", ()))
    return replace(Facts(now=values.pop("now", None) or clock.now()), **values)


def _ban(row: Mapping[str, Any]) -> Ban:
    try:
        return Ban(**{**row, "until": date.fromisoformat(row["until"])})
    except (TypeError, KeyError) as error:
        raise ValueError("a ban has field, until, decision and is_total") from error
