"""The tables of this folder as the JSON files of programs/samples.

`python -m tests.programs.cases.samples` writes them; tests/programs/test_samples.py fails when they are stale."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from programs.facts import Ban
from programs.samples import HERE
from tests.programs.dossiers import DELETE


def plain(value: Any) -> Any:
    """As JSON holds it; None takes a value away."""
    if value is DELETE:
        return None
    if isinstance(value, Ban):
        return plain(asdict(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def files() -> dict[str, str]:
    """The text of each file by its policy."""
    from programs.facts import Facts
    from programs.policy import builtin_names
    from tests.programs.cases import CASES, facts_for, good_for

    found = {}
    for policy in builtin_names():
        facts, empty = by_name(facts_for(policy)), by_name(Facts(now=facts_for(policy).now))
        data = {
            "facts": {k: plain(v) for k, v in facts.items() if k == "now" or v != empty[k]},
            "accepted": good_for(policy).model_dump(mode="json", exclude_defaults=True),
            "refused": [
                {
                    "clause": case.clause,
                    "stage": case.stage.value,
                    "facts": plain(case.facts),
                    "changes": plain(case.changes),
                }
                for case in CASES
                if case.policy == policy
            ],
        }
        found[policy] = json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"
    return found


def by_name(facts: Any) -> dict[str, Any]:
    """The facts by name."""
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


if __name__ == "__main__":
    import django

    django.setup()
    for name, text in files().items():
        path = HERE / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
