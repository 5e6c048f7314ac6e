"""What several walks go through together: one funding plan; and what the worker does between steps."""

from collections.abc import Callable
from datetime import datetime

from anso_portal.life.terms import award_of
from anso_portal.life.walk import Walk
from core import clock
from core.tenancy import tenant_scope
from notifications.dispatch import carry_out, lease_waiting
from notifications.reminders import send_due
from reviews import actions as review_actions
from reviews.enums import LineDecision
from reviews.models import FundingPlan


def plan_and_approve(walks: list[Walk], *, funded: Callable[[Walk], bool] = lambda walk: True) -> FundingPlan:
    """One funding plan over these walks, nine tenths of each request, handed in and approved (A23)."""
    plan = hand_in_plan(walks, funded=funded)
    first = walks[0]
    director = first.staff("director")
    with first.on("approve", director, "funding plan approved"):
        review_actions.decide_plan(plan=plan, by=director, approve=True, comment="同意。")
    for walk in walks:
        if funded(walk):
            walk.after_award()
    return plan


def hand_in_plan(walks: list[Walk], *, funded: Callable[[Walk], bool] = lambda walk: True) -> FundingPlan:
    """The plan before the director."""
    first = walks[0]
    secretary = first.staff("secretary")
    with first.on("plan", secretary, "funding plan handed in"):
        plan = review_actions.start_plan(call=first.call, by=secretary)
        for walk in walks:
            is_funded = funded(walk)
            review_actions.put_line(
                plan=plan,
                proposal=walk.proposal,
                by=secretary,
                decision=LineDecision.FUND if is_funded else LineDecision.DECLINE,
                amount_fen=award_of(walk.policy, walk.proposal.requested_fen) if is_funded else 0,
            )
        return review_actions.hand_in_plan(plan=plan, by=secretary)


def deliver(walk: Walk, at: datetime) -> int:
    """Carry out what waits in the tenant's outbox and send the reminders due at `at`; how many effects."""
    count = 0
    with clock.at(at):
        with tenant_scope(walk.call.tenant):
            send_due()
        while True:
            with tenant_scope(walk.call.tenant):
                waiting = lease_waiting()
            if not waiting:
                return count
            for effect in waiting:
                with tenant_scope(walk.call.tenant):
                    count += carry_out(effect)
