"""The applicant's side: handing in to the institution, taking back, withdrawing (A18)."""

from collections.abc import Mapping

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from accounts.queries import institutions_of, office_users
from core import clock
from core.errors import NotVisible, Obstacle, Refused
from core.workflow import move
from notifications.actions import notify
from programs.dossier import canonical_json, sha256_of
from programs.findings import Stage
from programs.policy import blocking
from proposals.actions.common import locked, name_of, no_more_reminders, note, page_of, secretaries
from proposals.actions.partnering import end_partner_links
from proposals.actions.turns import back_to_draft, close_turns, name_turns, tell_examiners, tell_the_others
from proposals.enums import ProposalState
from proposals.models import HandedIn, Proposal
from proposals.queries import draft_dossier, findings, problem_findings
from proposals.queries.chain import examiners, present_round
from proposals.rules import can_hand_in, can_withdraw


@transaction.atomic
def request_endorsement(*, proposal: Proposal, by: User, endorsers: Mapping[str, int] | None = None) -> HandedIn:
    """Hand the draft to the lead institution's office, frozen as it is now; tells and reminds the office.

    `endorsers` has the institution's id for each further step of the chain for which the funder recorded several.
    Raises NotVisible for anyone but the PI, WrongState when it is no draft, Refused with every finding that blocks."""
    row = locked(proposal)
    if not can_hand_in.test(by, row):
        raise NotVisible
    move(row.request_endorsement)
    dossier, problems = draft_dossier(row)
    unmet = [*_not_there(row, by), *blocking(findings(row, Stage.ENDORSE, dossier))]  # type: ignore[arg-type]
    if problems or unmet:
        raise Refused([*problem_findings(problems), *unmet])
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    handed_in = HandedIn.objects.create(
        tenant=row.tenant,
        proposal=row,
        round=present_round(row) + 1,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256_of(dossier),
        handed_in_at=clock.now(),
        handed_in_by=by,
    )
    name_turns(row, handed_in.round, endorsers or {})
    end_partner_links(row)
    no_more_reminders(row)
    tell_examiners(row, None, handed_in.round)
    note(row, by, "proposal.hand_in", ProposalState.DRAFT, data={"sha256": handed_in.sha256})
    return handed_in


def _not_there(row: Proposal, by: User) -> list[Obstacle]:
    """Whoever has left the lead institution hands nothing in through it: its office answers for its own (A10)."""
    if row.lead_institution_id in institutions_of(by):
        return []
    zh = "您目前不是牵头单位的人员，不能经该单位提交申请。请在“个人资料”中申请加入该单位。"
    en = (
        "You are not at the lead institution now, so that nothing can be handed in through it. Ask on your profile "
        "page to be admitted to it."
    )
    return [Obstacle("not_at_lead", zh, en, article="A10", field="lead", who_can_clear=Role.OFFICE)]


@transaction.atomic
def take_back(*, proposal: Proposal, by: User) -> Proposal:
    """The PI takes the application back from whoever examines it to go on writing; the chain begins anew with the next
    hand-in, and those who had endorsed it are told. Raises NotVisible, WrongState."""
    row = locked(proposal)
    if not can_hand_in.test(by, row):
        raise NotVisible
    move(row.send_back)
    round_ = present_round(row)
    reached = [turn for turn in back_to_draft(row) if turn.round == round_]
    if reached:
        words = {"zh": "申请人已撤回修改", "en": "Taken back by the applicant"}
        tell_the_others(row, reached, kind="taken-back", key=f"proposal-{row.pk}-taken-back-{round_}", **words)
    note(row, by, "proposal.take_back", ProposalState.ENDORSING)
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
    end_partner_links(row)
    no_more_reminders(row)
    reached = close_turns(row)
    to = list(office_users(row.lead_institution_id)) if before != ProposalState.DRAFT else []
    to += [person for turn in reached for person in examiners(row, turn)]
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
    note(row, by, "proposal.withdraw", before, reason=reason)
    return row
