"""Two people at once, on PostgreSQL. Each race is run with its lock, and without it to show what the lock is for."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.db.models import Model

from accounts.models import Membership, User
from core import clock as portal_clock
from core.errors import Refused, WrongState
from core.tenancy import tenant_scope
from programs.models import Call
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.enums import PlanState
from reviews.models import Assignment, Expert, FundingPlan, Panel
from tests import factories
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.races import at_once, unlocked
from tests.reviews import helpers
from tests.reviews.panels import meeting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stage(cast: Cast, clock: Any) -> tuple[Call, dict[str, Expert]]:
    """Call and pool, committed; a second secretary."""
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="secretary")
    with tenant_scope(cast.anso):
        call = helpers.call_of(cast)
        return call, helpers.pool_of(cast)


@pytest.fixture(params=["with its lock", "without"])
def is_locked(request: pytest.FixtureRequest) -> bool:
    """Whether the race is run with its lock."""
    return bool(request.param == "with its lock")


def locks(is_locked: bool, *models: type[Model], among: int = 2) -> AbstractContextManager[None]:
    return nullcontext() if is_locked else unlocked(*models, among=among)


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_two_staff_assign_the_same_expert(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The proposal's lock: without it the second meets the unique constraint, an error page instead of a reason."""
    call, pool = stage
    with tenant_scope(cast.anso):
        proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED)

    def ask(by: User) -> Assignment:
        return actions.assign(proposal=proposal, expert=pool["reviewer1"], kind="domain", by=by, due_at=helpers.due())

    with locks(is_locked, Proposal, Expert):
        answers = at_once(cast.anso, lambda: ask(cast.secretary), lambda: ask(cast.charlie))
    if not is_locked:
        assert kinds(answers) == ["Assignment", "IntegrityError"]
        return
    assert kinds(answers) == ["Assignment", "Refused"], answers
    (refusal,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert [one.code for one in refusal.findings] == ["assigned"]
    with every_tenant():
        assert Proposal.objects.get().state == ProposalState.REVIEWING


def test_two_staff_record_the_same_panel(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The proposal's lock: without it the second meets the unique constraint, an error page instead of a reason."""
    call, pool = stage
    with tenant_scope(cast.anso):
        received_at = portal_clock.now()
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, received_at=received_at)

    def put(by: User) -> Panel:
        return actions.record_panel(proposal=proposal, by=by, meeting=meeting(pool["reviewer4"], cast.secretary))

    with locks(is_locked, Proposal):
        answers = at_once(cast.anso, lambda: put(cast.secretary), lambda: put(cast.charlie))
    if not is_locked:
        assert kinds(answers) == ["IntegrityError", "Panel"]
        return
    assert kinds(answers) == ["Panel", "Refused"], answers
    (refusal,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert [one.code for one in refusal.findings] == ["panel-changed", "panel-reason"]


def test_capacity_is_never_exceeded(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The expert's lock: two proposals at once can't both take the last place."""
    call, pool = stage
    with tenant_scope(cast.anso):
        Expert.objects.filter(pk=pool["reviewer1"].pk).update(capacity=1)
        rows = [factories.make_proposal(cast, call, state=ProposalState.CHECKED, number=n) for n in range(1, 5)]

    def ask(row: Proposal) -> Callable[[], Assignment]:
        return lambda: actions.assign(
            proposal=row, expert=pool["reviewer1"], kind="domain", by=cast.secretary, due_at=helpers.due()
        )

    with locks(is_locked, Expert, among=4):
        answers = at_once(cast.anso, *map(ask, rows))
    taken = sum(isinstance(answer, Assignment) for answer in answers)
    assert taken == 1 if is_locked else taken > 1, answers
    assert not is_locked or kinds(answers) == ["Assignment", *["Refused"] * 3], answers


def test_two_directors_decide_one_plan(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The locks of plan and proposals: one decides, the other is told; never an approval and a return of one plan."""
    call, pool = stage
    Membership.objects.filter(user=cast.charlie).delete()
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="director")
    with tenant_scope(cast.anso):
        proposal = helpers.reviewed(cast, call, pool)
        plan = helpers.plan_with(cast, call, [proposal])

    def decide(by: User, approve: bool) -> Callable[[], FundingPlan]:
        return lambda: actions.decide_plan(plan=plan, by=by, approve=approve, comment="Not this year.")

    with locks(is_locked, FundingPlan, Proposal, User):
        answers = at_once(cast.anso, decide(cast.director, True), decide(cast.charlie, False))
    if not is_locked:
        assert "WrongState" not in kinds(answers), "the second is told in words only because it waited"
        return
    assert kinds(answers) == ["FundingPlan", "WrongState"], answers
    with every_tenant():
        is_approved = FundingPlan.objects.get().state == PlanState.APPROVED
        assert (Proposal.objects.get(pk=proposal.pk).state == ProposalState.APPROVED) == is_approved


def test_put_line_while_handing_in(cast: Cast, stage: Any, is_locked: bool) -> None:
    """Locks of proposals, then of the plan: what is handed in is what was hashed and what the director approves."""
    call, pool = stage
    with tenant_scope(cast.anso):
        proposal = helpers.reviewed(cast, call, pool)
        plan = helpers.plan_with(cast, call, [proposal], hand_in=False)

    def put() -> Any:
        return actions.put_line(
            plan=plan, proposal=proposal, by=cast.charlie, decision="fund", amount_fen=110_000_000, note="Late."
        )

    with locks(is_locked, FundingPlan, Proposal):
        answers = at_once(cast.anso, lambda: actions.hand_in_plan(plan=plan, by=cast.secretary), put)
    if not is_locked:
        assert kinds(answers) == ["FundingPlan", "PlanLine"]
    assert all(isinstance(one, WrongState) for one in answers if isinstance(one, Exception)), answers
    with tenant_scope(cast.anso):
        approve = lambda: actions.decide_plan(plan=plan, by=cast.director, approve=True)  # noqa: E731
        if is_locked:
            assert approve().state == PlanState.APPROVED
        else:
            with pytest.raises(Refused, match="The plan differs from what was handed in"):
                approve()


def test_one_pi_is_awarded_once_across_two_plans(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The people's lock: without it each director's count misses the other's award (A19)."""
    call, pool = stage
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="director")
    Membership.objects.filter(user=cast.charlie, role="secretary").delete()
    with tenant_scope(cast.anso):
        plans = [
            helpers.plan_with(cast, call, [helpers.reviewed(cast, call, pool, number=number)]) for number in (1, 2)
        ]
    with locks(is_locked, User):
        answers = at_once(
            cast.anso,
            lambda: actions.decide_plan(plan=plans[0], by=cast.director, approve=True),
            lambda: actions.decide_plan(plan=plans[1], by=cast.charlie, approve=True),
        )
    assert kinds(answers) == ["FundingPlan", "Refused" if is_locked else "FundingPlan"], answers
    with every_tenant():
        assert Proposal.objects.filter(state=ProposalState.APPROVED).count() == (1 if is_locked else 2)


def test_two_plans_get_two_numbers(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The call's lock: without it both take the same number and one fails."""
    call, _pool = stage
    with locks(is_locked, Call, among=5):
        answers = at_once(cast.anso, *[lambda: actions.start_plan(call=call, by=cast.secretary)] * 5)
    if is_locked:
        assert sorted(answer.number for answer in answers) == [1, 2, 3, 4, 5]
    else:
        assert "IntegrityError" in kinds(answers)


def test_submit_and_autosave(cast: Cast, stage: Any, is_locked: bool) -> None:
    """The assignment's lock: a late autosave never changes what was handed in."""
    call, pool = stage
    with tenant_scope(cast.anso):
        proposal = factories.make_proposal(cast, call, state=ProposalState.CHECKED)
        row = helpers.write(helpers.accepted(cast, proposal, pool["reviewer1"]))

    def save() -> Any:
        return actions.save_review(
            assignment=row, by=cast.reviewer1, scores={}, comment="", recommendation="", revision=row.revision
        )

    with locks(is_locked, Assignment):
        answers = at_once(cast.anso, lambda: actions.submit_review(assignment=row, by=cast.reviewer1), save)
    with every_tenant():
        final = Assignment.objects.get()
    if not is_locked:
        assert not {"Refused", "WrongState"} & {*kinds(answers)}, "the second is told in words only because it waited"
        return
    assert kinds(answers)[0] == "Assignment" and kinds(answers)[1] in ("Refused", "WrongState"), answers
    assert (final.state, final.comment) in (("submitted", "Sound work."), ("in_progress", ""))
