"""Judges a dossier by a policy."""

from dataclasses import replace

from programs.dossier import Dossier
from programs.facts import Facts, Granted
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
    found = [finding for clause in policy.clauses if stage in clause.stages for finding in clause.check(dossier, facts)]
    found += [finding for question in policy.questions for finding in question.check(dossier, stage)]
    return sorted((_in_words(finding, policy, facts, reasons) for finding in found), key=_order)


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that keep the dossier from going on."""
    return [finding for finding in findings if finding.blocks]


def _in_words(finding: Finding, policy: Policy, facts: Facts, reasons: dict[str, str]) -> Finding:
    words = policy.articles[finding.article]
    is_warning = finding.severity is Severity.WARN
    waiver = facts.waivers.get(finding.ref) if finding.waivable else None
    is_waived = waiver is not None and _covers(waiver, finding)
    return replace(
        finding,
        article_zh=words.zh,
        article_en=words.en,
        waived=is_waived,
        waiver_reason=waiver.reason if waiver is not None and is_waived else "",
        justification=reasons.get(finding.ref, "") if is_warning else "",
    )


def _covers(waiver: Granted, finding: Finding) -> bool:
    """Whether it is still the exception that was granted, or a smaller one."""
    if waiver.extent is None or finding.extent is None:
        return waiver.message == finding.message_en
    return finding.extent <= waiver.extent


def _order(finding: Finding) -> tuple[bool, bool, int]:
    place = _PLACES.get(finding.field.split(".")[0], len(_PLACES))
    return not finding.blocks, finding.severity is not Severity.BLOCK, place
