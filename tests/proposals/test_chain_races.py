"""Two at once at a step of the endorsement chain, on PostgreSQL: with the application's lock, and what it is for."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import Event
from audit.queries import broken_links
from core.errors import WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs.models import Call
from proposals import actions, tasks
from proposals.enums import ItemState
from proposals.enums import ProposalState as S
from proposals.models import EndorsementItem, EndorsementSummary, Proposal
from proposals.queries.summaries import chapters
from proposals.queries.waiting import waiting_for
from tests.cast import Cast, build_cast
from tests.proposals.chains import at_department, chained_call, handed_in, office_at, recommends
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(clock: Any) -> Cast:
    return build_cast()


def outcome(answers: list[Any]) -> list[str]:
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in answers)


def endorsing(proposal: Proposal, by: Any, **more: Any) -> Callable[[], Any]:
    return lambda: actions.endorse(proposal=proposal, by=by, **more)


def test_two_of_the_department_endorse_at_once(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        proposal = at_department(cast)
        colleague = office_at("colleague", cast.department)
    answers = at_once(cast.anso, endorsing(proposal, cast.recommender), endorsing(proposal, colleague))
    assert outcome(answers) == ["WrongState", "done"]
    with tenant_scope(cast.anso):
        row = Proposal.objects.get(pk=proposal.pk)
        assert (row.state, row.versions.count(), row.endorsements.count()) == (S.SUBMITTED, 1, 2)
        assert Event.objects.filter(action="proposal.endorse").count() == 1
        assert not list(broken_links())


def test_without_the_lock_the_second_is_no_longer_answered_in_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proposals.actions.endorsing.MOST_TRIES", 1)
    with tenant_scope(cast.anso):
        proposal = at_department(cast)
        colleague = office_at("colleague", cast.department)
    with unlocked(Proposal):
        answers = at_once(cast.anso, endorsing(proposal, cast.recommender), endorsing(proposal, colleague))
    assert outcome(answers) != ["WrongState", "done"]


def test_endorsing_and_taking_back_at_once(cast: Cast) -> None:
    """Either it is passed on and then taken back, or taken back first; never with the department and a draft."""
    with tenant_scope(cast.anso):
        recommends(cast, cast.department)
        proposal = handed_in(cast, chained_call(cast))
    answers = at_once(
        cast.anso,
        endorsing(proposal, cast.office),
        lambda: actions.take_back(proposal=proposal, by=cast.pi),
    )
    assert outcome(answers) in (["done", "done"], ["WrongState", "done"])
    with tenant_scope(cast.anso):
        row = Proposal.objects.get(pk=proposal.pk)
        assert row.state == S.DRAFT
        assert not row.turns.filter(closed_at=None, reached_at__isnull=False).exists()


def test_without_the_lock_a_draft_may_still_wait_for_the_department(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proposals.actions.endorsing.MOST_TRIES", 1)
    with tenant_scope(cast.anso):
        recommends(cast, cast.department)
        proposal = handed_in(cast, chained_call(cast))
    with unlocked(Proposal):
        answers = at_once(
            cast.anso,
            endorsing(proposal, cast.office),
            lambda: actions.take_back(proposal=proposal, by=cast.pi),
        )
    with tenant_scope(cast.anso):
        row = Proposal.objects.get(pk=proposal.pk)
        open_turn = row.turns.filter(closed_at=None, reached_at__isnull=False).exists()
    crashed = any(isinstance(one, Exception) and not isinstance(one, WrongState) for one in answers)
    assert crashed or (row.state == S.DRAFT and open_turn) or row.state == S.ENDORSING


def test_one_batch_by_two_workers_at_once(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        recommends(cast, cast.department)
        call = chained_call(cast)
        ten = [handed_in(cast, call) for _ in range(10)]
        shown = {one.proposal.pk: (one.step.key, one.sha256) for one in waiting_for(cast.office)}
        batch = actions.confirm_endorsements(by=cast.office, proposals=shown, seen=shown)
    counts = at_once(cast.anso, *[lambda: _outside(batch.pk, cast) for _ in range(2)])
    assert not [one for one in counts if isinstance(one, Exception)]
    tasks.work_off(batch.pk, cast.anso.pk)
    with tenant_scope(cast.anso):
        assert set(EndorsementItem.objects.values_list("state", flat=True)) == {ItemState.DONE}
        assert Event.objects.filter(action="proposal.endorse_step").count() == len(ten)
        assert Notice.objects.filter(kind="endorsement-batch-done").count() == 1


def _outside(batch: int, cast: Cast) -> int:
    return tasks.work_off(batch, cast.anso.pk)


def test_the_same_tray_confirmed_twice_at_once(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        recommends(cast, cast.department)
        call = chained_call(cast)
        for _ in range(3):
            handed_in(cast, call)
        shown = {one.proposal.pk: (one.step.key, one.sha256) for one in waiting_for(cast.office)}

    def confirm() -> Any:
        return actions.confirm_endorsements(by=cast.office, proposals=shown, seen=shown)

    assert outcome(at_once(cast.anso, confirm, confirm)) == ["Refused", "done"]
    with tenant_scope(cast.anso):
        assert EndorsementItem.objects.count() == 3
        EndorsementItem.objects.update(state=ItemState.FAILED)
    with unlocked(Proposal):
        assert outcome(at_once(cast.anso, confirm, confirm)) == ["done", "done"]


def test_a_summary_list_asked_for_twice_at_once_is_issued_once(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        proposal = at_department(cast)
        actions.endorse(proposal=proposal, by=cast.recommender)
        (chapter,) = chapters(cast.recommender)

    def issue() -> Any:
        return actions.issue_summary(chapter=chapter, by=cast.recommender, language="en")

    first, second = at_once(cast.anso, issue, issue)
    assert first == second
    with tenant_scope(cast.anso):
        EndorsementSummary.objects.get()


def test_without_the_lock_two_summary_lists_collide(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        proposal = at_department(cast)
        actions.endorse(proposal=proposal, by=cast.recommender)
        (chapter,) = chapters(cast.recommender)

    def issue() -> Any:
        return actions.issue_summary(chapter=chapter, by=cast.recommender, language="en")

    with unlocked(Call):
        assert outcome(at_once(cast.anso, issue, issue)) == ["IntegrityError", "done"]
