"""The applicant asks for an exception to one condition, the secretariat grants or refuses it (一事一议; A5.5 A19)."""

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from audit.actions import record
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import notify
from programs.findings import Finding, Severity, Stage
from proposals.actions.common import locked, name_of, page_of, secretaries
from proposals.enums import ProposalState, WaiverState
from proposals.models import Proposal, Waiver
from proposals.queries import findings, impartial
from proposals.rules import is_pi, is_secretary

LONGEST_REASON = 2000


@transaction.atomic
def ask_for_waiver(*, proposal: Proposal, by: User, ref: str, reason: str) -> Waiver:
    """Ask the secretariat to waive the condition `ref` (`Finding.ref`) as it stands now; the secretariat is told.

    Raises NotVisible for anyone but the PI and for a condition that isn't open or can't be waived, WrongState unless
    it is a draft, Refused without a reason or while the same is being asked."""
    row = locked(proposal)
    if not is_pi.test(by, row):
        raise NotVisible
    if row.state != ProposalState.DRAFT:
        raise WrongState(
            [Obstacle("not_a_draft", "申请已提交，不能再申请例外。", "The application is no draft any more.")]
        )
    finding = next((one for one in waivable_findings(row) if one.ref == ref), None)
    if finding is None:
        raise NotVisible
    reason = _reason(reason)
    if Waiver.objects.filter(proposal=row, ref=ref, state=WaiverState.ASKED).exists():
        raise WrongState(
            [Obstacle("asked_already", "已就此提出过申请，请等待答复。", "You have asked for this already.")]
        )
    waiver = Waiver.objects.create(
        tenant=row.tenant,
        proposal=row,
        ref=ref,
        article=finding.article,
        message_zh=finding.message_zh,
        message_en=finding.message_en,
        extent=finding.extent,
        reason=reason,
        asked_at=clock.now(),
        asked_by=by,
    )
    notify(
        tenant=row.tenant,
        to=secretaries(row),
        kind="waiver-asked",
        key=f"waiver-asked-{waiver.pk}",
        title_zh=f"申请一事一议：{name_of(row, 'zh')}"[:300],
        title_en=f"An exception is asked for: {name_of(row, 'en')}"[:300],
        body_zh=f"{finding.message_zh}\n{reason}",
        body_en=f"{finding.message_en}\n{reason}",
        url=reverse("proposals:waiver", args=[row.tenant.slug, waiver.pk]),
    )
    _record(waiver, by, "proposal.ask_waiver", reason)
    return waiver


@transaction.atomic
def decide_waiver(*, waiver: Waiver, by: User, grants: bool, reason: str) -> Waiver:
    """Grant or refuse it, with a reason that everybody who decides later reads; the applicant is told.

    Raises NotVisible for anyone but the secretariat's people without a tie to the application (A16), WrongState when
    it was decided already, Refused without a reason."""
    row = locked(waiver.proposal)
    one = Waiver.objects.select_for_update().filter(pk=waiver.pk, proposal=row).first()
    if one is None or not is_secretary.test(by, row):
        raise NotVisible
    if not impartial(User.objects.filter(pk=by.pk), row).exists():
        raise NotVisible
    reason = _reason(reason)
    move(one.grant if grants else one.refuse)
    one.decision_reason, one.decided_at, one.decided_by = reason, clock.now(), by
    one.save()
    zh, en = ("同意", "was granted") if grants else ("未同意", "was refused")
    notify(
        tenant=row.tenant,
        to=[one.asked_by],
        kind="waiver-decided",
        key=f"waiver-decided-{one.pk}",
        title_zh=f"一事一议申请{zh}：{name_of(row, 'zh')}"[:300],
        title_en=f"The exception {en}: {name_of(row, 'en')}"[:300],
        body_zh=f"{one.message_zh}\n{reason}",
        body_en=f"{one.message_en}\n{reason}",
        url=page_of(row),
    )
    _record(one, by, "proposal.grant_waiver" if grants else "proposal.refuse_waiver", reason)
    return one


def waivable_findings(proposal: Proposal) -> list[Finding]:
    """What stands in the draft's way now and may be waived; a warning needs the applicant's own reason only."""
    return [
        one
        for one in findings(proposal, Stage.ENDORSE)
        if isinstance(one, Finding) and one.waivable and one.severity is Severity.BLOCK and not one.waived
    ]


def _reason(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused([_at_reason("reason", "请说明理由。", "Say why.")])
    if len(text) > LONGEST_REASON:
        zh, en = f"理由不超过 {LONGEST_REASON} 字。", f"At most {LONGEST_REASON} characters, please."
        raise Refused([_at_reason("reason_length", zh, en)])
    return text


def _at_reason(code: str, zh: str, en: str) -> Obstacle:
    return Obstacle(code, zh, en, field="reason", who_can_clear=Role.APPLICANT)


def _record(waiver: Waiver, by: User, action: str, reason: str) -> None:
    record(
        tenant=waiver.tenant,
        actor=by,
        action=action,
        subject=waiver.proposal,
        reason=reason,
        data={"waiver": waiver.pk, "ref": waiver.ref, "finding": waiver.message_en},
    )
