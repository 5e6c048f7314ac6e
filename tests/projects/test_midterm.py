"""Mid-term evaluation: who is due, lots that can be drawn again, the answer, and what follows (A27 A28)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Role
from accounts.models import Membership
from audit.queries import broken_links
from core import clock as portal_clock
from core.errors import NotVisible, Refused, WrongState
from documents.queries import bytes_of, current_revision
from notifications.models import Effect, Notice, Reminder
from programs.policy.sections import MidTerm as Rules
from projects.midterm import actions, lots, queries, wanted
from projects.models import MidTermConclusion, MidTermDraw, Project
from projects.queries import history
from projects.receivers import on_midterm_notice
from tests.cast import Cast
from tests.projects.midterm import HALFWAY, IN_AUTUMN, approved, drawn, filed, inspected, paper, proposed, running

OVER_FIVE_MILLION = 500_000_001


@pytest.fixture
def project(cast: Cast, call: Any, clock: Any) -> Project:
    clock.set(HALFWAY)
    return running(cast, call)


def codes(refusal: Any) -> set[str]:
    return {one.code for one in refusal.value.findings}


# ---------------------------------------------------------------- who is due
@pytest.mark.parametrize(
    ("start", "end", "is_due"),
    [
        (date(2022, 1, 1), date(2023, 12, 31), False),  # two years to the day
        (date(2022, 1, 1), date(2024, 1, 1), True),
        (date(2022, 1, 1), date(2024, 12, 31), True),
    ],
)
def test_terms_longer_than_two_years_are_evaluated(start: date, end: date, is_due: bool) -> None:
    rules = Rules(article="A27", above_months=24, is_sampled=True, answer_months=2)
    assert queries.is_long_enough(start, end, rules) is is_due


@pytest.mark.parametrize(("fen", "form"), [(500_000_000, "answer"), (OVER_FIVE_MILLION, "inspection")])
def test_above_five_million_the_secretariat_inspects(
    cast: Cast, call: Any, project: Project, fen: int, form: str
) -> None:
    Project.objects.update(approved_fen=fen)
    assert [len(queries.due_of(call, one)) for one in ("answer", "inspection")] == [form == "answer", form != "answer"]


def test_only_running_projects_without_an_evaluation_are_due(
    cast: Cast, call: Any, project: Project, clock: Any
) -> None:
    closed = running(cast, call, 2)
    Project.objects.filter(pk=closed.pk).update(state="passed")
    assert queries.due_of(call, "answer") == [project]
    drawn(cast, call)
    assert queries.due_of(call, "answer") == []
    clock.set(HALFWAY + timedelta(days=900))
    assert queries.samples(cast.secretary) == []


# ---------------------------------------------------------------- the draw
@given(numbers=st.sets(st.text(min_size=1, max_size=8), max_size=12), seed=st.text(max_size=12))
def test_the_same_seed_draws_the_same_whatever_the_order(numbers: set[str], seed: str) -> None:
    order = lots.in_order(seed, sorted(numbers))
    assert order == lots.in_order(seed, sorted(numbers, reverse=True))
    assert {number for number, _lot in order} == numbers
    assert [lot for _number, lot in order] == sorted(lots.lot(seed, number) for number in numbers)


def test_lots_fall_evenly() -> None:
    firsts = [lots.in_order(str(seed), ["A", "B", "C", "D"])[0][0] for seed in range(2000)]
    assert all(400 < firsts.count(name) < 600 for name in "ABCD")


def test_a_draw_is_on_record_and_can_be_drawn_again(cast: Cast, call: Any, project: Project) -> None:
    others = [running(cast, call, number) for number in (2, 3, 4)]
    chosen = drawn(cast, call, 2)
    draw = MidTermDraw.objects.get()
    numbers = [one.grant_number for one in (project, *others)]
    assert [tuple(pair) for pair in draw.candidates] == lots.in_order("seed", numbers)
    assert {one.project.grant_number for one in chosen} == {number for number, _lot in draw.candidates[:2]}
    assert {one.due_at for one in chosen} == {portal_clock.end_of_day(date(2023, 8, 1))}
    assert Notice.objects.filter(kind="midterm-notice", user=cast.pi).count() == 2
    assert Reminder.objects.filter(kind="midterm-due", user=cast.office).count() == 4
    with pytest.raises(Refused) as refusal:
        drawn(cast, call, 3)
    assert codes(refusal) == {"draw-number"}
    assert list(broken_links()) == []


def test_without_a_seed_nobody_can_foresee_the_draw(cast: Cast, call: Any, project: Project) -> None:
    running(cast, call, 2)
    seeds = {drawn(cast, call, 1, seed="  ")[0].draw.seed for _ in range(2)}
    assert len(seeds) == 2 and all(len(seed) == 32 for seed in seeds)


def test_who_is_tied_to_a_candidate_does_not_draw(cast: Cast, call: Any, project: Project) -> None:
    Membership.objects.create(user=cast.pi, tenant=cast.anso, role=Role.SECRETARY)
    with pytest.raises(Refused) as refusal:
        actions.draw_sample(call=call, number=1, by=cast.pi)
    assert codes(refusal) == {"draw-tied"}
    with pytest.raises(NotVisible):
        actions.draw_sample(call=call, number=1, by=cast.director)


def test_the_notice_is_made_once(cast: Cast, call: Any, project: Project) -> None:
    (midterm,) = drawn(cast, call)
    effect = Effect.objects.get(kind="midterm-notice")
    on_midterm_notice(effect)
    on_midterm_notice(effect)
    midterm.refresh_from_db()
    assert midterm.notice.kind == "midterm_notice" and midterm.notice.revisions.count() == 1
    assert bytes_of(current_revision(midterm.notice).file).startswith(b"%PDF")


# ---------------------------------------------------------------- inspections
def test_large_projects_are_inspected_once_and_small_ones_not(cast: Cast, call: Any, project: Project) -> None:
    with pytest.raises(Refused) as refusal:
        inspected(cast, project)
    assert codes(refusal) == {"not-inspected"}
    Project.objects.update(approved_fen=OVER_FIVE_MILLION)
    midterm = inspected(cast, project)
    assert midterm.form == "inspection" and midterm.due_at is None
    with pytest.raises(WrongState):
        inspected(cast, project)
    with pytest.raises(NotVisible):
        paper(cast, midterm, "inspection", by=cast.office)
    with pytest.raises(WrongState):
        paper(cast, midterm, "science")
    assert filed(cast, midterm).state == "filed"


# ---------------------------------------------------------------- the answer
def test_report_and_both_opinions_complete_the_answer(cast: Cast, call: Any, project: Project) -> None:
    (midterm,) = drawn(cast, call)
    for kind, stranger in (("report", cast.office), ("science", cast.pi), ("finance", cast.secretary)):
        with pytest.raises(NotVisible):
            paper(cast, midterm, kind, by=stranger)
    paper(cast, midterm, "report")
    with pytest.raises(WrongState):
        paper(cast, midterm, "report")
    with pytest.raises(WrongState):
        paper(cast, midterm, "rectification")
    paper(cast, midterm, "science")
    midterm.refresh_from_db()
    assert midterm.state == "notified"
    paper(cast, midterm, "finance", organised_as="audit")
    midterm.refresh_from_db()
    assert midterm.state == "filed"
    assert not Reminder.objects.filter(kind="midterm-due", cancelled_at=None).exists()
    assert Notice.objects.filter(kind="midterm-filed", user=cast.secretary).count() == 1


def test_reminders_end_with_the_answer_and_with_the_project(cast: Cast, call: Any, project: Project) -> None:
    (midterm,) = drawn(cast, call)
    reminder = Reminder.objects.filter(kind="midterm-due", user=cast.office).first()
    assert wanted.is_wanted(reminder)
    Project.objects.update(state="terminated")
    assert not wanted.is_wanted(reminder)
    Project.objects.update(state="active")
    filed(cast, midterm)
    assert not wanted.is_wanted(reminder)


# ---------------------------------------------------------------- what follows
def test_going_on_needs_no_director(cast: Cast, call: Any, project: Project) -> None:
    (midterm,) = drawn(cast, call)
    with pytest.raises(WrongState):
        proposed(cast, midterm, "continue")
    conclusion = proposed(cast, filed(cast, midterm), "continue", comment="")
    midterm.refresh_from_db()
    project.refresh_from_db()
    assert (midterm.state, project.state) == ("concluded", "active")
    assert conclusion.document.kind == "midterm_result"
    assert Notice.objects.filter(kind="midterm-result", user=cast.pi).exists()


@pytest.mark.parametrize(
    ("outcome", "more", "code"),
    [
        ("rectify", {"comment": " "}, "midterm-without-reasons"),
        ("rectify", {"rectify_by": None}, "rectify-without-day"),
        ("rectify", {"rectify_by": HALFWAY.date()}, "rectify-without-day"),
        ("rectify", {"rectify_by": date(2025, 1, 1)}, "rectify-after-term"),
        ("adjust", {"amount_fen": None}, "adjust-without-amount"),
        ("adjust", {"amount_fen": 0}, "adjust-without-amount"),
        ("adjust", {"amount_fen": 100_000_000}, "adjust-without-amount"),
        ("terminate", {"comment": ""}, "midterm-without-reasons"),
    ],
)
def test_proposals_say_why_until_when_and_how_much(
    cast: Cast, call: Any, project: Project, outcome: str, more: dict[str, Any], code: str
) -> None:
    Project.objects.update(approved_fen=100_000_000)
    midterm = filed(cast, drawn(cast, call)[0])
    with pytest.raises(Refused) as refusal:
        proposed(cast, midterm, outcome, **more)
    assert codes(refusal) == {code}
    assert not MidTermConclusion.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "state", "fen"), [("adjust", "active", 80_000_000), ("terminate", "terminated", None)]
)
def test_the_director_s_word_is_carried_out(
    cast: Cast, call: Any, project: Project, outcome: str, state: str, fen: int | None
) -> None:
    conclusion = proposed(cast, filed(cast, drawn(cast, call)[0]), outcome)
    project.refresh_from_db()
    before = project.approved_fen
    assert project.state == "active"
    approved(cast, conclusion)
    project.refresh_from_db()
    assert (project.state, project.approved_fen) == (state, fen or before)
    conclusion.refresh_from_db()
    assert conclusion.document.content_sha256 == conclusion.content_sha256
    with pytest.raises(WrongState):
        approved(cast, conclusion)
    assert list(broken_links()) == []


def test_a_rectification_is_reported_on_and_judged_anew(cast: Cast, call: Any, project: Project) -> None:
    midterm = filed(cast, drawn(cast, call)[0])
    approved(cast, proposed(cast, midterm, "rectify"))
    project.refresh_from_db()
    midterm.refresh_from_db()
    assert (project.state, midterm.state, midterm.rectify_by) == ("rectifying", "rectifying", IN_AUTUMN)
    reminder = Reminder.objects.get(kind="midterm-rectify")
    assert wanted.is_wanted(reminder) and reminder.user == cast.pi
    with pytest.raises(WrongState):
        paper(cast, midterm, "science")
    paper(cast, midterm, "rectification")
    assert not wanted.is_wanted(reminder)
    midterm.refresh_from_db()
    approved(cast, proposed(cast, midterm, "rectify"))
    project.refresh_from_db()
    assert project.state == "rectifying"
    midterm.refresh_from_db()
    paper(cast, midterm, "rectification")
    midterm.refresh_from_db()
    proposed(cast, midterm, "continue")
    project.refresh_from_db()
    midterm.refresh_from_db()
    assert (project.state, midterm.state) == ("active", "concluded")
    assert [one.turn for one in midterm.opinions.filter(kind="rectification")] == [1, 2]


def test_the_director_returns_with_a_word_and_never_decides_the_own_proposal(
    cast: Cast, call: Any, project: Project
) -> None:
    midterm = filed(cast, drawn(cast, call)[0])
    conclusion = proposed(cast, midterm, "terminate")
    with pytest.raises(WrongState):
        actions.propose(midterm=midterm, by=cast.secretary, outcome="continue")  # over the director's head
    Membership.objects.create(user=cast.secretary, tenant=cast.anso, role=Role.DIRECTOR)
    for by, word, code in ((cast.secretary, "好", "own-proposal"), (cast.director, " ", "return-without-comment")):
        with pytest.raises(Refused) as refusal:
            actions.decide(conclusion=conclusion, by=by, approve=by == cast.secretary, comment=word)
        assert codes(refusal) == {code}
    actions.decide(conclusion=conclusion, by=cast.director, approve=False, comment="依据不足。")
    midterm.refresh_from_db()
    project.refresh_from_db()
    assert (midterm.state, project.state) == ("filed", "active")


def test_nothing_is_carried_out_once_the_project_is_no_longer_running(cast: Cast, call: Any, project: Project) -> None:
    Project.objects.update(approved_fen=100_000_000)
    conclusion = proposed(cast, filed(cast, drawn(cast, call)[0]), "adjust")
    Project.objects.update(state="accepting")
    with pytest.raises(WrongState):
        approved(cast, conclusion)
    project.refresh_from_db()
    assert project.approved_fen == 100_000_000


def test_an_approval_binds_what_was_shown(cast: Cast, call: Any, project: Project) -> None:
    conclusion = proposed(cast, filed(cast, drawn(cast, call)[0]), "adjust")
    Project.objects.update(approved_fen=90_000_000)
    with pytest.raises(Refused) as refusal:
        approved(cast, conclusion)
    assert codes(refusal) == {"conclusion-changed"}


def test_the_applicant_reads_the_course_of_it(cast: Cast, call: Any, project: Project) -> None:
    midterm = filed(cast, drawn(cast, call)[0])
    proposed(cast, midterm, "continue")
    actions_told = {event.action for event in history(cast.pi, project)}
    assert {"midterm.notify", "midterm.file", "midterm.continue"} <= actions_told
