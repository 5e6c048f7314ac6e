"""Funding plans: quorum (A21), concurrent limits (A19), content bound by hash (A23), who may decide."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership
from audit.queries import history_of
from core.errors import Refused
from programs.findings import Stage
from projects.enums import RUNNING_STATES, ProjectState
from proposals.actions import withdraw
from proposals.enums import ProposalState
from proposals.models import Proposal, TeamMember
from reviews import actions
from reviews.enums import LineDecision, PlanState, ReviewKind
from reviews.models import Assignment, Expert, FundingPlan, PlanLine
from reviews.queries.plans import AWARDED, changes_since_return, content_sha256, rows_of_plan
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers


def refused(attempt: Any) -> list[str]:
    """The codes of the findings."""
    with pytest.raises(Refused) as refusal:
        attempt()
    assert all(one.message_zh and one.message_en for one in refusal.value.findings)
    return sorted(one.code for one in refusal.value.findings)


def test_awarded_states_are_the_projects_own() -> None:
    on_the_way = {ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW, ProjectState.SIGNING}
    assert set(AWARDED) == {*RUNNING_STATES, *on_the_way}


@pytest.mark.parametrize(("domain", "finance"), [(3, 2), (2, 2), (3, 1), (0, 0)])
@pytest.mark.parametrize("decision", LineDecision)
def test_quorum(
    domain: int, finance: int, decision: str, cast: Cast, call: Any, checked: Proposal, pool: dict[str, Expert]
) -> None:
    for n in range(1, domain + 1):
        helpers.submitted(cast, checked, pool[f"reviewer{n}"])
    for n in range(1, finance + 1):
        helpers.submitted(cast, checked, pool[f"expert{n}"], ReviewKind.FINANCE)
    Proposal.objects.filter(pk=checked.pk).update(state=ProposalState.REVIEWING)
    plan = actions.start_plan(call=call, by=cast.secretary)
    actions.put_line(
        plan=plan, proposal=checked, by=cast.secretary, decision=decision, amount_fen=checked.requested_fen
    )
    if (domain, finance) == (3, 2):
        assert actions.hand_in_plan(plan=plan, by=cast.secretary).state == PlanState.APPROVING
        return
    missing = (domain < 3) + (finance < 2)
    assert refused(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary)) == ["review_quorum"] * missing
    assert FundingPlan.objects.get().state == PlanState.DRAFTING
    assert Proposal.objects.get(pk=checked.pk).state == ProposalState.REVIEWING


def test_all_unmet_conditions_at_once(cast: Cast, call: Any, pool: dict[str, Expert]) -> None:
    plan = actions.start_plan(call=call, by=cast.secretary)
    assert refused(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary)) == ["empty-plan"]
    for number in (1, 2):
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, number=number)
        actions.put_line(plan=plan, proposal=proposal, by=cast.secretary, decision="fund", amount_fen=100)
    # Two lines × (3 + 2 reviews, least amount, the same PI twice).
    assert refused(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary)) == sorted(
        2 * ["amount", "concurrent_limit", "review_quorum", "review_quorum"]
    )


def test_amounts(cast: Cast, call: Any, reviewed: Proposal) -> None:
    plan = actions.start_plan(call=call, by=cast.secretary)

    def put(amount: int, decision: str = "fund") -> PlanLine:
        return actions.put_line(plan=plan, proposal=reviewed, by=cast.secretary, decision=decision, amount_fen=amount)

    assert refused(lambda: put(-1)) == ["amount"]
    assert refused(lambda: put(reviewed.requested_fen + 1)) == ["above-request"]
    assert refused(lambda: put(1, "perhaps")) == ["decision"]
    assert put(reviewed.requested_fen).amount_fen == reviewed.requested_fen
    assert put(5, "decline").amount_fen == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanLine.objects.update(amount_fen=-1)


def test_in_one_open_plan_only(cast: Cast, call: Any, reviewed: Proposal) -> None:
    helpers.plan_with(cast, call, [reviewed], hand_in=False)
    second = actions.start_plan(call=call, by=cast.secretary)
    assert second.number == 2
    put = lambda: actions.put_line(plan=second, proposal=reviewed, by=cast.secretary, decision="fund", amount_fen=1)  # noqa: E731
    assert refused(put) == ["other-plan"]


def test_limit_counts_awards_without_a_book(cast: Cast, call: Any, reviewed: Proposal) -> None:
    other = factories.make_proposal(cast, call, state=ProposalState.APPROVED, number=55)
    project = factories.make_project(other, state=ProjectState.BOOK_DRAFTING)
    plan = helpers.plan_with(cast, call, [reviewed], hand_in=False)
    assert (
        refused(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary))
        == ["concurrent_limit", "pi_not_leading"][:1]
    )
    type(project).objects.filter(pk=project.pk).update(state=ProjectState.PASSED)
    assert actions.hand_in_plan(plan=plan, by=cast.secretary).state == PlanState.APPROVING


def test_limit_is_counted_again_at_award(cast: Cast, call: Any, handed_in: FundingPlan) -> None:
    other = factories.make_proposal(cast, call, state=ProposalState.APPROVED, number=55)
    factories.make_project(other, state=ProjectState.ACTIVE)
    codes = refused(lambda: actions.decide_plan(plan=handed_in, by=cast.director, approve=True))
    assert "concurrent_limit" in codes
    assert FundingPlan.objects.get().state == PlanState.APPROVING


def test_main_participants_of_the_plan_itself_count(cast: Cast, call: Any, pool: dict[str, Expert]) -> None:
    from programs.dossier import Participant

    person = cast.charlie
    rows = []
    for number, pi in enumerate((cast.stranger, cast.sibling_office, cast.mo, cast.mo_director), start=1):
        dossier = factories.good_draft(cast)
        one = Participant(key="pc", name="Charlie", user_id=person.pk, is_main=True)
        dossier = dossier.model_copy(update={"participants": (*dossier.participants, one)})
        proposal = factories.make_proposal(
            cast, call, state=ProposalState.REVIEWING, number=number, dossier=dossier, pi=pi
        )
        TeamMember.objects.get_or_create(tenant=cast.anso, proposal=proposal, user=person, defaults={"is_main": True})
        rows.append(proposal)
    plan = helpers.plan_with(cast, call, rows, hand_in=False)
    flagged = [one for row in rows_of_plan(plan) for one in row.findings if one.code == "concurrent_limit"]
    assert len(flagged) == 4 and all("participants.pc" in one.field for one in flagged)
    actions.remove_line(plan=plan, proposal=rows[0], by=cast.secretary)
    assert not [one for row in rows_of_plan(plan) for one in row.findings if one.code == "concurrent_limit"]


def test_preparer_never_decides(cast: Cast, call: Any, reviewed: Proposal) -> None:
    Membership.objects.create(user=cast.director, tenant=cast.anso, role="secretary")
    plan = helpers.plan_with(cast, call, [reviewed], hand_in=False)
    actions.put_line(
        plan=plan, proposal=reviewed, by=cast.director, decision="fund", amount_fen=reviewed.requested_fen - 1
    )
    plan = actions.hand_in_plan(plan=plan, by=cast.secretary)
    for approve in (True, False):
        attempt = lambda approve=approve: actions.decide_plan(plan=plan, by=cast.director, approve=approve, comment="x")  # noqa: E731
        assert refused(attempt) == ["own-plan"]
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingPlan.objects.filter(pk=plan.pk).update(decided_by=cast.secretary, decided_at=plan.prepared_at)


@pytest.mark.parametrize(
    "change", [{"amount_fen": 5}, {"decision": "decline"}, {"note": "Changed."}], ids=lambda change: next(iter(change))
)
def test_changed_line_voids_the_plan(change: dict[str, Any], cast: Cast, handed_in: FundingPlan) -> None:
    PlanLine.objects.filter(plan=handed_in).update(**change)
    attempt = lambda: actions.decide_plan(plan=handed_in, by=cast.director, approve=True)  # noqa: E731
    assert refused(attempt) == ["changed-plan"]


def test_added_line_voids_the_plan(cast: Cast, call: Any, handed_in: FundingPlan) -> None:
    other = factories.make_proposal(cast, call, state=ProposalState.PLANNED, number=66)
    PlanLine.objects.create(
        tenant=cast.anso, plan=handed_in, proposal=other, version=other.versions.get(), amount_fen=1
    )
    attempt = lambda: actions.decide_plan(plan=handed_in, by=cast.director, approve=True)  # noqa: E731
    assert refused(attempt) == ["changed-plan"]


def test_what_the_director_saw_is_what_is_approved(cast: Cast, handed_in: FundingPlan) -> None:
    attempt = lambda: actions.decide_plan(plan=handed_in, by=cast.director, approve=True, seen_sha256="0" * 64)  # noqa: E731
    assert refused(attempt) == ["changed-plan"]
    plan = actions.decide_plan(plan=handed_in, by=cast.director, approve=True, seen_sha256=handed_in.content_sha256)
    assert plan.state == PlanState.APPROVED


def test_the_hash_covers_everything(cast: Cast, handed_in: FundingPlan) -> None:
    (line,) = PlanLine.objects.filter(plan=handed_in).select_related("version")
    before = content_sha256(handed_in, [line])
    for name, value in {"amount_fen": 1, "decision": "decline", "note": "n", "proposal_id": 0}.items():
        kept = getattr(line, name)
        setattr(line, name, value)
        assert content_sha256(handed_in, [line]) != before
        setattr(line, name, kept)
    handed_in.comment = "Other words."
    assert content_sha256(handed_in, [line]) != before


def test_return_and_again(cast: Cast, handed_in: FundingPlan, reviewed: Proposal) -> None:
    assert refused(lambda: actions.decide_plan(plan=handed_in, by=cast.director, approve=False)) == ["comment"]
    plan = actions.decide_plan(plan=handed_in, by=cast.director, approve=False, comment="Less.")
    assert Proposal.objects.get(pk=reviewed.pk).state == ProposalState.REVIEWING
    assert changes_since_return(history_of(plan)) == []
    plan = actions.revise_plan(plan=plan, by=cast.secretary)
    assert plan.decided_by is None and plan.decided_at is None
    less = reviewed.requested_fen - 100
    actions.put_line(plan=plan, proposal=reviewed, by=cast.secretary, decision="fund", amount_fen=less)
    (change,) = changes_since_return(history_of(plan))
    assert (change.before, change.after) == (("fund", reviewed.requested_fen, ""), ("fund", less, ""))
    plan = actions.hand_in_plan(plan=plan, by=cast.secretary)
    assert actions.decide_plan(plan=plan, by=cast.director, approve=True).state == PlanState.APPROVED


def test_reopened_review_stops_the_plan(cast: Cast, call: Any, reviewed: Proposal) -> None:
    plan = helpers.plan_with(cast, call, [reviewed], hand_in=False)
    row = Assignment.objects.get(proposal=reviewed, expert__user=cast.reviewer1)
    actions.reopen(assignment=row, by=cast.secretary, reason="Please say more.")
    assert refused(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary)) == ["review_quorum"]


def test_findings_name_their_article(cast: Cast, call: Any) -> None:
    proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING)
    plan = helpers.plan_with(cast, call, [proposal], hand_in=False)
    for stage in (Stage.PLAN, Stage.AWARD):
        (row,) = rows_of_plan(plan, stage=stage)
        assert {one.article for one in row.findings if one.code == "review_quorum"} == {"A21"}


def test_a_withdrawal_does_not_lock_a_plan_up(cast: Cast, call: Any, reviewed: Proposal, pool: Any) -> None:
    """The applicant may withdraw until it is decided; the plan can then be returned, mended and approved."""
    other = helpers.reviewed(cast, call, pool, number=8)
    other.pi = cast.charlie  # one project each (A19)
    other.save(update_fields=["pi"])
    plan = helpers.plan_with(cast, call, [reviewed, other])
    withdraw(proposal=Proposal.objects.get(pk=reviewed.pk), by=cast.pi)
    with pytest.raises(Refused, match="withdrawn by its applicant"):
        actions.decide_plan(plan=plan, by=cast.director, approve=True)
    plan = actions.decide_plan(plan=plan, by=cast.director, approve=False, comment="One was withdrawn.")
    assert Proposal.objects.get(pk=reviewed.pk).state == ProposalState.WITHDRAWN
    assert Proposal.objects.get(pk=other.pk).state == ProposalState.REVIEWING
    plan = actions.revise_plan(plan=plan, by=cast.secretary)
    with pytest.raises(Refused, match="withdrawn by its applicant"):
        actions.hand_in_plan(plan=plan, by=cast.secretary)
    actions.remove_line(plan=plan, proposal=reviewed, by=cast.secretary)
    plan = actions.hand_in_plan(plan=plan, by=cast.secretary)
    actions.decide_plan(plan=plan, by=cast.director, approve=True)
    assert Proposal.objects.get(pk=other.pk).state == ProposalState.APPROVED
