"""Reads of calls and their effective policies."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.enums import STAFF_ROLES
from core import clock
from core.errors import NotVisible
from programs.enums import CallState
from programs.models import Call
from programs.policy import Policy, combine

log = logging.getLogger(__name__)

# What everybody may read.
PUBLISHED = (CallState.OPEN, CallState.CLOSED, CallState.ARCHIVED)
_policies: dict[str, Policy] = {}
_MOST_CACHED = 500


def effective_policy(call: Call) -> Policy:
    """The policy that governs applications to `call`, kept by its pinned hash. Raises PolicyError."""
    policy = _policies.get(call.policy_sha256)
    if policy is None:
        policy = combine(call.policy_version.source, call.source, call.slug, call.shifted_days)
        if policy.sha256 != call.policy_sha256:
            log.error("call %s: its sources give policy %s, not the pinned one", call.pk, policy.sha256)
        if len(_policies) >= _MOST_CACHED:
            _policies.clear()
        _policies[call.policy_sha256] = policy
    return policy


def takes_proposals(call: Call, at: datetime) -> bool:
    """Whether a submission received at `at` is in time: published, and `opens_at <= at < closes_at` (B6)."""
    return call.state == CallState.OPEN and call.opens_at <= at < call.closes_at


def calls_for(roles: Iterable[str]) -> QuerySet[Call]:
    """The active tenant's calls that a person with these roles sees, newest first: staff all, others published ones."""
    rows = Call.objects.select_related("programme", "policy_version")
    if not STAFF_ROLES.intersection(roles):
        rows = rows.filter(state__in=PUBLISHED)
    return rows.order_by("-id")


def open_calls() -> QuerySet[Call]:
    """The active tenant's calls that take proposals now, soonest deadline first."""
    now = clock.now()
    return (
        Call.objects.select_related("programme", "policy_version")
        .filter(state=CallState.OPEN, opens_at__lte=now, closes_at__gt=now)
        .order_by("closes_at", "id")
    )


def get_call(roles: Iterable[str], pk: int) -> Call:
    """The call, if a person with these roles sees it. Raises NotVisible."""
    call = calls_for(roles).filter(pk=pk).first()
    if call is None:
        raise NotVisible
    return call


def calls_with_number_pattern(pattern: str, besides: Call) -> list[Call]:
    """Published calls of the tenant whose application numbers have the same pattern: they would give equal numbers."""
    others = Call.objects.select_related("policy_version").filter(~Q(pk=besides.pk), state__in=PUBLISHED)
    return [call for call in others if _pattern(call) == pattern]


def _pattern(call: Call) -> str:
    terms = effective_policy(call).call
    return terms.application_number if terms else ""
