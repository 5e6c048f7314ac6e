"""Judges proposals by a policy, with what is on record beyond their dossiers: running bans and granted waivers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from programs.clauses.people import IntegrityBan
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding, Severity, Stage
from programs.policy import Policy, evaluate
from proposals.queries.integrity import running_bans
from proposals.queries.waivers import granted_to


@dataclass(frozen=True)
class Case:
    """What is judged: a proposal's dossier, with the facts known of it."""

    proposal: int
    dossier: Dossier
    facts: Facts


def judged(policy: Policy, cases: Mapping[int, Case], stage: Stage) -> dict[int, list[Finding]]:
    """The policy's findings of each case, with the waivers granted before; one query if any could be waived, and one
    for the bans that run where the policy asks for them."""
    cases = with_bans(policy, cases)
    found = {key: evaluate(policy, case.dossier, case.facts, stage=stage) for key, case in cases.items()}
    excepted = [key for key, rows in found.items() if any(_is_waivable(one) for one in rows)]
    granted = granted_to([cases[key].proposal for key in excepted]) if excepted else {}
    for key in excepted:
        case = cases[key]
        if waivers := granted.get(case.proposal):
            found[key] = evaluate(policy, case.dossier, replace(case.facts, waivers=waivers), stage=stage)
    return found


def with_bans(policy: Policy, cases: Mapping[int, Case]) -> Mapping[int, Case]:
    """The cases, with the bans of the policy's funder that run today. One query, none for a policy that doesn't ask."""
    if not cases or not policy.clauses_of(IntegrityBan):
        return cases
    bans = running_bans(policy.tenant, {key: case.dossier for key, case in cases.items()})
    return {key: replace(case, facts=replace(case.facts, bans=bans[key])) for key, case in cases.items()}


def _is_waivable(finding: Finding) -> bool:
    return finding.waivable and finding.severity is Severity.BLOCK
