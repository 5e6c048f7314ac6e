"""The product action × state × person for reviews and plans, each member of it tried."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from core.errors import NotVisible, Refused, WrongState
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.enums import AssignmentState as A
from reviews.enums import LineDecision, ReviewKind
from reviews.enums import PlanState as P
from reviews.models import Assignment, Expert, FundingPlan, PlanLine
from reviews.queries.plans import content_sha256
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers

PEOPLE = (
    "reviewer1", "reviewer2", "expert1", "secretary", "finance", "director", "host", "pi", "office", "charlie", "mo",
    "mo_director",
)  # fmt: skip


class Undo(Exception):
    """Ends a try."""


def outcome(attempt: Callable[[], Any]) -> str:
    """'done', 'hidden', 'not now' or 'refused'; nothing of it stays."""
    try:
        with transaction.atomic():
            attempt()
            raise Undo
    except Undo:
        return "done"
    except NotVisible:
        return "hidden"
    except WrongState:
        return "not now"
    except Refused:
        return "refused"


def _save(row: Assignment, by: User) -> Any:
    return actions.save_review(assignment=row, by=by, scores={}, comment="x", recommendation="", revision=row.revision)


ANSWERS: dict[str, tuple[Callable[[Assignment, User], Any], set[str], set[str]]] = {
    # action → (call, who, in which states)
    "accept": (lambda row, by: actions.accept(assignment=row, by=by, no_conflict=True), {"reviewer1"}, {A.INVITED}),
    "decline": (
        lambda row, by: actions.decline(assignment=row, by=by, reason="No time."),
        {"reviewer1"},
        {A.INVITED, A.ACCEPTED, A.IN_PROGRESS},
    ),
    "conflict": (
        lambda row, by: actions.declare_conflict(assignment=row, by=by, reason="Co-author."),
        {"reviewer1"},
        {A.PROPOSED, A.INVITED, A.ACCEPTED, A.IN_PROGRESS},
    ),
    "save": (_save, {"reviewer1"}, {A.ACCEPTED, A.IN_PROGRESS}),
    "submit": (
        lambda row, by: actions.submit_review(assignment=row, by=by),
        {"reviewer1"},
        {A.ACCEPTED, A.IN_PROGRESS},
    ),
    "release": (
        lambda row, by: actions.release(assignment=row, by=by),
        {"secretary"},
        {A.INVITED, A.ACCEPTED, A.IN_PROGRESS},
    ),
    "remind": (
        lambda row, by: actions.remind_now(assignment=row, by=by),
        {"secretary"},
        {A.INVITED, A.ACCEPTED, A.IN_PROGRESS},
    ),
    "reopen": (
        lambda row, by: actions.reopen(assignment=row, by=by, reason="More, please."),
        {"secretary"},
        {A.SUBMITTED},
    ),
}


@pytest.mark.parametrize("action", ANSWERS)
def test_review(action: str, cast: Cast, call: Any, pool: dict[str, Expert]) -> None:
    attempt, who, when = ANSWERS[action]
    for number, state in enumerate(A, start=1):
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, number=number)
        row = factories.make_assignment(proposal, pool["reviewer1"], cast.secretary, state=state)
        for key, value in helpers.full_scores(call).items():
            row.scores.create(tenant=cast.anso, criterion=key, points=value[0], comment=value[1])
        Assignment.objects.filter(pk=row.pk).update(comment="All in all.", recommendation="fund")
        for name in PEOPLE:
            got = outcome(lambda name=name, row=row: attempt(row, cast.people[name]))  # type: ignore[misc]
            if name not in who:
                expected = {"hidden"}
            elif state in when:
                expected = {"done"}
            else:
                expected = {"not now", "hidden"}
            assert got in expected, (action, state, name, got)


def test_finance_office_handles_finance_reviews_only(cast: Cast, checked: Proposal, pool: dict[str, Expert]) -> None:
    for kind, expert, may in ((ReviewKind.DOMAIN, "reviewer1", False), (ReviewKind.FINANCE, "expert1", True)):
        got = outcome(
            lambda kind=kind, expert=expert: actions.assign(  # type: ignore[misc]
                proposal=checked, expert=pool[expert], kind=kind, by=cast.finance, due_at=helpers.due()
            )
        )
        assert got == ("done" if may else "hidden")


@pytest.mark.parametrize("state", ProposalState)
def test_assign(state: str, cast: Cast, call: Any, pool: dict[str, Expert]) -> None:
    proposal = factories.make_proposal(cast, call, state=state)
    for name in PEOPLE:
        got = outcome(
            lambda name=name: actions.assign(  # type: ignore[misc]
                proposal=proposal,
                expert=pool["reviewer2"],
                kind=ReviewKind.DOMAIN,
                by=cast.people[name],
                due_at=helpers.due(),
            )
        )
        if name != "secretary" or state in (ProposalState.DRAFT, ProposalState.ENDORSING):
            assert got == "hidden", (state, name)
        else:
            assert got == ("done" if state in actions.REVIEWABLE else "not now"), state


PLANS: dict[str, tuple[Callable[[FundingPlan, Proposal, User], Any], str, set[str]]] = {
    "put": (
        lambda plan, proposal, by: actions.put_line(
            plan=plan, proposal=proposal, by=by, decision=LineDecision.FUND, amount_fen=110_000_000
        ),
        "secretary",
        {P.DRAFTING},
    ),
    "remove": (
        lambda plan, proposal, by: actions.remove_line(plan=plan, proposal=proposal, by=by),
        "secretary",
        {P.DRAFTING},
    ),
    "comment": (
        lambda plan, proposal, by: actions.comment_plan(plan=plan, by=by, comment="x"),
        "secretary",
        {P.DRAFTING},
    ),
    "hand in": (lambda plan, proposal, by: actions.hand_in_plan(plan=plan, by=by), "secretary", {P.DRAFTING}),
    "revise": (lambda plan, proposal, by: actions.revise_plan(plan=plan, by=by), "secretary", {P.RETURNED}),
    "approve": (
        lambda plan, proposal, by: actions.decide_plan(plan=plan, by=by, approve=True),
        "director",
        {P.APPROVING},
    ),
    "return": (
        lambda plan, proposal, by: actions.decide_plan(plan=plan, by=by, approve=False, comment="No."),
        "director",
        {P.APPROVING},
    ),
}


BELONGS = {P.DRAFTING: ProposalState.REVIEWING, P.RETURNED: ProposalState.REVIEWING, P.APPROVED: ProposalState.APPROVED}


@pytest.mark.parametrize("action", PLANS)
def test_plan(action: str, cast: Cast, call: Any, reviewed: Proposal) -> None:
    attempt, who, when = PLANS[action]
    for state in P:
        for name in PEOPLE:

            def attempted(state: str = state, name: str = name) -> None:
                attempt(_plan_in(cast, call, reviewed, state), reviewed, cast.people[name])

            expected = "hidden" if name != who else "done" if state in when else "not now"
            assert outcome(attempted) == expected, (action, state, name)


def _plan_in(cast: Cast, call: Any, proposal: Proposal, state: str) -> FundingPlan:
    Proposal.objects.filter(pk=proposal.pk).update(state=BELONGS.get(P(state), ProposalState.PLANNED))
    plan = FundingPlan.objects.create(tenant=cast.anso, call=call, number=1, state=state, prepared_by=cast.secretary)
    line = PlanLine.objects.create(
        tenant=cast.anso,
        plan=plan,
        proposal=proposal,
        version=proposal.versions.get(),
        amount_fen=proposal.requested_fen,
    )
    FundingPlan.objects.filter(pk=plan.pk).update(content_sha256=content_sha256(plan, [line]))
    return plan


def test_start_plan_and_pool(cast: Cast, call: Any) -> None:
    for name in PEOPLE:
        expected = "done" if name == "secretary" else "hidden"
        person = cast.people[name]
        assert outcome(lambda person=person: actions.start_plan(call=call, by=person)) == expected  # type: ignore[misc]
        got = outcome(
            lambda person=person: actions.add_expert(  # type: ignore[misc]
                tenant=cast.anso, by=person, email="n@x.example", name_en="N", country="FR", is_domain=True
            )
        )
        assert got == expected
