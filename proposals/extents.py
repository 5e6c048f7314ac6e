"""How far somebody whom the applicant invited may change a draft: all of it, its budget, or nothing."""

from collections.abc import Mapping
from typing import Any, Final

from programs.policy import Policy
from proposals.enums import Extent

MONEY: Final = ("budget_lines", "disbursement", "partner_allocation")
"""The budget's own parts of a draft: its lines and the plans by year and by partner."""


def budget_paths(policy: Policy) -> frozenset[str]:
    """What belongs to the budget in this programme: MONEY, and the programme's own questions in the same sections of
    the form, such as where other funds come from."""
    found = set(MONEY)
    for section in policy.form:
        paths = {entry.path for entry in section.fields}
        if paths.intersection(MONEY):
            found |= {path for path in paths if path.startswith("answers.")}
    return frozenset(found)


def may_change(extent: Extent, path: str, policy: Policy) -> bool:
    """Whether somebody of this extent may change the draft's value at a path of the form."""
    return extent == Extent.EDIT or (extent == Extent.BUDGET and path in budget_paths(policy))


def changes_only_budget(before: Mapping[str, Any], after: Mapping[str, Any], policy: Policy) -> bool:
    """Whether two states of a draft differ in nothing but the budget."""
    paths = budget_paths(policy)
    return _without(before, paths) == _without(after, paths)


def _without(draft: Mapping[str, Any], paths: frozenset[str]) -> dict[str, Any]:
    rest = {name: value for name, value in draft.items() if name not in paths}
    if isinstance(answers := rest.pop("answers", None), dict):
        answers = {key: value for key, value in answers.items() if f"answers.{key}" not in paths}
    return {**rest, "answers": answers} if answers else rest
