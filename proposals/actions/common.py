"""What the writing modules share: the lock, the clean JSON, addresses, reminders."""

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.queries import people_with
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from notifications.actions import cancel_reminders, remind
from programs.enums import CallState
from programs.policy.endorsing import EndorsementStep
from programs.queries import effective_policy
from proposals.models import Proposal
from proposals.queries import impartial

DEEPEST = 12
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DEADLINE = "call-deadline"
ENDORSEMENT = "endorsement-waiting"
APPEAL = "appeal-ends"
DEADLINE_REMINDER_DAYS = (7, 3, 1)
APPEAL_REMINDER_DAYS = (3, 1)
OFFICE_REMINDER_DAYS = (3, 7)


def locked(proposal: Proposal) -> Proposal:
    """The row, locked for the rest of the transaction, as it is now. Raises NotVisible if it is gone."""
    row = Proposal.objects.select_for_update().filter(pk=proposal.pk).first()
    if row is None:
        raise NotVisible
    return row


def storable(value: Any, depth: int = 0) -> Any:
    """`value` as JSON that both databases hold: no NUL, broken Unicode or NaN. Raises Refused when nested absurdly."""
    if depth > DEEPEST:
        raise Refused([Obstacle("too_deep", "数据嵌套层次过多。", "The data is nested too deeply.")])
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part, depth + 1) for part in value]
    return value


def name_of(proposal: Proposal, language: str) -> str:
    """How a message calls the proposal."""
    title = proposal.title_zh or proposal.title_en if language == "zh" else proposal.title_en or proposal.title_zh
    return title or ("（无题）" if language == "zh" else "(untitled)")


def page_of(proposal: Proposal, name: str = "proposals:detail") -> str:
    """Address of one of the proposal's pages."""
    return reverse(name, args=[proposal.tenant.slug, proposal.pk])


def secretaries(proposal: Proposal) -> list[User]:
    """The secretariat's people, without anyone who must not learn of the proposal (A16)."""
    return list(impartial(people_with(proposal.tenant, Role.SECRETARY), proposal))


def remind_of_deadline(proposal: Proposal, users: Iterable[User]) -> None:
    """Seven, three and one days before the call closes, unless it is handed in by then."""
    now = clock.now()
    if proposal.call.state != CallState.OPEN or not proposal.call.opens_at <= now < proposal.closes_at:
        return
    round_ = proposal.handed_in.count() + 1
    people = list(users)
    for days in DEADLINE_REMINDER_DAYS:
        due_at = proposal.closes_at - timedelta(days=days)
        if due_at > now:
            remind(
                tenant=proposal.tenant,
                users=people,
                # One kind a round: of one round's reminders only the nearest is true.
                kind=f"{DEADLINE}-{round_}",
                subject=proposal,
                due_at=due_at,
                title_zh=f"距申报截止还有 {days} 天，您的申请尚未提交单位审核",
                title_en=f"{days} day(s) until the call closes; your application is not with your institution yet",
                url=page_of(proposal),
            )


def remind_examiners(proposal: Proposal, people: Iterable[User], step: EndorsementStep, round_: int) -> None:
    """A step of the endorsement chain waits: after three and seven days, and a day before its time ends."""
    now = clock.now()
    ends_at = effective_policy(proposal.call).ends_at(step, proposal.closes_at)
    dues = {now + timedelta(days=days) for days in OFFICE_REMINDER_DAYS}
    dues = {due for due in dues if ends_at is None or due < ends_at}
    if proposal.received_at is None and ends_at is not None:
        dues.add(ends_at - timedelta(days=1))
    where = f"-{step.key}" if step.unit else ""
    for due_at in sorted(due for due in dues if due > now):
        remind(
            tenant=proposal.tenant,
            users=people,
            kind=f"{ENDORSEMENT}-{round_}{where}",
            subject=proposal,
            due_at=due_at,
            title_zh=f"待审核：{name_of(proposal, 'zh')}"[:300],
            title_en=f"Waiting for your endorsement: {name_of(proposal, 'en')}"[:300],
            url=page_of(proposal, "proposals:endorse"),
        )


def remind_of_appeal(proposal: Proposal, until: datetime) -> None:
    """Three days and one day before the applicant's time to appeal ends, unless an appeal is handed in by then."""
    now = clock.now()
    for days in APPEAL_REMINDER_DAYS:
        due_at = until - timedelta(days=days)
        if due_at > now:
            remind(
                tenant=proposal.tenant,
                users=[proposal.pi],
                kind=f"{APPEAL}-{until:%Y%m%d}",
                subject=proposal,
                due_at=due_at,
                title_zh=f"距申诉截止还有 {days} 天：{name_of(proposal, 'zh')}"[:300],
                title_en=f"{days} day(s) left to appeal: {name_of(proposal, 'en')}"[:300],
                url=page_of(proposal, "proposals:appeal"),
            )


def no_more_reminders(proposal: Proposal) -> None:
    """Whatever was pending has been done."""
    cancel_reminders(tenant=proposal.tenant, subject=proposal)


def note(
    row: Proposal,
    by: User,
    action: str,
    before: str,
    *,
    to: str = "",
    reason: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """Put the step on record: last in an action (decision 11)."""
    record(
        tenant=row.tenant,
        actor=by,
        action=action,
        subject=row,
        from_state=before,
        to_state=to or row.state,
        reason=reason,
        data=data,
    )
