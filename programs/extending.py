"""A longer deadline: a decision on record, told to everyone who is writing (A12)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from notifications.actions import add_effect
from programs.actions import require_secretary
from programs.enums import CallState, ExtensionScope
from programs.models import Call, DeadlineExtension
from programs.queries import effective_policy

EXTENDED = "deadline-extended"
MOST_DAYS = 366


def end_of(call: Call, last_day: date) -> datetime:
    """24:00 of that day in the call's zone: the exclusive end."""
    terms = effective_policy(call).call
    return clock.end_of_day(last_day, ZoneInfo(terms.zone) if terms else call.tenant.zone)


@transaction.atomic
def extend_deadline(
    *, call: Call, by: User, closes_at: datetime, scope: str, reason_zh: str, reason_en: str
) -> DeadlineExtension:
    """Take applications until `closes_at` (exclusive), from everybody or for what is begun already.

    It may come after the deadline, when the portal was down. Everyone who is writing is told once the worker gets to
    it. Raises NotVisible for anyone but the secretariat, WrongState unless the call is public, Refused with every
    problem at its field."""
    require_secretary(call.tenant, by)
    row = Call.objects.select_for_update().filter(pk=call.pk).first()
    if row is None:
        raise NotVisible
    if row.state != CallState.OPEN:
        raise WrongState([_obstacle("not_public", "该指南未在受理中。", "The call is not public now.")])
    now = clock.now()
    if found := _problems(row, now, closes_at, scope, reason_zh, reason_en):
        raise Refused(found)
    extension = DeadlineExtension.objects.create(
        tenant=row.tenant,
        call=row,
        scope=scope,
        previous_at=_present(row, scope),
        closes_at=closes_at,
        reason_zh=reason_zh.strip(),
        reason_en=reason_en.strip(),
        decided_at=now,
        decided_by=by,
    )
    if scope == ExtensionScope.ALL:
        row.closes_at = closes_at
    else:
        row.drafts_close_at, row.drafts_begun_before = closes_at, now
    row.save(update_fields=["closes_at", "drafts_close_at", "drafts_begun_before"])
    add_effect(tenant=row.tenant, kind=EXTENDED, key=f"{EXTENDED}:{extension.pk}", payload={"extension": extension.pk})
    record(
        tenant=row.tenant,
        actor=by,
        action="call.extend",
        subject=row,
        reason=extension.reason_zh,
        data={"from": extension.previous_at.isoformat(), "to": closes_at.isoformat(), "scope": scope},
    )
    return extension


def _present(call: Call, scope: str) -> datetime:
    """The deadline that the decision makes longer."""
    if scope == ExtensionScope.ALL or call.drafts_close_at is None:
        return call.closes_at
    return max(call.closes_at, call.drafts_close_at)


def _problems(
    call: Call, now: datetime, closes_at: datetime, scope: str, reason_zh: str, reason_en: str
) -> list[Obstacle]:
    found = []
    if scope not in ExtensionScope.values:
        found.append(_obstacle("scope", "请选择延期范围。", "Choose whom it serves.", "scope"))
    elif closes_at <= max(now, _present(call, scope)):
        found.append(
            _obstacle(
                "not_longer",
                "新的截止时间须晚于现在和原截止时间。",
                "The new deadline must lie ahead and be later than the present one.",
                "last_day",
            )
        )
    elif closes_at > max(now, call.closes_at) + timedelta(days=MOST_DAYS):
        found.append(_obstacle("too_long", "延期不能超过一年。", "At most a year, please.", "last_day"))
    for name, text in (("reason_zh", reason_zh), ("reason_en", reason_en)):
        if not text.strip():
            zh, en = "请用中英文说明延期理由，申请人会看到。", "Say why in both languages; applicants read it."
            found.append(_obstacle("reason", zh, en, name))
    return found


def _obstacle(code: str, zh: str, en: str, field: str = "") -> Obstacle:
    return Obstacle(code, zh, en, article="A12", field=field, who_can_clear=Role.SECRETARY)
