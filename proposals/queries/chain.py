"""Where an application stands in its endorsement chain: the round, the step that waits, who may act, how it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Institution, User
from accounts.queries import office_users
from programs.policy import Policy
from programs.policy.endorsing import EndorsementStep
from programs.queries import effective_policy
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import Endorsement, EndorsementTurn, Proposal, Recommender
from proposals.queries.impartiality import impartial


def present_round(proposal: Proposal) -> int:
    """The number of the last hand-in, or of a decision where no hand-in is on record. Two queries."""
    handed_in = proposal.handed_in.aggregate(last=Max("round"))["last"] or 0
    decided = proposal.endorsements.aggregate(last=Max("round"))["last"] or 0
    return int(max(handed_in, decided))


def open_turn(proposal: Proposal) -> EndorsementTurn | None:
    """The further step that waits now; None while the lead institution's office has it, or nobody. One query."""
    rows = EndorsementTurn.objects.filter(proposal=proposal, reached_at__isnull=False, closed_at__isnull=True)
    return rows.select_related("institution").first()


def pending_step(proposal: Proposal) -> EndorsementStep:
    """The step that waits while it is being endorsed."""
    return step_of(effective_policy(proposal.call), open_turn(proposal))


def step_of(policy: Policy, turn: EndorsementTurn | None) -> EndorsementStep:
    """The step of that turn; the lead institution's for None."""
    found = policy.endorsement_step(turn.step) if turn else None
    return found or policy.endorsement_chain[0]


def examiners(proposal: Proposal, turn: EndorsementTurn | None) -> list[User]:
    """Who may decide the step: the office of its institution, without the applicant and, of a further step, without
    anybody tied to the application (A16)."""
    if turn is None:
        return list(office_users(proposal.lead_institution_id).exclude(pk=proposal.pi_id))
    people = impartial(office_users(turn.institution_id), proposal, but_for=turn.institution_id)
    return list(people)


@dataclass(frozen=True)
class Candidates:
    """A further step and the institutions that the funder recorded for it; several: the applicant says which."""

    step: EndorsementStep
    institutions: list[Institution]

    @property
    def only(self) -> Institution | None:
        """The one that there is no choice about."""
        return self.institutions[0] if len(self.institutions) == 1 else None


def candidates_of(proposal: Proposal) -> list[Candidates]:
    """For each further step of the proposal's chain, in order. One query, if there are such steps."""
    further = [step for step in effective_policy(proposal.call).endorsement_chain if step.unit]
    if not further:
        return []
    rows = Recommender.objects.filter(
        institution=proposal.lead_institution_id, unit__in=[step.unit for step in further]
    )
    found: dict[str, list[Institution]] = {}
    for row in rows.select_related("endorser").order_by("endorser__name_zh", "endorser__name_en", "endorser"):
        found.setdefault(row.unit, []).append(row.endorser)
    return [Candidates(step, found.get(step.unit or "", [])) for step in further]


@dataclass(frozen=True)
class ChainRow:
    """One step of the present round, for the pages."""

    step: EndorsementStep
    institution: Institution | None
    status: str
    """done, now, todo or stopped."""
    decided: Endorsement | None
    ends_at: datetime | None

    @property
    def label(self) -> str:
        """What the step is called, and whose it is."""
        return f"{self.step.label}: {self.institution.display_name}" if self.institution else self.step.label


def chain_of(proposal: Proposal) -> list[ChainRow]:
    """The steps with what came of them in the present round. Three queries; none for a chain of one step."""
    policy = effective_policy(proposal.call)
    chain = policy.endorsement_chain
    if len(chain) == 1 or proposal.state == ProposalState.DRAFT:
        return []
    round_ = int(proposal.handed_in.aggregate(last=Max("round"))["last"] or 0)
    turns = {one.step: one for one in proposal.turns.filter(round=round_).select_related("institution")}
    decisions = {one.step: one for one in proposal.endorsements.filter(round=round_).select_related("decided_by")}
    rows = []
    for place, step in enumerate(chain):
        turn, decided = turns.get(step.key), decisions.get(step.key)
        where = proposal.lead_institution if place == 0 else turn.institution if turn else None
        before = chain[place - 1].key if place else ""
        is_next = place == 0 or (before in decisions and _is_yes(decisions[before]))
        if decided is not None:
            status = "done" if _is_yes(decided) else "stopped"
        else:
            status = "now" if is_next and proposal.state == ProposalState.ENDORSING else "todo"
        rows.append(ChainRow(step, where, status, decided, policy.ends_at(step, proposal.closes_at)))
    return rows


def _is_yes(decided: Endorsement) -> bool:
    return decided.decision == EndorsementDecision.ENDORSE


def returned_title(proposal: Proposal, returned: Endorsement) -> str:
    """Who returned it: the lead institution's office, or the institution of a further step. One query for that."""
    step = effective_policy(proposal.call).endorsement_step(returned.step)
    if step is None or step.unit is None:
        return _("Returned by your institution's office")
    turn = proposal.turns.filter(round=returned.round, step=step.key).select_related("institution").first()
    name = turn.institution.display_name if turn else step.label
    return _("Returned by %(name)s") % {"name": name}


def rounds_reached(proposal: Proposal, offices: Iterable[int]) -> set[int]:
    """The rounds in which the application reached a further step of one of these institutions. One query."""
    rows = proposal.turns.filter(institution__in=list(offices), reached_at__isnull=False)
    return set(rows.values_list("round", flat=True))
