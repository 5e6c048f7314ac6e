"""Sample dossiers, one accepted and many refused for each policy of the portal, to try a policy against.

They are the tables of tests/programs/cases, written by `tests.programs.cases.samples`; a test keeps them equal."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Sample:
    """A draft's JSON; `clause` names the rule that refuses it (article and code), empty for an accepted one."""

    policy: str
    number: int
    clause: str
    stage: str
    facts: dict[str, Any]
    changes: dict[str, Any]

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.policy}:{self.number}"

    def draft(self) -> dict[str, Any]:
        """The draft, the changes made."""
        data: dict[str, Any] = deepcopy(_file(self.policy)["accepted"])
        for path, value in self.changes.items():
            _set(data, path, value)
        return data


def samples_of(policy: str) -> list[Sample]:
    """The samples of a policy of the portal, the accepted one first; none when it brings no such policy."""
    return list(_samples(policy)) if policy in sample_names() else []


def sample_names() -> list[str]:
    """The policies that have samples."""
    return sorted(path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.rglob("*.json"))


def find_sample(key: str) -> Sample | None:
    """The sample of that key, if there is one."""
    policy, _, number = key.rpartition(":")
    return next((one for one in samples_of(policy) if str(one.number) == number), None)


def _samples(policy: str) -> Iterator[Sample]:
    data = _file(policy)
    yield Sample(policy, 0, "", "draft", data["facts"], {})
    for number, row in enumerate(data["refused"], start=1):
        yield Sample(policy, number, row["clause"], row["stage"], data["facts"] | row["facts"], row["changes"])


@lru_cache(maxsize=64)
def _file(policy: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / f"{policy}.json").read_text(encoding="utf-8"))
    return data


def _set(data: Any, path: str, value: Any) -> None:
    """Set the value at a path of row keys; None takes away."""
    *steps, last = path.split(".")
    for step in steps:
        data = next(row for row in data if row["key"] == step) if isinstance(data, list) else data[step]
    if isinstance(data, list):
        data[:] = [row for row in data if row["key"] != last]
    elif value is None:
        del data[last]
    else:
        data[last] = deepcopy(value)
