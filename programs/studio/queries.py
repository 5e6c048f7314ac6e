"""Reads of the policy studio: drafts, what is wrong with them, what they change."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from core.errors import NotVisible
from programs.enums import DraftKind
from programs.models import PolicyDraft, PolicyVersion, Programme
from programs.policy import CallFile, Policy, PolicyError, PolicyProblem, combine, parse_call, parse_programme
from programs.policy.changes import PolicyChange, changes
from programs.policy.toml import read_toml_data

MOST_COMPARED = 3_000
"""Lines; comparing takes up to the square of it and more, and policies have a few hundred."""


@dataclass(frozen=True)
class DiffLine:
    """A line of the text's difference: a place (`@@`), or one that stayed, went or came."""

    kind: Literal["place", "same", "removed", "added"]
    text: str


@dataclass(frozen=True)
class Checked:
    """A draft's text as the policy check sees it."""

    draft: PolicyDraft

    @property
    def root(self) -> type[BaseModel]:
        """The schema of the text."""
        return CallFile if self.draft.kind == DraftKind.CALL else Policy

    @cached_property
    def data(self) -> dict[str, Any] | None:
        """What the text says; None when it is no TOML."""
        try:
            return read_toml_data(self.draft.source)
        except tomllib.TOMLDecodeError:
            return None

    @cached_property
    def _read(self) -> tuple[Policy | None, list[PolicyProblem]]:
        try:
            return self._policy(), []
        except PolicyError as error:
            return None, error.problems

    @property
    def problems(self) -> list[PolicyProblem]:
        """Everything wrong with it, by line."""
        return self._read[1]

    @property
    def policy(self) -> Policy | None:
        """The policy, of a call the effective one; None while something is wrong."""
        return self._read[0]

    @property
    def around(self) -> dict[str, Any]:
        """What the text of a call builds upon: its programme's data."""
        if self.draft.kind != DraftKind.CALL or self.draft.base is None:
            return {}
        return tomllib.loads(self.draft.base.source)

    @property
    def before(self) -> Policy | None:
        """The policy that it changes or narrows; None for a new programme."""
        return parse_programme(self.draft.base.source) if self.draft.base else None

    @property
    def changes(self) -> list[PolicyChange]:
        """What it changes; empty while something is wrong or nothing stood before."""
        policy, before = self.policy, self.before
        return changes(before, policy) if policy and before else []

    @property
    def lines(self) -> list[DiffLine]:
        """The difference of the texts; of a call, which has a text of its own, none."""
        if self.draft.base is None or self.draft.kind == DraftKind.CALL:
            return []
        return text_difference(self.draft.base.source, self.draft.source)

    def _policy(self) -> Policy:
        draft, name = self.draft, f"{self.draft.slug}.toml"
        if draft.kind == DraftKind.CALL and draft.base is not None:
            file = parse_call(draft.source, name)
            wanted = f"{draft.tenant.slug}/{draft.base.programme.slug}"
            found = _other("slug", file.slug, draft.slug) + _other("extends", file.extends, wanted)
            if found:
                raise PolicyError(found)
            return combine(draft.base.source, draft.source, name)
        policy = parse_programme(draft.source, name)
        found = _other("tenant", policy.tenant, draft.tenant.slug) + _other("programme", policy.programme, draft.slug)
        if policy.call is not None or policy.call_slug or policy.shifted_days:
            found.append(
                _problem("call", "这是项目类别的政策，不能写指南的日期", "a programme's policy has no dates of a call")
            )
        if found:
            raise PolicyError(found)
        return policy


def _other(name: str, found: str, wanted: str) -> list[PolicyProblem]:
    if found == wanted:
        return []
    return [_problem(name, f"须为 {wanted}", f"it must be {wanted}")]


def _problem(name: str, zh: str, en: str) -> PolicyProblem:
    return PolicyProblem("", 1, f"{name}: {en}", f"{name}：{zh}", (name,))


def text_difference(before: str, after: str) -> list[DiffLine]:
    """Changed lines with three around them; of texts too long to compare line by line, all that is between the lines
    at the beginning and the end that are the same."""
    kinds: Mapping[str, Any] = {"@": "place", "+": "added", "-": "removed", " ": "same"}
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_COMPARED:
        return _between(old, new)
    lines = list(unified_diff(old, new, lineterm="", n=3))[2:]
    return [DiffLine(kinds[line[:1]], line if line.startswith("@") else line[1:]) for line in lines]


def _between(old: list[str], new: list[str]) -> list[DiffLine]:
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    place = f"@@ -{start + 1},{len(gone)} +{start + 1},{len(come)} @@"
    found = [DiffLine("removed", line) for line in gone] + [DiffLine("added", line) for line in come]
    return [DiffLine("place", place), *found] if found else []


def drafts() -> Any:
    """The active tenant's drafts, with who wrote last."""
    return PolicyDraft.objects.select_related("tenant", "base__programme", "edited_by").order_by("kind", "slug")


def get_draft(pk: int) -> PolicyDraft:
    """The draft. Raises NotVisible."""
    draft: PolicyDraft | None = drafts().filter(pk=pk).first()
    if draft is None:
        raise NotVisible
    return draft


def newest_version(programme: Programme) -> PolicyVersion | None:
    """The programme's newest version."""
    return PolicyVersion.objects.filter(programme=programme).order_by("-number").first()


def newer_version(draft: PolicyDraft) -> PolicyVersion | None:
    """The version that was published since the draft was begun, if there is one."""
    programme = draft.base.programme if draft.base else Programme.objects.filter(slug=draft.slug).first()
    newest = newest_version(programme) if programme else None
    return newest if newest is not None and newest.pk != draft.base_id else None


def newest_versions() -> list[PolicyVersion]:
    """The newest version of each of the active tenant's programmes."""
    newest: dict[int, PolicyVersion] = {}
    for one in PolicyVersion.objects.select_related("programme").order_by("programme__slug", "number"):
        newest[one.programme_id] = one
    return list(newest.values())
