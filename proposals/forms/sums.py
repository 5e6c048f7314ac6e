"""The money of a draft added up: by category, by year, by partner. Fen everywhere."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.money import format_wan
from programs.clauses.amounts import Amount
from programs.dossier import Dossier
from programs.language import pick
from programs.policy import Policy
from programs.policy.short import in_short


@dataclass
class Sums:
    """Sums of a dossier for the budget and payment pages."""

    dossier: Dossier
    policy: Policy

    @property
    def by_category(self) -> list[dict[str, Any]]:
        """Every category of the policy, and one for lines without; `wan` in 万元."""
        names = {one.key: one.label for one in self.policy.budget_categories}
        sums = dict.fromkeys(names, 0) | {"": 0}
        for line in self.dossier.budget_lines:
            key = line.category if line.category in names else ""
            sums[key] += line.amount_fen
        label = {**names, "": pick("未选科目", "No category yet")}
        return [{"key": key, "label": label[key], "fen": fen, "wan": format_wan(fen)} for key, fen in sums.items()]

    @property
    def total_wan(self) -> str:
        """The requested total in 万元."""
        return format_wan(self.dossier.total_fen)

    @property
    def amount_rules(self) -> list[str]:
        """What the total may be, each with its article."""
        rules = [rule for rule in in_short(self.policy.clauses) if isinstance(rule, Amount)]
        return [f"{rule.summary} ({self.policy.articles[rule.article].label})" for rule in rules]

    @property
    def disbursed_fen(self) -> int:
        """The yearly disbursements together."""
        return sum(row.amount_fen for row in self.dossier.disbursement)

    @property
    def undisbursed_fen(self) -> int:
        """What is left of the budget to plan; negative when too much is planned."""
        return self.dossier.total_fen - self.disbursed_fen

    @cached_property
    def by_partner(self) -> dict[str, dict[str, int]]:
        """For each partner: its budget lines, what is passed on to it, and the difference."""
        found = {}
        for party in self.dossier.parties:
            spent = sum(line.amount_fen for line in self.dossier.budget_lines if line.party_key == party.key)
            passed = sum(row.amount_fen for row in self.dossier.partner_allocation if row.party_key == party.key)
            found[party.key] = {"spent_fen": spent, "passed_fen": passed, "left_fen": spent - passed}
        return found
