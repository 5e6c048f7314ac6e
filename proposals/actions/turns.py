"""The further steps of the endorsement chain: named at the hand-in, reached one by one, told and reminded of."""

from collections.abc import Mapping

from accounts.enums import Role
from accounts.models import Institution
from accounts.queries import office_users
from core import clock
from core.errors import Obstacle, Refused
from notifications.actions import notify
from programs.policy.endorsing import EndorsementStep
from programs.queries import effective_policy
from proposals.actions.common import name_of, no_more_reminders, page_of, remind_examiners, remind_of_deadline
from proposals.models import EndorsementTurn, Proposal
from proposals.queries.chain import candidates_of, examiners, step_of


def name_turns(row: Proposal, round_: int, chosen: Mapping[str, int]) -> list[EndorsementTurn]:
    """Name the institution of each further step for this round: the one that the funder recorded for the lead
    institution, or of several the one that the applicant chose (`chosen`: institution's id by step).

    Raises Refused for each step without a record, or without a choice among them."""
    found: list[tuple[EndorsementStep, Institution]] = []
    unmet: list[Obstacle] = []
    for one in candidates_of(row):
        known = {place.pk: place for place in one.institutions}
        place = one.only or known.get(chosen.get(one.step.key, 0))
        if place is not None:
            found.append((one.step, place))
        else:
            unmet.append(_not_chosen(one.step) if known else _not_recorded(one.step))
    if unmet:
        raise Refused(unmet)
    return [
        EndorsementTurn.objects.create(tenant=row.tenant, proposal=row, round=round_, step=step.key, institution=place)
        for step, place in found
    ]


def _not_recorded(step: EndorsementStep) -> Obstacle:
    return Obstacle(
        "endorser_missing",
        f"“{step.zh}”：资助机构尚未登记由哪个单位为您的单位办理，请联系资助机构的管理员。",
        f"{step.en}: the funder has not recorded which institution does this for yours; please ask its administrator.",
        article=step.article,
        field=f"chain.{step.key}",
        who_can_clear=Role.ADMIN,
    )


def _not_chosen(step: EndorsementStep) -> Obstacle:
    return Obstacle(
        "endorser_not_chosen",
        f"请选择“{step.zh}”的单位。",
        f"Choose the institution: {step.en}.",
        article=step.article,
        field=f"chain.{step.key}",
        who_can_clear=Role.APPLICANT,
    )


def reach_next(row: Proposal, round_: int, done: EndorsementStep) -> EndorsementTurn:
    """The step after `done` has its turn from now on; its people are told and reminded."""
    chain = effective_policy(row.call).endorsement_chain
    following = chain[chain.index(done) + 1]
    now = clock.now()
    row.turns.filter(round=round_, step=done.key).update(closed_at=now)
    turn = row.turns.select_related("institution").get(round=round_, step=following.key)
    turn.reached_at = now
    turn.save(update_fields=["reached_at"])
    no_more_reminders(row)
    tell_examiners(row, turn, round_)
    return turn


def tell_examiners(row: Proposal, turn: EndorsementTurn | None, round_: int) -> None:
    """Tell and remind the people of the step that waits: of the lead institution's office for None."""
    people = examiners(row, turn)
    step = step_of(effective_policy(row.call), turn)
    remind_examiners(row, people, step, round_)
    where = f"-{turn.step}" if turn else ""
    notify(
        tenant=row.tenant,
        to=people,
        kind="endorsement-waiting",
        key=f"proposal-{row.pk}-handed-in-{round_}{where}",
        title_zh=f"待审核：{name_of(row, 'zh')}",
        title_en=f"For your endorsement: {name_of(row, 'en')}",
        body_zh=f"{row.pi.name_zh or row.pi.name_en} 的申请等待办理“{step.zh}”，请审核后批准或退回。",
        body_en=f"{row.pi.name_en or row.pi.name_zh}'s application waits ({step.en}); please endorse or return it.",
        url=page_of(row, "proposals:endorse"),
    )


def close_turns(row: Proposal) -> list[EndorsementTurn]:
    """Nobody's turn any more: done, returned, taken back or withdrawn. Gives those that were reached in any round."""
    now = clock.now()
    row.turns.filter(closed_at__isnull=True).update(closed_at=now)
    return list(row.turns.filter(reached_at__isnull=False).select_related("institution"))


def tell_the_others(
    row: Proposal, turns: list[EndorsementTurn], *, kind: str, key: str, zh: str, en: str, text: str = ""
) -> None:
    """Tell the offices that had endorsed it what became of it: the lead institution's and those of `turns`."""
    people = list(office_users(row.lead_institution_id).exclude(pk=row.pi_id))
    for turn in turns:
        people += examiners(row, turn)
    notify(
        tenant=row.tenant,
        to=people,
        kind=kind,
        key=key,
        title_zh=f"{zh}：{name_of(row, 'zh')}",
        title_en=f"{en}: {name_of(row, 'en')}",
        body_zh=text,
        body_en=text,
        url=page_of(row),
    )


def back_to_draft(row: Proposal) -> list[EndorsementTurn]:
    """As it was before the hand-in; gives the further steps that it had reached in any round."""
    row.updated_at = clock.now()
    row.save(update_fields=["state", "updated_at"])
    no_more_reminders(row)
    remind_of_deadline(row, [row.pi])
    return close_turns(row)
