"""Steps 5 and 6 of the walk as one path: assigned, reviewed, planned, approved."""

from typing import Any

from audit.models import Event
from core.tenancy import active_tenant_ids
from notifications.models import Notice, Reminder
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.enums import AssignmentState, LineDecision, PlanState
from reviews.models import Assignment
from reviews.queries.plans import rows_of_plan
from reviews.signals import proposal_funded
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers


def test_from_checked_to_approved(cast: Cast, anso: Any, clock: Any) -> None:
    assert active_tenant_ids() == [anso.pk]
    call, pool = helpers.call_of(cast), helpers.pool_of(cast)
    proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED)
    first = helpers.assign(cast, proposal, pool["reviewer1"])
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.REVIEWING
    assert Reminder.objects.filter(user=cast.reviewer1, cancelled_at=None).count() == 3
    actions.accept(assignment=first, by=cast.reviewer1, no_conflict=True)
    first = actions.submit_review(assignment=helpers.write(Assignment.objects.get(pk=first.pk)), by=cast.reviewer1)
    assert first.state == AssignmentState.SUBMITTED
    assert not Reminder.objects.filter(user=cast.reviewer1, cancelled_at=None).exists()
    for n in (2, 3):
        helpers.submitted(cast, proposal, pool[f"reviewer{n}"])
    for n in (1, 2):
        helpers.submitted(cast, proposal, pool[f"expert{n}"], "finance", cut_fen=1_000_001 * n)

    plan = actions.start_plan(call=call, by=cast.secretary)
    proposal = Proposal.objects.get(pk=proposal.pk)
    amount = proposal.requested_fen - 1_500_002
    actions.put_line(plan=plan, proposal=proposal, by=cast.secretary, decision=LineDecision.FUND, amount_fen=amount)
    (row,) = rows_of_plan(plan)
    # Half up: the mean cut of 1,000,001 and 2,000,002 is 1,500,001.5.
    assert row.summary.suggested_fen == proposal.requested_fen - 1_500_001
    assert not row.blocking
    plan = actions.hand_in_plan(plan=plan, by=cast.secretary)
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.PLANNED

    heard: list[dict[str, Any]] = []
    proposal_funded.connect(lambda sender, **said: heard.append(said), weak=False, dispatch_uid="test")
    try:
        plan = actions.decide_plan(plan=plan, by=cast.director, approve=True)
    finally:
        proposal_funded.disconnect(dispatch_uid="test")
    assert plan.state == PlanState.APPROVED
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.APPROVED
    assert [said["amount_fen"] for said in heard] == [amount]
    told = Notice.objects.filter(kind="funding-result")
    assert {notice.user for notice in told} == {cast.pi, cast.office}
    names = [cast.people[f"reviewer{n}"].name_en for n in (1, 2, 3)]
    assert not any(name in notice.body_en + notice.body_zh for notice in told for name in names)
    assert Event.objects.filter(action="plan.approve").exists()
