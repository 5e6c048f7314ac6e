"""Two people at once, on PostgreSQL. Each test names the lock that it is about."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Membership, User
from core.errors import Refused
from core.tenancy import tenant_scope
from programs.models import Call
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.enums import PlanState
from reviews.models import Assignment, Expert, FundingPlan, PlanLine
from tests import factories
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.reviews import helpers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(tenant: Any, *attempts: Callable[[], Any]) -> list[Any]:
    """Each attempt in a thread and transaction of its own, begun together; its answer or its exception."""
    barrier = threading.Barrier(len(attempts))
    answers: list[Any] = [None] * len(attempts)

    def run(number: int, attempt: Callable[[], Any]) -> None:
        try:
            with tenant_scope(tenant):
                barrier.wait(10)
                answers[number] = attempt()
        except Exception as problem:
            answers[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def stage(cast: Cast, clock: Any) -> tuple[Call, dict[str, Expert]]:
    """Call and pool, committed."""
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="secretary")
    with tenant_scope(cast.anso):
        call = helpers.call_of(cast)
        return call, helpers.pool_of(cast)


def test_two_staff_assign_the_same_expert(cast: Cast, stage: Any) -> None:
    """The proposal's lock: without it the second meets the unique constraint, an error page instead of a reason."""
    call, pool = stage
    for number in range(1, 5):
        with tenant_scope(cast.anso):
            proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED, number=number)

        def ask(by: User, proposal: Proposal = proposal) -> Assignment:
            return actions.assign(
                proposal=proposal, expert=pool["reviewer1"], kind="domain", by=by, due_at=helpers.due()
            )

        answers = at_once(cast.anso, lambda: ask(cast.secretary), lambda: ask(cast.charlie))
        assert sorted(type(answer).__name__ for answer in answers) == ["Assignment", "Refused"], answers
        (refusal,) = [answer for answer in answers if isinstance(answer, Refused)]
        assert [one.code for one in refusal.findings] == ["assigned"]
    with every_tenant():
        assert Assignment.objects.count() == 4
        assert set(Proposal.objects.values_list("state", flat=True)) == {ProposalState.REVIEWING}


def test_capacity_is_never_exceeded(cast: Cast, stage: Any) -> None:
    """The expert's lock: two proposals at once can't both take the last place."""
    call, pool = stage
    with tenant_scope(cast.anso):
        Expert.objects.filter(pk=pool["reviewer1"].pk).update(capacity=1)
        rows = [factories.make_proposal(cast, call, state=ProposalState.CHECKED, number=n) for n in range(1, 5)]
    answers = at_once(
        cast.anso,
        *(
            lambda row=row: actions.assign(  # type: ignore[misc]
                proposal=row, expert=pool["reviewer1"], kind="domain", by=cast.secretary, due_at=helpers.due()
            )
            for row in rows
        ),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Assignment", *["Refused"] * 3], answers


def test_director_approves_while_a_line_changes(cast: Cast, stage: Any) -> None:
    """The plan's lock and hash: either the change comes too late, or the approval does; never both."""
    call, pool = stage
    for number, pi in enumerate((cast.pi, cast.stranger, cast.sibling_office), start=1):
        with tenant_scope(cast.anso):
            proposal = helpers.reviewed(cast, call, pool, number=number, pi=pi)
            plan = helpers.plan_with(cast, call, [proposal])
        amount = proposal.requested_fen

        def tamper(plan: FundingPlan = plan) -> int:
            with transaction.atomic():
                return int(PlanLine.objects.filter(plan=plan).update(amount_fen=5))

        def approve(plan: FundingPlan = plan) -> FundingPlan:
            return actions.decide_plan(plan=plan, by=cast.director, approve=True)

        approved, _changed = at_once(cast.anso, approve, tamper)
        with every_tenant():
            state = FundingPlan.objects.get(pk=plan.pk).state
            if isinstance(approved, Refused):
                assert [one.code for one in approved.findings] == ["changed-plan"]
                assert state == PlanState.APPROVING
            else:
                assert state == PlanState.APPROVED, approved
                project = Proposal.objects.get(pk=proposal.pk).project
                assert project.approved_fen == amount


def test_put_line_while_handing_in(cast: Cast, stage: Any) -> None:
    """Locks of proposals, then of the plan: what is handed in is what was hashed."""
    call, pool = stage
    with tenant_scope(cast.anso):
        proposal = helpers.reviewed(cast, call, pool)
        plan = helpers.plan_with(cast, call, [proposal], hand_in=False)

    def put() -> Any:
        return actions.put_line(
            plan=plan, proposal=proposal, by=cast.charlie, decision="fund", amount_fen=110_000_000, note="Late."
        )

    answers = at_once(cast.anso, lambda: actions.hand_in_plan(plan=plan, by=cast.secretary), put)
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
    with tenant_scope(cast.anso):
        assert actions.decide_plan(plan=plan, by=cast.director, approve=True).state == PlanState.APPROVED


def test_one_pi_is_awarded_once_across_two_plans(cast: Cast, stage: Any) -> None:
    """The people's lock: without it each director's count misses the other's award (A19)."""
    call, pool = stage
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="director")
    Membership.objects.filter(user=cast.charlie, role="secretary").delete()
    with tenant_scope(cast.anso):
        plans = [
            helpers.plan_with(cast, call, [helpers.reviewed(cast, call, pool, number=number)]) for number in (1, 2)
        ]
    answers = at_once(
        cast.anso,
        lambda: actions.decide_plan(plan=plans[0], by=cast.director, approve=True),
        lambda: actions.decide_plan(plan=plans[1], by=cast.charlie, approve=True),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["FundingPlan", "Refused"], answers
    with every_tenant():
        assert Proposal.objects.filter(state=ProposalState.APPROVED).count() == 1


def test_two_plans_get_two_numbers(cast: Cast, stage: Any) -> None:
    """The call's lock: without it both take the same number and one fails."""
    call, _pool = stage
    answers = at_once(cast.anso, *(lambda: actions.start_plan(call=call, by=cast.secretary) for _attempt in range(5)))
    assert sorted(answer.number for answer in answers) == [1, 2, 3, 4, 5]


def test_double_submit_and_autosave(cast: Cast, stage: Any) -> None:
    """The assignment's lock: a late autosave never changes what was handed in."""
    call, pool = stage
    with tenant_scope(cast.anso):
        proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED)
        row = helpers.write(helpers.accepted(cast, proposal, pool["reviewer1"]))

    def submit() -> Any:
        return actions.submit_review(assignment=row, by=cast.reviewer1)

    def save() -> Any:
        return actions.save_review(
            assignment=row, by=cast.reviewer1, scores={}, comment="", recommendation="", revision=row.revision
        )

    answers = at_once(cast.anso, submit, submit, save)
    with every_tenant():
        final = Assignment.objects.get()
    if final.state == "submitted":
        assert final.comment == "Sound work."
        assert sum(isinstance(answer, Assignment) for answer in answers[:2]) == 1
    else:
        assert final.comment == ""
