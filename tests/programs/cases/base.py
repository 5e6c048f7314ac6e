"""What a case is: a dossier that satisfies a policy, spoilt in one place."""

import copy
from dataclasses import dataclass, field
from typing import Any

from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Stage
from programs.policy import load_builtin
from tests.programs.dossiers import DELETE, WAN, good_dossier, good_facts

GOOD: dict[str, dict[str, Any]] = {}
"""What makes the good dossier good for a policy, by the policy's name; a call's is its programme's."""


def good_for(policy: str, changes: dict[str, Any] | None = None) -> Dossier:
    """The dossier that satisfies `policy` at every stage, after `changes`."""
    return good_dossier(copy.deepcopy(GOOD.get(policy, {})) | (changes or {}))


def facts_for(policy: str, **changes: Any) -> Facts:
    """Facts under which nothing stands in the way of that dossier."""
    known: dict[str, Any] = {"proposed_fen": good_for(policy).total_fen}
    if (terms := load_builtin(policy).call) is not None:
        known |= {"now": terms.opens_at, "received_at": terms.opens_at}
    return good_facts(**(known | changes))


@dataclass(frozen=True)
class Case:
    """What to spoil, and where the clause then speaks."""

    policy: str
    clause: str
    """Article and code."""
    changes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.DRAFT
    at: str = ""
    """Field of one finding."""

    def __str__(self) -> str:
        return f"{self.policy}: {self.clause}"

    @property
    def dossier(self) -> Dossier:
        return good_for(self.policy, self.changes)

    @property
    def known(self) -> Facts:
        return facts_for(self.policy, **self.facts)


def lines(**wan: int) -> dict[str, Any]:
    """The good dossier's budget lines with these amounts in ten thousand yuan; the others go."""
    keys = ("l1", "l2", "l3", "l4", "l5")
    return {f"budget_lines.{key}.amount_fen": wan[key] * WAN for key in keys if key in wan} | {
        f"budget_lines.{key}": DELETE for key in keys if key not in wan
    }


def years(*wan: int) -> dict[str, Any]:
    """Disbursements of the years from 2022 on in ten thousand yuan, and a plan for just these years."""
    changes: dict[str, Any] = {
        "disbursement": [
            {"key": f"d{year}", "year": year, "amount_fen": amount * WAN} for year, amount in enumerate(wan, start=2022)
        ]
    }
    for year in range(2022 + len(wan), 2025):
        changes[f"yearly_plan.y{year}"] = DELETE
    return changes
