"""Reads policy files: from a text, from a path, or one of those that come with the portal."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import rfc8785
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from programs.language import pick
from programs.policy.calls import CallFile, effective_policy
from programs.policy.lines import Loc, data_loc, line_numbers, line_of
from programs.policy.reasons import in_chinese, whereabouts
from programs.policy.schema import Contradictions, Policy
from programs.policy.toml import read_toml_data

BUILTIN = Path(__file__).resolve().parent.parent / "policies"
_NAME = re.compile(r"[a-z0-9-]+/(calls/)?[a-z0-9-]+")
_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_REASONS = {"missing": "this is missing", "extra_forbidden": "there is nothing of this name here"}
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class PolicyProblem:
    """One thing wrong with a policy file."""

    source: str
    line: int
    reason: str
    """In English, with the name of the place before it."""
    reason_zh: str = ""
    loc: Loc = ()
    """The place in the file's data; empty: the file as a whole."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.reason}"

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return pick(self.reason_zh, self.reason)


class PolicyError(ValueError):
    """The file is no policy; `problems` lists everything wrong with it."""

    def __init__(self, problems: list[PolicyProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@lru_cache(maxsize=256)
def parse_programme(text: str, source: str = "policy") -> Policy:
    """The policy of a programme's TOML. Raises PolicyError."""
    return _with_hash(read_toml(Policy, text, source), source)


@lru_cache(maxsize=256)
def parse_call(text: str, source: str = "policy") -> CallFile:
    """What a call's TOML says by itself. Raises PolicyError."""
    return read_toml(CallFile, text, source)


@lru_cache(maxsize=256)
def combine(programme_text: str, call_text: str, source: str = "policy", shifted_days: int = 0) -> Policy:
    """The effective policy of a call from both texts; cached, since pages ask for it on every request.

    Raises PolicyError.
    """
    programme, call = parse_programme(programme_text, source), parse_call(call_text, source)
    try:
        return _with_hash(effective_policy(programme, call, shifted_days=shifted_days), source)
    except PolicyError:
        raise
    except ValueError as error:
        raise PolicyError([_problem(source, 1, reason) for reason in _reasons(error)]) from error


def parse_policy(text: str, source: str = "policy", *, root: Path = BUILTIN) -> Policy:
    """The policy of a TOML text; a call is joined to the programme it extends, looked up below `root`.

    Raises PolicyError with every problem, its line and reason.
    """
    if extends := _toml(text, source).get("extends"):
        parse_call(text, source)
        return combine(_programme_text(str(extends), root, text, source), text, source)
    return parse_programme(text, source)


def load_policy(path: Path) -> Policy:
    """The policy in a file. A call's programme is looked up beside it first, then among those of the portal.

    Raises PolicyError, also when the file can't be read.
    """
    source = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([_problem(source, 1, f"can't be read: {error}")]) from error
    extends = str(_toml(text, source).get("extends") or "")
    root = next((folder for folder in path.resolve().parents if (folder / f"{extends}.toml").is_file()), BUILTIN)
    return parse_policy(text, source, root=root)


@lru_cache(maxsize=64)
def load_builtin(name: str) -> Policy:
    """A policy that comes with the portal: `anso/joint-research`, `anso/calls/2021-joint-research`.

    Raises PolicyError when there is none of this name.
    """
    return parse_policy(builtin_text(name), f"{name}.toml")


def builtin_text(name: str) -> str:
    """The TOML of a policy that comes with the portal. Raises PolicyError when there is none of this name."""
    path = BUILTIN / f"{name}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise PolicyError([_problem(name, 1, "the portal has no policy of this name")])
    return path.read_text(encoding="utf-8")


def builtin_names() -> list[str]:
    """Names of all policies that come with the portal."""
    return sorted(path.relative_to(BUILTIN).with_suffix("").as_posix() for path in BUILTIN.rglob("*.toml"))


def _programme_text(name: str, root: Path, text: str, source: str) -> str:
    path = root / f"{name}.toml"
    if not path.is_file():
        line = line_of(("extends",), line_numbers(text))
        raise PolicyError([_problem(source, line, f"extends {name}, which doesn't exist")])
    return path.read_text(encoding="utf-8")


def _with_hash(policy: Policy, source: str) -> Policy:
    """The policy, whose canonical JSON can be made: numbers beyond 2^53 have none."""
    try:
        _ = policy.sha256
    except rfc8785.CanonicalizationError as error:
        raise PolicyError([_problem(source, 1, "a number is too large")]) from error
    return policy


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return read_toml_data(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = _SYNTAX_LINE.sub("", str(error)).strip()
        raise PolicyError([PolicyProblem(source, line, reason, in_chinese(reason, "toml"))]) from error


def read_toml(model: type[M], text: str, source: str) -> M:
    """What a TOML text says, as `model`. Raises PolicyError with every problem, its line and reason."""
    data = _toml(text, source)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = line_numbers(text)
        problems: list[PolicyProblem] = []
        details = error.errors(include_url=False)
        for detail in details:
            if detail["type"] == "too_short" and any(_is_inside(other["loc"], detail["loc"]) for other in details):
                continue  # too short only because the rows themselves are wrong
            problems += _described(detail, data, source, lines)
        raise PolicyError(sorted(problems, key=lambda problem: problem.line)) from error


def _described(
    detail: ErrorDetails, data: dict[str, Any], source: str, lines: dict[Loc, int]
) -> Iterator[PolicyProblem]:
    """What one error of the model comes to: contradictions come several at once."""
    context = detail.get("ctx") or {}
    if isinstance(found := context.get("error"), Contradictions):
        for reason in found.reasons:
            loc = whereabouts(reason, data)
            yield PolicyProblem(source, line_of(loc, lines), reason, in_chinese(reason), loc)
        return
    loc = data_loc(detail["loc"], data)
    place = ".".join(str(step) for step in loc)
    own = detail["msg"].removeprefix("Value error, ")
    reason, chinese = _REASONS.get(detail["type"], own), in_chinese(own, detail["type"], context)
    if place:
        reason, chinese = f"{place}: {reason}", f"{place}：{chinese}"
    yield PolicyProblem(source, line_of(loc, lines), reason, chinese, loc)


def _reasons(error: ValueError) -> list[str]:
    """What contradicts itself when a call and its programme come together."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    reasons: list[str] = []
    for detail in error.errors():
        found = (detail.get("ctx") or {}).get("error")
        own = detail["msg"].removeprefix("Value error, ")
        reasons += found.reasons if isinstance(found, Contradictions) else [own]
    return reasons


def _problem(source: str, line: int, reason: str) -> PolicyProblem:
    return PolicyProblem(source, line, reason, in_chinese(reason))


def _is_inside(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer
