"""Handing in to the institution, its decision, receipt by the funder, withdrawal (A10 A18)."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Max

from accounts.enums import Role
from accounts.models import Institution, User
from accounts.queries import office_users
from audit.actions import record
from budgets.actions import freeze_book
from budgets.enums import BookPurpose
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.workflow import move
from notifications.actions import notify
from programs.actions import next_number
from programs.dossier import Dossier, canonical_json, sha256_of
from programs.findings import Stage
from programs.policy import blocking
from programs.policy.sections import Step
from programs.queries import effective_policy
from proposals.actions.common import (
    locked,
    name_of,
    no_more_reminders,
    page_of,
    remind_of_deadline,
    remind_office,
    secretaries,
    storable,
)
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import Endorsement, HandedIn, Proposal, ProposalParty, ProposalVersion, TeamMember
from proposals.queries import draft_dossier, findings, latest_version, problem_findings
from proposals.rules import can_hand_in, can_withdraw, is_lead_office, may_decide_step

APPLICATION_SERIES = "application"
MOST_TRIES = 3
T = TypeVar("T")


def _again_on_conflict(write: Callable[[], T]) -> T:
    """`write()` in a transaction of its own, again when the database reports a conflict: deadlock or equal number."""
    for left in reversed(range(MOST_TRIES)):
        try:
            with transaction.atomic():
                return write()
        except (IntegrityError, OperationalError):
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


# ---------------------------------------------------------------- the applicant
@transaction.atomic
def request_endorsement(*, proposal: Proposal, by: User) -> HandedIn:
    """Hand the draft to the lead institution's office, frozen as it is now; tells and reminds the office.

    Raises NotVisible for anyone but the PI, WrongState when it is no draft, Refused with every finding that blocks."""
    row = locked(proposal)
    if not can_hand_in.test(by, row):
        raise NotVisible
    move(row.request_endorsement)
    dossier, problems = draft_dossier(row)
    unmet = blocking(findings(row, Stage.ENDORSE, dossier))  # type: ignore[arg-type]
    if problems or unmet:
        raise Refused([*problem_findings(problems), *unmet])
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    handed_in = HandedIn.objects.create(
        tenant=row.tenant,
        proposal=row,
        round=_round(row) + 1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256_of(dossier),
        handed_in_at=clock.now(),
        handed_in_by=by,
    )
    no_more_reminders(row)
    remind_office(row, handed_in.round)
    notify(
        tenant=row.tenant,
        to=office_users(row.lead_institution_id),
        kind="endorsement-waiting",
        key=f"proposal-{row.pk}-handed-in-{handed_in.round}",
        title_zh=f"待审核：{name_of(row, 'zh')}",
        title_en=f"For your endorsement: {name_of(row, 'en')}",
        body_zh=f"{by.name_zh or by.name_en} 提交了申请，请审核后批准或退回。",
        body_en=f"{by.name_en or by.name_zh} handed in an application; please endorse or return it.",
        url=page_of(row, "proposals:endorse"),
    )
    _audit(row, by, "proposal.hand_in", ProposalState.DRAFT, data={"sha256": handed_in.sha256})
    return handed_in


@transaction.atomic
def take_back(*, proposal: Proposal, by: User) -> Proposal:
    """The PI takes the application back from the office to go on writing. Raises NotVisible, WrongState."""
    row = locked(proposal)
    if not can_hand_in.test(by, row):
        raise NotVisible
    move(row.send_back)
    _back_to_draft(row)
    _audit(row, by, "proposal.take_back", ProposalState.ENDORSING)
    return row


@transaction.atomic
def withdraw(*, proposal: Proposal, by: User, reason: str = "") -> Proposal:
    """The PI withdraws it for good; tells whoever has it. Raises NotVisible, WrongState when it is decided already."""
    row = locked(proposal)
    if not can_withdraw.test(by, row):
        raise NotVisible
    before = row.state
    move(row.withdraw)
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    no_more_reminders(row)
    to = list(office_users(row.lead_institution_id)) if before != ProposalState.DRAFT else []
    if row.received_at is not None:
        to += secretaries(row)
    notify(
        tenant=row.tenant,
        to=to,
        kind="withdrawn",
        key=f"proposal-{row.pk}-withdrawn",
        title_zh=f"申请已撤回：{name_of(row, 'zh')}",
        title_en=f"Withdrawn: {name_of(row, 'en')}",
        body_zh=reason,
        body_en=reason,
        url=page_of(row),
    )
    _audit(row, by, "proposal.withdraw", before, reason=reason)
    return row


# ---------------------------------------------------------------- the institution
@transaction.atomic
def return_to_pi(*, proposal: Proposal, by: User, comment: str, field_comments: dict[str, str]) -> Endorsement:
    """The office returns it with comments, in general and at fields (dossier path → comment); tells the PI.

    Raises NotVisible for others, WrongState when it isn't with the office, Refused without any comment."""
    row = locked(proposal)
    step = _step_for(row, by)
    move(row.send_back)
    comment = storable(comment).strip()
    at_fields = {path: text for path, raw in storable(field_comments).items() if (text := str(raw).strip())}
    if not comment and not at_fields:
        raise Refused([_no_comment()])
    decision = _decide(row, step, by, EndorsementDecision.RETURN, comment, at_fields)
    _back_to_draft(row)
    notify(
        tenant=row.tenant,
        to=[row.pi],
        kind="returned",
        key=f"proposal-{row.pk}-returned-{decision.round}",
        title_zh=f"单位退回修改：{name_of(row, 'zh')}",
        title_en=f"Returned by your institution: {name_of(row, 'en')}",
        body_zh=comment or "请查看各栏目的意见。",
        body_en=comment or "Please see the comments at the fields.",
        url=page_of(row),
    )
    _audit(row, by, "proposal.return", ProposalState.ENDORSING, reason=comment, data={"fields": sorted(at_fields)})
    return decision


def _no_comment() -> Obstacle:
    return Obstacle(
        "comment_missing",
        "请至少写一条意见，说明需要修改什么。",
        "Write at least one comment saying what to correct.",
        article="A10",
        field="comment",
        who_can_clear=Role.OFFICE,
    )


def endorse(
    *, proposal: Proposal, by: User, received_at: datetime | None = None, seen_sha256: str | None = None
) -> ProposalVersion | None:
    """The office endorses. The chain's last step freezes the dossier, numbers and receives the application (A10 A18).

    `received_at` is stamped here, before any lock is waited for, unless the caller stamped it when the request came
    in; at exactly the call's closing instant it is too late (B6). `seen_sha256` is the hand-in that the page showed:
    the applicant may have taken it back and handed in another one since. Returns the version, or None while further
    steps of the chain are to decide. Raises NotVisible for others, WrongState when it is not with the office (also the
    second of two clicks), Refused with every finding that blocks. Tries again, within bounds, on a conflict."""
    stamp = received_at or clock.now()
    return _again_on_conflict(lambda: _endorse(proposal, by, stamp, seen_sha256))


def _endorse(proposal: Proposal, by: User, stamp: datetime, seen_sha256: str | None) -> ProposalVersion | None:
    row = locked(proposal)
    step = _step_for(row, by)
    move(row.endorse)
    dossier = _handed_in_dossier(row)
    if seen_sha256 not in (None, sha256_of(dossier)):
        raise Refused([_OTHER_HAND_IN])
    unmet = blocking(findings(row, Stage.ENDORSE, dossier, received_at=stamp))  # type: ignore[arg-type]
    if unmet:
        raise Refused(unmet)
    _decide(row, step, by, EndorsementDecision.ENDORSE, "", {})
    if step.key != effective_policy(row.call).endorsement_chain[-1].key:
        _audit(row, by, "proposal.endorse_step", ProposalState.ENDORSING, to=ProposalState.ENDORSING)
        return None
    version = _receive(row, by, dossier, stamp)
    no_more_reminders(row)
    _send_receipts(row, version)
    _audit(
        row,
        by,
        "proposal.endorse",
        ProposalState.ENDORSING,
        data={"number": row.application_number, "version": version.number, "sha256": version.sha256},
    )
    return version


_OTHER_HAND_IN = Obstacle(
    "other_hand_in",
    "申请在您打开页面之后又重新提交过，下面是现在的内容，请重新审核后再批准。",
    "The application was handed in anew after you opened the page. Below is what it says now; please examine it again.",
    article="A10",
    who_can_clear=Role.OFFICE,
)


def _handed_in_dossier(row: Proposal) -> Dossier:
    last = row.handed_in.order_by("-round").first()
    return Dossier.model_validate_json(last.dossier_json) if last else draft_dossier(row)[0]


def _receive(row: Proposal, by: User, dossier: Dossier, stamp: datetime) -> ProposalVersion:
    sha256 = sha256_of(dossier)
    previous = latest_version(row)
    book = freeze_book(tenant=row.tenant, dossier=dossier, purpose=BookPurpose.PROPOSED, sha256=sha256)
    version = ProposalVersion.objects.create(
        tenant=row.tenant,
        proposal=row,
        number=previous.number + 1 if previous else 1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256,
        policy_sha256=row.call.policy_sha256,
        budget_book=book,
        received_at=stamp,
        frozen_by=by,
    )
    _keep_side(row, dossier)
    if row.received_at is None:
        row.application_number = _application_number(row)
        row.received_at = stamp
    row.title_zh, row.title_en, row.requested_fen = dossier.title_zh, dossier.title_en, dossier.total_fen
    row.updated_at = clock.now()
    row.save()
    return version


def _application_number(row: Proposal) -> str:
    terms = effective_policy(row.call).call
    pattern = terms.application_number if terms else f"{row.call.slug.upper()}-{{sequence:04d}}"
    return pattern.format(sequence=next_number(call=row.call, series=APPLICATION_SERIES))


def _keep_side(row: Proposal, dossier: Dossier) -> None:
    """Who and which institutions stand behind the newest version, for limits and conflicts of interest (A16 A19)."""
    row.team.all().delete()
    people = {person.user_id: person.is_main for person in dossier.participants if person.user_id}
    known = User.objects.filter(pk__in=[pk for pk in people if pk is not None]).values_list("pk", flat=True)
    TeamMember.objects.bulk_create(
        TeamMember(tenant=row.tenant, proposal=row, user_id=pk, is_main=people[pk]) for pk in known
    )
    row.institutions.all().delete()
    named = {dossier.pi.institution_id, row.lead_institution_id, *(party.institution_id for party in dossier.parties)}
    places = Institution.objects.filter(pk__in=[pk for pk in named if pk is not None]).values_list("pk", flat=True)
    ProposalParty.objects.bulk_create(
        ProposalParty(tenant=row.tenant, proposal=row, institution_id=pk) for pk in places
    )


def _send_receipts(row: Proposal, version: ProposalVersion) -> None:
    received = clock_text(version.received_at, row)
    notify(
        tenant=row.tenant,
        to=[row.pi, *office_users(row.lead_institution_id)],
        kind="receipt",
        key=f"proposal-{row.pk}-received-{version.number}",
        title_zh=f"已收到申请 {row.application_number}：{name_of(row, 'zh')}"[:300],
        title_en=f"Received {row.application_number}: {name_of(row, 'en')}"[:300],
        body_zh=f"申请编号：{row.application_number}\n版本：{version.number}\n收到时间：{received}\nSHA-256：{version.sha256}",
        body_en=(
            f"Application number: {row.application_number}\nVersion: {version.number}\nReceived: {received}\n"
            f"SHA-256: {version.sha256}"
        ),
        url=page_of(row),
    )


def clock_text(instant: datetime, row: Proposal) -> str:
    """An instant to the microsecond in the funder's zone, as receipts state it."""
    local = instant.astimezone(row.tenant.zone)
    return f"{local:%Y-%m-%d %H:%M:%S.%f} ({row.tenant.zone_name})"


# ---------------------------------------------------------------- shared
def pending_step(row: Proposal) -> Step:
    """The first step of the chain that has not endorsed in this round."""
    chain = effective_policy(row.call).endorsement_chain
    done = set(
        row.endorsements.filter(round=_round(row), decision=EndorsementDecision.ENDORSE).values_list("step", flat=True)
    )
    return next((step for step in chain if step.key not in done), chain[-1])


def _round(row: Proposal) -> int:
    """The number of the present round: of the last hand-in, or of a decision where none is on record."""
    handed_in = row.handed_in.aggregate(last=Max("round"))["last"] or 0
    decided = row.endorsements.aggregate(last=Max("round"))["last"] or 0
    return int(max(handed_in, decided))


def _step_for(row: Proposal, by: User) -> Step:
    if row.state in (ProposalState.DRAFT, ProposalState.WITHDRAWN) and not row.handed_in.exists():
        raise NotVisible
    step = pending_step(row)
    if may_decide_step(by, row, step.role):
        return step
    if row.state != ProposalState.ENDORSING and is_lead_office.test(by, row):
        return step
    raise NotVisible


def _decide(row: Proposal, step: Step, by: User, decision: str, comment: str, at_fields: dict[str, str]) -> Endorsement:
    return Endorsement.objects.create(
        tenant=row.tenant,
        proposal=row,
        step=step.key,
        round=_round(row),
        decision=decision,
        comment=comment,
        field_comments=at_fields,
        decided_at=clock.now(),
        decided_by=by,
    )


def _back_to_draft(row: Proposal) -> None:
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    no_more_reminders(row)
    remind_of_deadline(row, [row.pi])


def _audit(
    row: Proposal,
    by: User,
    action: str,
    before: str,
    *,
    to: str = "",
    reason: str = "",
    data: dict[str, object] | None = None,
) -> None:
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
