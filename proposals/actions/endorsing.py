"""The decisions of the endorsement chain: endorse, or return with comments (A10 A18 C17)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, transaction

from accounts.enums import Role
from accounts.models import User
from core import clock
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.workflow import move
from notifications.actions import notify
from programs.dossier import Dossier, sha256_of
from programs.findings import Stage
from programs.policy import Policy, blocking
from programs.policy.endorsing import EndorsementStep
from programs.queries import effective_policy
from proposals.actions.common import (
    locked,
    name_of,
    no_more_reminders,
    note,
    page_of,
    storable,
)
from proposals.actions.receiving import keep_side, receive, send_receipts
from proposals.actions.turns import back_to_draft, close_turns, reach_next, tell_the_others
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import Endorsement, EndorsementTurn, Proposal, ProposalVersion
from proposals.queries import draft_dossier, findings
from proposals.queries.chain import open_turn, present_round, step_of
from proposals.rules import has_examined, may_decide

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


@transaction.atomic
def return_to_pi(
    *, proposal: Proposal, by: User, comment: str, field_comments: dict[str, str], step: str | None = None
) -> Endorsement:
    """An office returns it with comments, in general and at fields (dossier path → comment); tells the PI, and from a
    further step of the chain also those who had endorsed it. The next hand-in begins the chain anew.

    `step` is the one that the page showed. Raises NotVisible for others, WrongState when it isn't theirs to decide
    now, Refused without any comment."""
    row = locked(proposal)
    turn = open_turn(row)
    mine = _step_for(row, by, turn, step)
    move(row.send_back)
    comment = storable(comment).strip()
    at_fields = {path: text for path, raw in storable(field_comments).items() if (text := str(raw).strip())}
    if not comment and not at_fields:
        raise Refused([_NO_COMMENT])
    round_ = present_round(row)
    decision = _decide(row, mine, by, EndorsementDecision.RETURN, round_, comment=comment, at_fields=at_fields)
    reached = [other for other in back_to_draft(row) if other.round == round_]
    _tell_of_return(row, turn, mine, decision, [other for other in reached if turn and other.pk != turn.pk])
    note(
        row,
        by,
        "proposal.return",
        ProposalState.ENDORSING,
        reason=comment,
        data={"fields": sorted(at_fields), **_named(mine)},
    )
    return decision


def _tell_of_return(
    row: Proposal,
    turn: EndorsementTurn | None,
    step: EndorsementStep,
    decision: Endorsement,
    passed: list[EndorsementTurn],
) -> None:
    place = turn.institution if turn else None
    who_zh = (place.name_zh or place.name_en) if place else "单位"
    who_en = (place.name_en or place.name_zh) if place else "your institution"
    notify(
        tenant=row.tenant,
        to=[row.pi],
        kind="returned",
        key=f"proposal-{row.pk}-returned-{decision.round}",
        title_zh=f"{who_zh}退回修改：{name_of(row, 'zh')}",
        title_en=f"Returned by {who_en}: {name_of(row, 'en')}",
        body_zh=decision.comment or "请查看各栏目的意见。",
        body_en=decision.comment or "Please see the comments at the fields.",
        url=page_of(row),
    )
    if turn is not None:
        tell_the_others(
            row,
            passed,
            kind="returned-later",
            key=f"proposal-{row.pk}-returned-later-{decision.round}",
            zh=f"{who_zh}退回修改（{step.zh}）",
            en=f"Returned by {who_en} ({step.en})",
            text=decision.comment,
        )


_NO_COMMENT = Obstacle(
    "comment_missing",
    "请至少写一条意见，说明需要修改什么。",
    "Write at least one comment saying what to correct.",
    article="A10",
    field="comment",
    who_can_clear=Role.OFFICE,
)


def endorse(
    *,
    proposal: Proposal,
    by: User,
    received_at: datetime | None = None,
    seen_sha256: str | None = None,
    step: str | None = None,
) -> ProposalVersion | None:
    """An office endorses, for the step of the chain that waits. The last one freezes the dossier as a version, numbers
    and receives the application (A10 A18).

    Each endorses exactly what was handed in, by its hash. `received_at` is stamped here, before any lock is waited
    for, unless the caller stamped it when the request came in; at exactly the call's closing instant, or the step's
    own, it is too late (B6). The application is received with the step that the policy says. `seen_sha256` is the
    hand-in and `step` the step that the page showed: the applicant may have handed in another one since. Returns the
    version, or None while further steps are to decide. Raises NotVisible for others, WrongState when it is not theirs
    to decide now (also the second of two clicks), Refused with every finding that blocks. Tries again, within bounds,
    on a conflict."""
    stamp = received_at or clock.now()
    return _again_on_conflict(lambda: _endorse(proposal, by, stamp, seen_sha256, step))


def _endorse(
    proposal: Proposal, by: User, stamp: datetime, seen_sha256: str | None, shown: str | None
) -> ProposalVersion | None:
    row = locked(proposal)
    policy, turn, round_ = effective_policy(row.call), open_turn(row), present_round(row)
    step = _step_for(row, by, turn, shown)
    is_last = step == policy.endorsement_chain[-1]
    move(row.endorse if is_last else row.pass_on)
    dossier = _handed_in_dossier(row)
    if seen_sha256 not in (None, sha256_of(dossier)):
        raise Refused([_OTHER_HAND_IN])
    received = _received_at(row, policy, step, stamp, round_)
    unmet = blocking(findings(row, Stage.ENDORSE, dossier, received_at=received))  # type: ignore[arg-type]
    unmet += _too_late(row, policy, step, stamp)
    if unmet:
        raise Refused(unmet)
    _decide(row, step, by, EndorsementDecision.ENDORSE, round_, at=stamp, sha256=sha256_of(dossier))
    if step == policy.endorsement_chain[0]:
        keep_side(row, dossier)
    if not is_last:
        _pass_on(row, by, step, round_, sha256_of(dossier))
        return None
    version = receive(row, by, dossier, received)
    no_more_reminders(row)
    close_turns(row)
    send_receipts(row, version, round_)
    note(
        row,
        by,
        "proposal.endorse",
        ProposalState.ENDORSING,
        data={
            "number": row.application_number,
            "version": version.number,
            "sha256": version.sha256,
            **_named(step),
        },
    )
    return version


def _pass_on(row: Proposal, by: User, step: EndorsementStep, round_: int, sha256: str) -> None:
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    turn = reach_next(row, round_, step)
    note(
        row,
        by,
        "proposal.endorse_step",
        ProposalState.ENDORSING,
        data={"sha256": sha256, "next": turn.step, "institution": turn.institution_id, **_named(step)},
    )


def _received_at(row: Proposal, policy: Policy, step: EndorsementStep, stamp: datetime, round_: int) -> datetime:
    """When it counts as received: with the step that the policy says, once that is done; until then, now."""
    counting = policy.receiving_step
    if step == counting:
        return stamp
    done = row.endorsements.filter(round=round_, step=counting.key, decision=EndorsementDecision.ENDORSE).first()
    return done.decided_at if done else stamp


def _too_late(row: Proposal, policy: Policy, step: EndorsementStep, stamp: datetime) -> list[Any]:
    ends_at = policy.ends_at(step, row.closes_at) if step.cut_off else None
    # What the secretariat sent back for correction (A20) is not late.
    if step.cut_off is None or ends_at is None or stamp < ends_at or row.received_at is not None:
        return []
    when = f"{ends_at.astimezone(row.tenant.zone):%Y-%m-%d %H:%M} ({row.tenant.zone_name})"
    return [
        Obstacle(
            "step_too_late",
            f"“{step.zh}”的办理时间已于 {when} 截止。",
            f"The time for this step ({step.en}) ended on {when}.",
            article=step.cut_off.article,
            who_can_clear=Role.SECRETARY,
        )
    ]


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


# ---------------------------------------------------------------- shared
def _step_for(row: Proposal, by: User, turn: EndorsementTurn | None, shown: str | None) -> EndorsementStep:
    """The step that waits, if it is the person's. Raises NotVisible for whom it never reached, and WrongState for whom
    it did but whose it is not now, or who was shown another one."""
    if row.state in (ProposalState.DRAFT, ProposalState.WITHDRAWN) and not row.handed_in.exists():
        raise NotVisible
    step = step_of(effective_policy(row.call), turn)
    if may_decide(by, row, turn):
        if shown not in (None, step.key):
            raise WrongState([_DECIDED])
        return step
    if not has_examined(by, row):
        raise NotVisible
    if row.state == ProposalState.ENDORSING:
        raise WrongState([_DECIDED])
    return step


_DECIDED = Obstacle(
    "step_decided",
    "此步骤已办理，申请已转到下一步。",
    "This step has been decided; the application is with the next institution.",
)


def _named(step: EndorsementStep) -> dict[str, object]:
    """The step for the record; a further one in words as well, which timelines show."""
    words: dict[str, object] = {"step_zh": step.zh, "step_en": step.en} if step.unit else {}
    return {"step": step.key, **words}


def _decide(
    row: Proposal,
    step: EndorsementStep,
    by: User,
    decision: str,
    round_: int,
    *,
    at: datetime | None = None,
    sha256: str = "",
    comment: str = "",
    at_fields: dict[str, str] | None = None,
) -> Endorsement:
    return Endorsement.objects.create(
        tenant=row.tenant,
        proposal=row,
        step=step.key,
        round=round_,
        decision=decision,
        sha256=sha256,
        comment=comment,
        field_comments=at_fields or {},
        decided_at=at or clock.now(),
        decided_by=by,
    )
