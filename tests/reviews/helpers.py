"""What the review tests share: a pool, reviewed proposals, a plan, complete reviews."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from accounts.models import Affiliation, User
from budgets.enums import Verdict
from core import clock
from programs.models import Call
from programs.queries import effective_policy
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.enums import LineDecision, Recommendation, ReviewKind
from reviews.models import Assignment, Expert, FundingPlan
from reviews.queries.assignments import opinion_lines
from tests import factories
from tests.cast import Cast


def call_of(cast: Cast) -> Call:
    """The 2021 call of ANSO."""
    return factories.make_call(cast.anso, cast.secretary)


def pool_of(cast: Cast) -> dict[str, Expert]:
    """The cast's experts, by their names there."""
    pool = {
        f"reviewer{n}": factories.make_expert(cast.anso, person, fields=["food-security"])
        for n, person in enumerate(cast.domain_reviewers, start=1)
    }
    for n, person in enumerate(cast.finance_experts, start=1):
        pool[f"expert{n}"] = factories.make_expert(cast.anso, person, kind=ReviewKind.FINANCE)
    pool["conflicted"] = factories.make_expert(cast.anso, cast.conflicted, country="CN")
    return pool


def due() -> Any:
    """Three weeks from now."""
    return clock.now() + timedelta(days=21)


def assign(cast: Cast, proposal: Proposal, expert: Expert, kind: str = ReviewKind.DOMAIN) -> Assignment:
    """Assigned by the secretary."""
    return actions.assign(proposal=proposal, expert=expert, kind=kind, by=cast.secretary, due_at=due())


def accepted(cast: Cast, proposal: Proposal, expert: Expert, kind: str = ReviewKind.DOMAIN) -> Assignment:
    """Assigned and accepted."""
    return actions.accept(assignment=assign(cast, proposal, expert, kind), by=expert.user, no_conflict=True)


def full_scores(call: Call, points: int = 4) -> dict[str, tuple[int | None, str]]:
    """Points and a comment for each of the call's criteria."""
    stage = effective_policy(call).review_stage("domain")
    assert stage is not None
    return {one.key: (points, f"On {one.en}.") for one in stage.criteria}


def write(assignment: Assignment, points: int = 4, cut_fen: int = 0) -> Assignment:
    """A complete review, saved; finance experts cut the first line by `cut_fen`."""
    person = assignment.expert.user
    if assignment.kind == ReviewKind.DOMAIN:
        return actions.save_review(
            assignment=assignment,
            by=person,
            scores=full_scores(assignment.proposal.call, points),
            comment="Sound work.",
            recommendation=Recommendation.FUND,
            revision=assignment.revision,
        )
    lines = {
        row.line.pk: actions.LineOpinion(
            Verdict.YES, Verdict.YES, row.line.amount_fen - (cut_fen if place == 0 else 0), "Cheaper to be had."
        )
        for place, row in enumerate(opinion_lines(assignment))
    }
    return actions.save_review(
        assignment=assignment,
        by=person,
        scores={},
        comment="A sober budget.",
        recommendation="",
        revision=assignment.revision,
        lines=lines,
    )


def submitted(
    cast: Cast, proposal: Proposal, expert: Expert, kind: str = ReviewKind.DOMAIN, *, points: int = 4, cut_fen: int = 0
) -> Assignment:
    """Assigned, accepted, written, handed in."""
    assignment = write(accepted(cast, proposal, expert, kind), points, cut_fen)
    return actions.submit_review(assignment=assignment, by=expert.user)


def review_fully(cast: Cast, proposal: Proposal, pool: dict[str, Expert], *, cut_fen: int = 0) -> Proposal:
    """Three domain and two finance reviews (A21)."""
    for n in (1, 2, 3):
        submitted(cast, proposal, pool[f"reviewer{n}"], points=n + 2)
    for n in (1, 2):
        submitted(cast, proposal, pool[f"expert{n}"], ReviewKind.FINANCE, cut_fen=cut_fen * n)
    return Proposal.objects.get(pk=proposal.pk)


def reviewed(cast: Cast, call: Call, pool: dict[str, Expert], **more: Any) -> Proposal:
    """A proposal with all its reviews."""
    proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED, **more)
    return review_fully(cast, proposal, pool)


def plan_with(cast: Cast, call: Call, proposals: Iterable[Proposal], *, hand_in: bool = True) -> FundingPlan:
    """A plan that funds these as requested."""
    plan = actions.start_plan(call=call, by=cast.secretary)
    for proposal in proposals:
        actions.put_line(
            plan=plan,
            proposal=proposal,
            by=cast.secretary,
            decision=LineDecision.FUND,
            amount_fen=proposal.requested_fen,
        )
    return actions.hand_in_plan(plan=plan, by=cast.secretary) if hand_in else plan


def employ(person: User, institution: Any, **more: Any) -> Affiliation:
    """Give somebody a place."""
    return Affiliation.objects.create(user=person, institution=institution, **more)
