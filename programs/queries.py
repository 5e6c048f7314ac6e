"""Reads of calls and their effective policies."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.enums import STAFF_ROLES
from accounts.models import Institution, User
from accounts.standing import standing_of
from core import clock
from core.errors import NotVisible
from core.rows import only
from programs.enums import CallState
from programs.models import Call, CallInvitation, Programme
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


def policies_by_hash(calls: dict[str, int]) -> dict[str, Policy]:
    """Effective policies by the hash that a call pinned; `calls` has a call for each hash to read unknown ones from.
    No query once this process knows them."""
    found = {sha256: _policies[sha256] for sha256 in calls if sha256 in _policies}
    unknown = [pk for sha256, pk in calls.items() if sha256 not in found]
    for call in Call.objects.filter(pk__in=unknown).select_related("policy_version") if unknown else ():
        found[call.policy_sha256] = effective_policy(call)
    return found


def takes_proposals(call: Call, at: datetime) -> bool:
    """Whether a submission received at `at` is in time: published, and `opens_at <= at < closes_at` (B6)."""
    return call.state == CallState.OPEN and call.opens_at <= at < call.closes_at


Reason = Callable[[User], QuerySet[Any]]
_reasons: list[Reason] = []


def register_reason(reason: Reason) -> None:
    """Have people see a call by invitation for another reason, too: `reason(user)` gives ids of such calls.

    An application that one writes, examines or reviews leads to its call."""
    if reason not in _reasons:
        _reasons.append(reason)


def invited_calls(user: User, *, at: Institution | None = None) -> QuerySet[Any]:
    """Ids of the calls that the person is invited to, by name or with an institution of theirs (with that one)."""
    places = {at.pk} & standing_of(user).places if at else standing_of(user).places
    rows = CallInvitation.objects.filter(Q(user=user) | Q(institution__in=places), ended_at__isnull=True)
    return rows.values("call_id")


def may_apply(user: User, call: Call, lead: Institution) -> bool:
    """Whether the call is open to the person with that lead institution: to everybody, or by invitation (A3)."""
    return not call.is_targeted or invited_calls(user, at=lead).filter(call=call).exists()


def _open_to(roles: Iterable[str], user: User | None) -> Q:
    """What a person sees of the public calls: staff all, others those that are no calls by invitation, or theirs."""
    if STAFF_ROLES.intersection(roles):
        return Q()
    return Q(is_targeted=False) | Q(pk__in=invited_calls(user)) if user else Q(is_targeted=False)


def calls_for(roles: Iterable[str], user: User | None = None) -> QuerySet[Call]:
    """The active tenant's calls that a person with these roles sees, newest first: staff all, others published ones,
    those by invitation only if they are invited."""
    rows = Call.objects.select_related("programme", "policy_version").filter(_open_to(roles, user))
    if not STAFF_ROLES.intersection(roles):
        rows = rows.filter(state__in=PUBLISHED)
    return rows.order_by("-id")


def open_calls(roles: Iterable[str] = (), user: User | None = None) -> QuerySet[Call]:
    """Those of them that take proposals now, soonest deadline first."""
    now = clock.now()
    return (
        Call.objects.select_related("programme", "policy_version")
        .filter(_open_to(roles, user), state=CallState.OPEN, opens_at__lte=now, closes_at__gt=now)
        .order_by("closes_at", "id")
    )


def get_call(roles: Iterable[str], pk: int, user: User | None = None) -> Call:
    """The call, if a person with these roles sees it. Raises NotVisible."""
    call: Call | None = only(calls_for(roles, user).filter(pk=pk))
    if call is None and user is not None:
        by_invitation = Call.objects.select_related("programme", "policy_version").filter(
            pk=pk, is_targeted=True, state__in=PUBLISHED
        )
        found: Call | None = only(by_invitation)
        if found is not None and any(reason(user).filter(call=found).exists() for reason in _reasons):
            call = found
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


def programmes_by_slug() -> dict[str, Programme]:
    """The active tenant's programmes. One query."""
    return {one.slug: one for one in Programme.objects.all()}
