"""Findings with their articles in the words of the call's policy."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from programs.findings import Finding, Severity
from programs.policy import Policy


def cited(findings: Iterable[Any], policy: Policy) -> list[Any]:
    """The same findings; an obstacle's article gets the policy's words, or goes if the policy has no such article."""
    return [one if isinstance(one, Finding) else _cited(one, policy) for one in findings]


def _cited(one: Any, policy: Policy) -> Any:
    words = policy.articles.get(one.article)
    if words is None:
        return replace(one, article="")
    return Finding(
        code=one.code,
        severity=Severity(one.severity),
        article=one.article,
        message_zh=one.message_zh,
        message_en=one.message_en,
        field=one.field,
        who_can_clear=one.who_can_clear,
        article_zh=words.zh,
        article_en=words.en,
    )
