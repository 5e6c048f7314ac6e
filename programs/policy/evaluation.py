"""Judges a dossier by a policy."""

from dataclasses import replace

from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding, Severity, Stage
from programs.policy.schema import Policy

_PLACES = {name: place for place, name in enumerate(Dossier.model_fields)}


def evaluate(policy: Policy, dossier: Dossier, facts: Facts, *, stage: Stage) -> list[Finding]:
    """All unmet conditions at `stage`: blocking ones first, then in the order of the form and of the policy.

    Waived and justified findings stay in the list, marked so: whoever decides later sees them. Pure.
    """
    if policy.call is not None:
        facts = replace(
            facts,
            opens_at=facts.opens_at or policy.call.opens_at,
            closes_at=facts.closes_at or policy.call.closes_at,
        )
    reasons = {row.finding: row.text for row in dossier.justifications if row.text}
    found = [
        _in_words(finding, policy, facts, reasons)
        for clause in policy.clauses
        if stage in clause.stages
        for finding in clause.check(dossier, facts)
    ]
    return sorted(found, key=_order)


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that keep the dossier from going on."""
    return [finding for finding in findings if finding.blocks]


def _in_words(finding: Finding, policy: Policy, facts: Facts, reasons: dict[str, str]) -> Finding:
    words = policy.articles[finding.article]
    is_warning = finding.severity is Severity.WARN
    return replace(
        finding,
        article_zh=words.zh,
        article_en=words.en,
        waived=finding.waivable and finding.ref in facts.waivers,
        justification=reasons.get(finding.ref, "") if is_warning else "",
    )


def _order(finding: Finding) -> tuple[bool, bool, int]:
    place = _PLACES.get(finding.field.split(".")[0], len(_PLACES))
    return not finding.blocks, finding.severity is not Severity.BLOCK, place
