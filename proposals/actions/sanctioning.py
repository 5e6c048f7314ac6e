"""The secretariat puts a sanction on record, and lifts it with a reason (C32 C46 C49)."""

from datetime import date

from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.models import Institution, Membership, Tenant, User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from proposals.enums import OF_INSTITUTIONS, SanctionKind
from proposals.models import Sanction, SanctionLift

LONGEST_REASON = 2000


@transaction.atomic
def record_sanction(
    *,
    tenant: Tenant,
    by: User,
    subject: Institution | User,
    capacity: str,
    kind: str,
    reason: str,
    decision: str,
    starts_on: date,
    ends_on: date | None,
) -> Sanction:
    """Put on record what `decision` says of `subject`; a ban binds from the first to the last day, both included, in
    the funder's zone, and from now on whatever is judged.

    Raises NotVisible for anyone but the secretariat, Refused for days that make no period, for an institution in the
    place of a person and the reverse, and for what is on record already."""
    if not _is_secretary(by, tenant):
        raise NotVisible
    if refused := _objections(subject, capacity, kind, starts_on, ends_on):
        raise Refused(refused)
    try:
        with transaction.atomic():
            row = Sanction.objects.create(
                tenant=tenant,
                institution=subject if isinstance(subject, Institution) else None,
                person=subject if isinstance(subject, User) else None,
                capacity=capacity,
                kind=kind,
                reason=_reason(reason),
                decision=decision,
                starts_on=starts_on,
                ends_on=ends_on,
                recorded_at=clock.now(),
                recorded_by=by,
            )
    except IntegrityError as error:
        zh, en = "该决定对此对象的同类处理已有记录。", "This sanction by this decision is on record already."
        raise Refused([_at("decision", "recorded_already", zh, en)]) from error
    data = {
        "institution": row.institution_id,
        "person": row.person_id,
        "kind": kind,
        "decision": decision,
        "from": starts_on.isoformat(),
        "until": ends_on.isoformat() if ends_on else None,
    }
    record(tenant=tenant, actor=by, action="sanction.record", subject=row, reason=row.reason, data=data)
    return row


@transaction.atomic
def lift_sanction(*, sanction: Sanction, by: User, reason: str) -> SanctionLift:
    """It binds nobody from now on; the record stays. Raises NotVisible for anyone but the secretariat, WrongState when
    it is lifted already, Refused without a reason."""
    if not _is_secretary(by, sanction.tenant):
        raise NotVisible
    lift, is_new = SanctionLift.objects.get_or_create(
        tenant=sanction.tenant,
        sanction=sanction,
        defaults={"reason": _reason(reason), "lifted_at": clock.now(), "lifted_by": by},
    )
    if not is_new:
        raise WrongState([Obstacle("lifted_already", "该处理已解除。", "This sanction has been lifted already.")])
    record(tenant=sanction.tenant, actor=by, action="sanction.lift", subject=sanction, reason=lift.reason)
    return lift


def _is_secretary(user: User, tenant: Tenant) -> bool:
    return Membership.objects.filter(user=user, tenant=tenant, role=Role.SECRETARY).exists()


def _objections(
    subject: Institution | User, capacity: str, kind: str, starts_on: date, ends_on: date | None
) -> list[Obstacle]:
    found = []
    if (capacity in OF_INSTITUTIONS) != isinstance(subject, Institution):
        zh, en = "处理对象与其身份不符。", "An institution can't be on record as a person, nor a person as one."
        found.append(_at("subject", "capacity", zh, en))
    if kind == SanctionKind.NOTICE and ends_on is not None:
        zh, en = "通报批评没有期限，请勿填写截止日期。", "A notice has no period; leave the last day empty."
        found.append(_at("ends_on", "notice_has_no_end", zh, en))
    if kind != SanctionKind.NOTICE and ends_on is None:
        zh, en = "请填写取消资格的截止日期。", "A ban is for a period; give its last day."
        found.append(_at("ends_on", "ban_has_an_end", zh, en))
    if ends_on is not None and ends_on < starts_on:
        zh, en = "截止日期不得早于起始日期。", "The last day can't be before the first."
        found.append(_at("ends_on", "reversed", zh, en))
    return found


def _reason(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused([_at("reason", "reason", "请说明理由。", "Say why.")])
    if len(text) > LONGEST_REASON:
        zh, en = f"理由不超过 {LONGEST_REASON} 字。", f"At most {LONGEST_REASON} characters, please."
        raise Refused([_at("reason", "reason_length", zh, en)])
    return text


def _at(field: str, code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field=field, article="C49", who_can_clear=Role.SECRETARY)
