"""The secretariat puts a sanction on record, and lifts it with a reason; whom it concerns is told (C32 C46 C49)."""

from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.enums import Role
from accounts.models import Institution, Membership, Tenant, User
from accounts.queries import office_users
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from documents.actions import store_checked
from documents.checks import check_upload
from notifications.actions import notify
from proposals.enums import OF_INSTITUTIONS, SanctionKind
from proposals.models import Sanction, SanctionLift

LONGEST_REASON = 2000
PAPERS = frozenset({"pdf", "png", "jpeg"})


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
    filename: str = "",
    data: bytes | None = None,
) -> Sanction:
    """Put on record what `decision` says of `subject`, with its paper if given; a ban binds from the first to the last
    day, both included, in the funder's zone, and from now on whatever is judged. The person is told, or the
    institution's office.

    Raises NotVisible for anyone but the secretariat, FileRefused for a paper that can't be stored, Refused for days
    that make no period, for an institution in the place of a person and the reverse, and for what is on record
    already."""
    if not _is_secretary(by, tenant):
        raise NotVisible
    checked = None if data is None else check_upload(data, filename, allowed=PAPERS)
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
                paper=store_checked(tenant=tenant, checked=checked, data=data, by=by),
                filename=checked.name if checked else "",
                starts_on=starts_on,
                ends_on=ends_on,
                recorded_at=clock.now(),
                recorded_by=by,
            )
    except IntegrityError as error:
        zh, en = "该决定对此对象的同类处理已有记录。", "This sanction by this decision is on record already."
        raise Refused([_at("decision", "recorded_already", zh, en)]) from error
    _tell(row, "recorded", "处理决定", "Decision", row.reason)
    facts = {
        "institution": row.institution_id,
        "person": row.person_id,
        "kind": kind,
        "decision": decision,
        "from": starts_on.isoformat(),
        "until": ends_on.isoformat() if ends_on else None,
        "paper": row.paper.sha256 if row.paper else "",
    }
    record(tenant=tenant, actor=by, action="sanction.record", subject=row, reason=row.reason, data=facts)
    return row


def _tell(row: Sanction, what: str, zh: str, en: str, reason: str) -> None:
    """To the person concerned, or the institution's office: what was decided, for how long, why, and the paper."""
    with translation.override("zh-hans"):
        kind_zh = str(row.get_kind_display())
    with translation.override("en"):
        kind_en = str(row.get_kind_display())
    days_zh = f"自 {row.starts_on} 起" + (f"至 {row.ends_on} 止" if row.ends_on else "")
    days_en = f"from {row.starts_on}" + (f" to {row.ends_on}, both included" if row.ends_on else "")
    notify(
        tenant=row.tenant,
        to=[row.person] if row.person else list(office_users(row.institution_id or 0)),
        kind=f"sanction-{what}",
        key=f"sanction-{row.pk}-{what}",
        title_zh=f"{zh}：{kind_zh}（{row.decision}）",
        title_en=f"{en}: {kind_en} ({row.decision})",
        body_zh=f"{row.tenant.name_zh}：{kind_zh}，{days_zh}。\n文号：{row.decision}\n{reason}",
        body_en=f"{row.tenant.name_en}: {kind_en}, {days_en}.\nNumber of the decision: {row.decision}\n{reason}",
        url=reverse("proposals:integrity_paper", args=[row.tenant.slug, row.pk]) if row.paper_id else "",
    )


@transaction.atomic
def lift_sanction(*, sanction: Sanction, by: User, reason: str) -> SanctionLift:
    """It binds nobody from now on; the record stays, and whom it concerns is told.

    Raises NotVisible for anyone but the secretariat, WrongState when it is lifted already, Refused without a reason."""
    if not _is_secretary(by, sanction.tenant):
        raise NotVisible
    lift, is_new = SanctionLift.objects.get_or_create(
        tenant=sanction.tenant,
        sanction=sanction,
        defaults={"reason": _reason(reason), "lifted_at": clock.now(), "lifted_by": by},
    )
    if not is_new:
        raise WrongState([Obstacle("lifted_already", "该处理已解除。", "This sanction has been lifted already.")])
    _tell(sanction, "lifted", "处理已解除", "Lifted", lift.reason)
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
