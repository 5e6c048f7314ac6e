"""The endorsement chain: who decides when, what is endorsed, when it is received, and what a return does (A10 A18 C17)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from accounts.models import Affiliation
from audit.models import Event
from core import clock as portal_clock
from core.errors import NotVisible, Refused, WrongState
from core.tasklist import tasks_for
from documents.rendering import RenderingFailed
from notifications.models import Notice, Reminder
from programs.extending import extend_deadline
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import Proposal, Recommender
from proposals.queries import visible_to
from proposals.queries.chain import chain_of
from proposals.queries.visibility import arms_for
from tests.cast import Cast
from tests.factories import CLOSES_AT
from tests.proposals.chains import (
    CONSORTIUM,
    RECOMMENDER,
    administrator,
    another_body,
    at_department,
    chained_call,
    handed_in,
    office_at,
    recommends,
)
from tests.proposals.helpers import complete_draft, let_write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_scope(anso: Any, clock: Any) -> None:
    """ANSO's scope, while the call is open."""


def again(proposal: Proposal) -> Proposal:
    return Proposal.objects.get(pk=proposal.pk)


def codes(refusal: Any) -> set[str]:
    return {finding.code for finding in refusal.value.findings}


# ---------------------------------------------------------------- the way
def test_three_institutions_endorse_the_very_same_dossier(cast: Cast) -> None:
    union = another_body("Consortium")
    secretariat = office_at("union", union)
    recommends(cast, cast.department)
    recommends(cast, union, unit="consortium")
    proposal = handed_in(cast, chained_call(cast, RECOMMENDER, CONSORTIUM))
    frozen = proposal.handed_in.get().sha256
    for who in (cast.office, cast.recommender):
        assert actions.endorse(proposal=proposal, by=who) is None
        assert again(proposal).state == S.ENDORSING
        assert again(proposal).received_at is None and again(proposal).application_number is None
    version = actions.endorse(proposal=proposal, by=secretariat)
    assert version is not None and version.sha256 == frozen
    row = again(proposal)
    assert (row.state, row.received_at, bool(row.application_number)) == (S.SUBMITTED, portal_clock.now(), True)
    assert [(one.step, one.sha256) for one in row.endorsements.all()] == [
        ("office", frozen),
        ("recommender", frozen),
        ("consortium", frozen),
    ]
    receipts = Notice.objects.filter(kind="receipt")
    assert {one.user for one in receipts} == {cast.pi, cast.office, cast.recommender, secretariat}
    assert [row.status for row in chain_of(again(proposal))] == ["done"] * 3
    events = Event.objects.filter(action="proposal.endorse_step").order_by("seq")
    assert [event.data["next"] for event in events] == ["recommender", "consortium"]


def test_each_step_is_decided_by_its_own_people_only(cast: Cast) -> None:
    recommends(cast, cast.department)
    proposal = handed_in(cast, chained_call(cast))
    for who in (cast.recommender, cast.sibling_office, cast.host, cast.secretary, cast.pi):
        with pytest.raises(NotVisible):
            actions.endorse(proposal=proposal, by=who)
    actions.endorse(proposal=proposal, by=cast.office)
    for who in (cast.sibling_office, cast.host, cast.secretary, cast.pi):
        with pytest.raises(NotVisible):
            actions.endorse(proposal=proposal, by=who)
        with pytest.raises(NotVisible):
            actions.return_to_pi(proposal=proposal, by=who, comment="c", field_comments={})
    with pytest.raises(WrongState):  # the second of two clicks
        actions.endorse(proposal=proposal, by=cast.office)
    assert actions.endorse(proposal=proposal, by=cast.recommender) is not None
    for who in (cast.recommender, cast.office):
        with pytest.raises(WrongState):
            actions.endorse(proposal=proposal, by=who)


def test_one_person_at_both_institutions_does_not_endorse_twice_by_a_double_click(cast: Cast) -> None:
    recommends(cast, cast.department)
    proposal = handed_in(cast, chained_call(cast))
    Affiliation.objects.create(user=cast.office, institution=cast.department, kind="office")
    actions.endorse(proposal=proposal, by=cast.office, step="office")
    with pytest.raises((WrongState, NotVisible)):
        actions.endorse(proposal=proposal, by=cast.office, step="office")
    assert again(proposal).endorsements.count() == 1


def test_what_is_endorsed_is_what_the_page_showed(cast: Cast) -> None:
    proposal = at_department(cast)
    with pytest.raises(Refused) as refusal:
        actions.endorse(proposal=proposal, by=cast.recommender, seen_sha256="0" * 64)
    assert codes(refusal) == {"other_hand_in"}
    assert actions.endorse(proposal=proposal, by=cast.recommender, seen_sha256=proposal.handed_in.get().sha256)


# ---------------------------------------------------------------- back
def test_a_return_from_a_further_step_begins_the_chain_anew(cast: Cast) -> None:
    proposal = at_department(cast)
    actions.return_to_pi(
        proposal=proposal, by=cast.recommender, comment="请补充。", field_comments={"abstract_zh": "太短"}
    )
    row = again(proposal)
    assert row.state == S.DRAFT
    assert not row.turns.filter(closed_at__isnull=True).exists()
    told = Notice.objects.filter(kind__in=["returned", "returned-later"])
    assert {(one.kind, one.user) for one in told} == {("returned", cast.pi), ("returned-later", cast.office)}
    assert cast.department.name_en in told.get(kind="returned").title_en
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    with pytest.raises(WrongState):  # it has seen it before; now the office has it
        actions.endorse(proposal=proposal, by=cast.recommender)
    actions.endorse(proposal=proposal, by=cast.office)
    assert actions.endorse(proposal=proposal, by=cast.recommender) is not None
    assert list(row.endorsements.values_list("round", "step", "decision")) == [
        (1, "office", "endorse"),
        (1, "recommender", "return"),
        (2, "office", "endorse"),
        (2, "recommender", "endorse"),
    ]


def test_a_return_needs_a_comment_at_any_step(cast: Cast) -> None:
    proposal = at_department(cast)
    with pytest.raises(Refused) as refusal:
        actions.return_to_pi(proposal=proposal, by=cast.recommender, comment=" ", field_comments={})
    assert codes(refusal) == {"comment_missing"}
    assert again(proposal).state == S.ENDORSING


def test_taking_it_back_tells_those_who_had_it(cast: Cast) -> None:
    proposal = at_department(cast)
    actions.take_back(proposal=proposal, by=cast.pi)
    assert {one.user for one in Notice.objects.filter(kind="taken-back")} == {cast.office, cast.recommender}
    assert not Reminder.objects.filter(cancelled_at=None, kind__startswith="endorsement").exists()
    with pytest.raises(WrongState):
        actions.endorse(proposal=proposal, by=cast.recommender)


def test_withdrawing_tells_those_who_had_it(cast: Cast) -> None:
    proposal = at_department(cast)
    actions.withdraw(proposal=proposal, by=cast.pi)
    assert {one.user for one in Notice.objects.filter(kind="withdrawn")} == {cast.office, cast.recommender}
    assert not again(proposal).turns.filter(closed_at=None).exists()


# ---------------------------------------------------------------- who endorses for whom
def test_without_a_record_nothing_is_handed_in(cast: Cast) -> None:
    call = chained_call(cast)
    with pytest.raises(Refused) as refusal:
        handed_in(cast, call)
    assert codes(refusal) == {"endorser_missing"}
    assert not Proposal.objects.filter(state=S.ENDORSING).exists()
    recommends(cast, cast.department, institution=cast.sibling)  # for another institution
    recommends(cast, cast.department, unit="consortium")  # as something else
    with pytest.raises(Refused) as refusal:
        handed_in(cast, call)
    assert codes(refusal) == {"endorser_missing"}


def test_of_several_the_applicant_chooses(cast: Cast) -> None:
    ministry = another_body("Ministry")
    recommends(cast, cast.department)
    recommends(cast, ministry)
    call = chained_call(cast)
    for chosen in ({}, {"recommender": cast.sibling.pk}, {"other": ministry.pk}):
        with pytest.raises(Refused) as refusal:
            handed_in(cast, call, endorsers=chosen)
        assert codes(refusal) == {"endorser_not_chosen"}
    proposal = handed_in(cast, call, endorsers={"recommender": ministry.pk})
    actions.endorse(proposal=proposal, by=cast.office)
    with pytest.raises(NotVisible):
        actions.endorse(proposal=proposal, by=cast.recommender)
    assert actions.endorse(proposal=proposal, by=office_at("minister", ministry)) is not None


def test_only_the_administrator_keeps_the_record(cast: Cast) -> None:
    facts = {"tenant": cast.anso, "unit": "recommender", "institution": cast.lead, "endorser": cast.department}
    for who in (cast.secretary, cast.director, cast.office, cast.recommender, cast.mo):
        with pytest.raises(NotVisible):
            actions.record_recommender(by=who, **facts)
    row = actions.record_recommender(by=administrator(cast), **facts)
    assert actions.record_recommender(by=administrator(cast), **facts) == row
    with pytest.raises(NotVisible):
        actions.remove_recommender(recommender=row, by=cast.secretary)
    proposal = handed_in(cast, chained_call(cast))
    actions.remove_recommender(recommender=row, by=administrator(cast))
    actions.remove_recommender(recommender=row, by=administrator(cast))
    assert not Recommender.objects.exists()
    assert Event.objects.filter(action__startswith="recommender.").count() == 2
    actions.endorse(proposal=proposal, by=cast.office)  # what is on its way keeps it
    assert actions.endorse(proposal=proposal, by=cast.recommender) is not None


# ---------------------------------------------------------------- who sees it
def sees(user: Any, proposal: Proposal) -> bool:
    plain = visible_to(user).filter(pk=proposal.pk).exists()
    assert plain == any(rows.filter(pk=proposal.pk).exists() for rows in arms_for(user))
    return plain


def test_a_further_institution_sees_what_has_reached_it(cast: Cast) -> None:
    recommends(cast, cast.department)
    recommends(cast, cast.department, institution=cast.sibling)
    call = chained_call(cast)
    proposal, draft = handed_in(cast, call), complete_draft(cast, call)
    assert not sees(cast.recommender, proposal)
    actions.endorse(proposal=proposal, by=cast.office)
    assert sees(cast.recommender, proposal)
    assert not sees(cast.recommender, draft)
    assert not sees(cast.secretary, proposal)
    actions.return_to_pi(proposal=proposal, by=cast.recommender, comment="c", field_comments={})
    assert sees(cast.recommender, proposal)


def test_who_had_an_earlier_round_only_is_not_shown_what_went_through_another(
    cast: Cast, as_: Callable[..., Client]
) -> None:
    ministry = another_body("Ministry")
    recommends(cast, cast.department)
    recommends(cast, ministry)
    proposal = handed_in(cast, chained_call(cast), endorsers={"recommender": ministry.pk})
    cast.people["minister"] = office_at("minister", ministry)
    actions.endorse(proposal=proposal, by=cast.office)
    actions.take_back(proposal=proposal, by=cast.pi)
    Proposal.objects.filter(pk=proposal.pk).update(draft=again(proposal).draft | {"abstract_en": "Our secret plan"})
    actions.request_endorsement(proposal=again(proposal), by=cast.pi, endorsers={"recommender": cast.department.pk})
    actions.endorse(proposal=proposal, by=cast.office)
    assert actions.endorse(proposal=proposal, by=cast.recommender) is not None
    page = f"/anso/proposals/{proposal.pk}/"
    for who, is_shown in (("minister", False), ("recommender", True), ("secretary", True), ("office", True)):
        browser = as_(who)
        assert ("Our secret plan" in browser.get(page).text) is is_shown
        assert is_shown or "Our secret plan" not in browser.get(f"{page}compare/").text
        with patch("proposals.views.reading.issue_version_pdf", side_effect=RenderingFailed("late")):
            assert browser.get(f"{page}versions/1.pdf").status_code == (503 if is_shown else 404)


def test_endorsers_of_partners_and_competitors_see_nothing(cast: Cast) -> None:
    """The department recommends for the partner university and for another applicant, not for this one."""
    ministry = another_body("Ministry")
    recommends(cast, ministry)
    recommends(cast, cast.department, institution=cast.university)
    recommends(cast, cast.department, institution=cast.sibling)
    proposal = handed_in(cast, chained_call(cast))
    actions.endorse(proposal=proposal, by=cast.office)
    assert not sees(cast.recommender, proposal)
    with pytest.raises(NotVisible):
        actions.endorse(proposal=proposal, by=cast.recommender)


@pytest.mark.parametrize("tie", ["co-writer", "lead", "partner", "pi"])
def test_whoever_is_tied_to_it_does_not_recommend_it(cast: Cast, tie: str) -> None:
    proposal = at_department(cast)
    tied = office_at("tied", cast.department)
    if tie == "co-writer":
        let_write(proposal, tied)
    elif tie == "pi":
        Affiliation.objects.create(user=cast.pi, institution=cast.department, kind="office")
        tied = cast.pi
    else:
        place = cast.lead if tie == "lead" else cast.nepal
        Affiliation.objects.create(user=tied, institution=place, kind="staff")
    with pytest.raises(NotVisible):
        actions.endorse(proposal=proposal, by=tied)
    if tie in ("lead", "partner"):
        assert not sees(tied, proposal)
    assert not [item for item in tasks_for(tied, [cast.anso]) if item.kind == "endorse"]
    assert [item.kind for item in tasks_for(cast.recommender, [cast.anso])] == ["endorse"]


# ---------------------------------------------------------------- times
EARLY = '\n[[cut_offs]]\nstep = "office"\narticle = "A10"\ndays_before = 5\n'


def test_each_step_has_its_own_cut_off(cast: Cast, clock: Any) -> None:
    recommends(cast, cast.department)
    proposal = handed_in(cast, chained_call(cast, own=EARLY))
    ends = CLOSES_AT - timedelta(days=5)
    with pytest.raises(Refused) as refusal:
        actions.endorse(proposal=proposal, by=cast.office, received_at=ends)
    assert codes(refusal) == {"step_too_late"}
    actions.endorse(proposal=proposal, by=cast.office, received_at=ends - timedelta(microseconds=1))
    with pytest.raises(Refused):
        actions.endorse(proposal=proposal, by=cast.recommender, received_at=CLOSES_AT)
    last = CLOSES_AT - timedelta(microseconds=1)
    actions.endorse(proposal=proposal, by=cast.recommender, received_at=last)
    assert again(proposal).received_at == last


def test_a_longer_deadline_moves_the_cut_offs(cast: Cast, clock: Any) -> None:
    recommends(cast, cast.department)
    call = chained_call(cast, own=EARLY.replace("days_before = 5", 'closes = "2021-07-25 24:00"'))
    proposal = handed_in(cast, call)
    extend_deadline(
        call=call,
        by=cast.secretary,
        closes_at=CLOSES_AT + timedelta(days=10),
        scope="all",
        reason_zh="疫情",
        reason_en="r",
    )
    ends = CLOSES_AT + timedelta(days=5)
    with pytest.raises(Refused):
        actions.endorse(proposal=proposal, by=cast.office, received_at=ends)
    actions.endorse(proposal=proposal, by=cast.office, received_at=ends - timedelta(microseconds=1))


def test_received_with_the_step_that_the_policy_says(cast: Cast, clock: Any) -> None:
    recommends(cast, cast.department)
    further = RECOMMENDER + 'cut_off = { article = "A10", days_before = -7 }\n'
    counting = chained_call(cast, further, office="counts_as_received = true\n")
    proposal = handed_in(cast, counting)
    in_time = CLOSES_AT - timedelta(microseconds=1)
    actions.endorse(proposal=proposal, by=cast.office, received_at=in_time)
    assert again(proposal).received_at is None
    with pytest.raises(Refused):
        actions.endorse(proposal=proposal, by=cast.recommender, received_at=CLOSES_AT + timedelta(days=7))
    version = actions.endorse(proposal=proposal, by=cast.recommender, received_at=CLOSES_AT + timedelta(days=6))
    assert version is not None
    assert version.received_at == again(proposal).received_at == in_time


def test_a_correction_after_the_check_is_not_late_at_any_step(cast: Cast, clock: Any) -> None:
    recommends(cast, cast.department)
    proposal = handed_in(cast, chained_call(cast, own=EARLY))
    for who in (cast.office, cast.recommender):
        actions.endorse(proposal=proposal, by=who)
    actions.decide_check(proposal=proposal, by=cast.secretary, decision="return", points={}, reason="补充")
    late = CLOSES_AT + timedelta(days=3)
    with portal_clock.at(late):
        actions.request_endorsement(proposal=proposal, by=cast.pi)
        actions.endorse(proposal=proposal, by=cast.office)
        version = actions.endorse(proposal=proposal, by=cast.recommender)
    assert version is not None and version.number == 2


# ---------------------------------------------------------------- told and reminded
def test_the_step_that_waits_is_told_reminded_and_has_the_task(cast: Cast) -> None:
    proposal = at_department(cast)
    pending = Reminder.objects.filter(cancelled_at=None, kind__startswith="endorsement-waiting")
    assert {one.user for one in pending} == {cast.recommender}
    told = Notice.objects.filter(kind="endorsement-waiting")
    assert {one.user for one in told} == {cast.office, cast.recommender}
    assert [item.kind for item in tasks_for(cast.recommender, [cast.anso])] == ["endorse"]
    assert not tasks_for(cast.office, [cast.anso])
    actions.endorse(proposal=proposal, by=cast.recommender)
    assert not tasks_for(cast.recommender, [cast.anso])
    assert not Reminder.objects.filter(cancelled_at=None, kind__startswith="endorsement-waiting").exists()


def test_a_task_ends_with_the_steps_own_time(cast: Cast) -> None:
    recommends(cast, cast.department)
    handed_in(cast, chained_call(cast, own=EARLY))
    with portal_clock.at(CLOSES_AT - timedelta(days=5, seconds=1)):
        (task,) = tasks_for(cast.office, [cast.anso])
        assert task.due_at == CLOSES_AT - timedelta(days=5)
    with portal_clock.at(CLOSES_AT - timedelta(days=5)):
        assert not tasks_for(cast.office, [cast.anso])
