"""One confirmation over many applications: each is judged by itself, none is lost or doubled, the clock is the click's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client

from audit.models import Event
from core import clock as portal_clock
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from notifications.dispatch import carry_out, lease_waiting
from notifications.models import Effect, Notice
from programs.models import Call
from proposals import actions, tasks
from proposals.actions import batches
from proposals.enums import ItemState
from proposals.enums import ProposalState as S
from proposals.models import EndorsementBatch, EndorsementItem, Proposal
from proposals.queries.waiting import get_batch, left_behind, waiting_for
from tests.cast import Cast
from tests.factories import CLOSES_AT, make_call
from tests.proposals.chains import at_department, chained_call, handed_in, recommends

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_scope(anso: Any, clock: Any) -> None:
    """ANSO's scope, while the call is open."""


@pytest.fixture
def call(cast: Cast) -> Call:
    recommends(cast, cast.department)
    return chained_call(cast)


def seen(user: Any) -> dict[int, tuple[str, str]]:
    return {one.proposal.pk: (one.step.key, one.sha256) for one in waiting_for(user)}


def confirm(user: Any, *proposals: Proposal, **more: Any) -> EndorsementBatch:
    return actions.confirm_endorsements(
        by=user, proposals=[one.pk for one in proposals], **{"seen": seen(user), **more}
    )


def codes(refusal: Any) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_an_office_passes_many_on_and_the_department_submits_them(cast: Cast, call: Call) -> None:
    three = [handed_in(cast, call) for _ in range(3)]
    batch = confirm(cast.office, *three)
    assert tasks.work_off(batch.pk, cast.anso.pk) == 3
    assert not waiting_for(cast.office)
    assert [one.step.key for one in waiting_for(cast.recommender)] == ["recommender"] * 3
    second = confirm(cast.recommender, *three)
    tasks.work_off(second.pk, cast.anso.pk)
    rows = Proposal.objects.order_by("pk")
    assert {row.state for row in rows} == {S.SUBMITTED}
    assert len({row.application_number for row in rows}) == 3
    assert {row.received_at for row in rows} == {second.confirmed_at}
    assert {item.state for item in EndorsementItem.objects.all()} == {ItemState.DONE}
    assert all(row.application_number in item.message_en for row, item in zip(rows, second.items.all(), strict=False))
    done = Notice.objects.filter(kind="endorsement-batch-done")
    assert {one.user for one in done} == {cast.office, cast.recommender}
    assert Event.objects.filter(action__startswith="endorsement_batch.").count() == 4


def test_the_job_is_started_by_the_outbox(cast: Cast, call: Call) -> None:
    batch = confirm(cast.office, handed_in(cast, call))
    started: list[Any] = []
    with patch.object(tasks.work_off, "delay", lambda *args: started.append(args)):
        (effect,) = Effect.objects.filter(kind="endorsement-batch")
        lease_waiting(limit=1000)
        carry_out(effect.pk)
    assert started == [(batch.pk, cast.anso.pk)]


def test_what_is_refused_stays_with_its_reason(cast: Cast, call: Call) -> None:
    good, gone = handed_in(cast, call), handed_in(cast, call)
    batch = confirm(cast.office, good, gone)
    actions.take_back(proposal=gone, by=cast.pi)
    actions.request_endorsement(proposal=gone, by=cast.pi)
    Proposal.objects.filter(pk=gone.pk).update(draft={})
    actions.take_back(proposal=gone, by=cast.pi)
    tasks.work_off(batch.pk, cast.anso.pk)
    states = {item.proposal_id: item for item in batch.items.all()}
    assert states[good.pk].state == ItemState.DONE
    assert states[gone.pk].state == ItemState.FAILED and states[gone.pk].message_zh
    assert Proposal.objects.get(pk=gone.pk).state == S.DRAFT


def test_an_error_in_one_does_not_keep_back_the_others(cast: Cast, call: Call) -> None:
    first, second = handed_in(cast, call), handed_in(cast, call)
    batch, real = confirm(cast.office, first, second), batches.endorse

    def broken(*, proposal: Proposal, **more: Any) -> Any:
        if proposal.pk == first.pk:
            raise ZeroDivisionError
        return real(proposal=proposal, **more)

    with patch.object(batches, "endorse", broken):
        tasks.work_off(batch.pk, cast.anso.pk)
    assert [item.state for item in batch.items.all()] == [ItemState.FAILED, ItemState.DONE]


def test_a_killed_worker_loses_and_doubles_nothing(cast: Cast, call: Call) -> None:
    three = [handed_in(cast, call) for _ in range(3)]
    batch, real, count = confirm(cast.office, *three), batches.endorse, 0

    def dies(**more: Any) -> Any:
        nonlocal count
        count += 1
        if count == 2:
            raise DatabaseError
        return real(**more)

    with patch.object(batches, "endorse", dies), pytest.raises(DatabaseError):
        tasks.work_off(batch.pk, cast.anso.pk)
    assert [item.state for item in batch.items.all()] == [ItemState.DONE, ItemState.WAITING, ItemState.WAITING]
    assert not left_behind()
    with portal_clock.at(portal_clock.now() + timedelta(minutes=2)):
        assert left_behind() == [batch.pk]
        started: list[Any] = []
        with patch.object(tasks.work_off, "delay", lambda *args: started.append(args)):
            assert tasks.resume_endorsement_batches() == 1
        tasks.work_off(*started[0])
    assert Event.objects.filter(action="proposal.endorse_step").count() == 3


def test_the_moment_of_the_confirmation_counts(cast: Cast) -> None:
    call = make_call(cast.anso, cast.secretary)
    proposal = handed_in(cast, call)
    last = CLOSES_AT - timedelta(microseconds=1)
    with portal_clock.at(last):
        batch = confirm(cast.office, proposal)
    with portal_clock.at(CLOSES_AT + timedelta(minutes=5)):
        tasks.work_off(batch.pk, cast.anso.pk)
    assert Proposal.objects.get(pk=proposal.pk).received_at == last


def test_a_confirmation_that_came_in_time_is_not_late_by_having_waited(cast: Cast) -> None:
    proposal = handed_in(cast, make_call(cast.anso, cast.secretary))
    last = CLOSES_AT - timedelta(microseconds=1)
    shown = seen(cast.office)
    with portal_clock.at(CLOSES_AT + timedelta(seconds=2)):  # behind locks, as everybody clicks in the last minute
        batch = confirm(cast.office, proposal, seen=shown, received_at=last)
        tasks.work_off(batch.pk, cast.anso.pk)
    assert Proposal.objects.get(pk=proposal.pk).received_at == last


def test_what_cannot_be_endorsed_in_a_batch_refuses_all(cast: Cast, call: Call) -> None:
    good, other, late = (handed_in(cast, call) for _ in range(3))
    theirs = at_department(cast, call)
    for refused, more in (
        ((), {}),
        ((theirs,), {}),
        ((good, theirs), {}),
        ((good, other), {"seen": {good.pk: ("office", "0" * 64)}}),
        ((good,), {"seen": {good.pk: ("recommender", good.handed_in.get().sha256)}}),
    ):
        with pytest.raises(Refused):
            confirm(cast.office, *refused, **more)
    shown = seen(cast.office)
    with portal_clock.at(CLOSES_AT), pytest.raises(Refused) as refusal:
        confirm(cast.office, late, seen=shown)
    assert codes(refusal) == ["exception"]
    confirm(cast.office, good)
    with pytest.raises(Refused) as refusal:
        confirm(cast.office, good)
    assert codes(refusal) == ["not-waiting"]
    assert EndorsementBatch.objects.count() == 1


def test_strangers_and_the_applicant_confirm_nothing(cast: Cast, call: Call) -> None:
    proposal = handed_in(cast, call)
    facts = seen(cast.office)
    for who in (cast.pi, cast.recommender, cast.sibling_office, cast.secretary, cast.mo):
        assert not waiting_for(who)
        with pytest.raises(Refused) as refusal:
            confirm(who, proposal, seen=facts)
        assert "《" not in refusal.value.findings[0].message_zh  # not even its title
    batch = confirm(cast.office, proposal)
    with pytest.raises(NotVisible):
        get_batch(cast.recommender, batch.pk)


# ---------------------------------------------------------------- pages
def address(name: str) -> str:
    return f"/anso/proposals/{name}"


def test_the_tray_on_its_pages(cast: Cast, call: Call, as_: Callable[..., Client]) -> None:
    one, two = handed_in(cast, call), handed_in(cast, call)
    office = as_("office")
    page = office.get(address("endorsing/")).content.decode()
    assert one.title_en in page and f'name="seen.{one.pk}"' in page
    data = {"items": [one.pk, two.pk]} | {
        f"seen.{pk}": f"{step} {sha256}" for pk, (step, sha256) in seen(cast.office).items()
    }
    assert office.post(address("endorsing/"), data).status_code == 422  # not confirmed
    answer = office.post(address("endorsing/"), data | {"examined": "on"})
    assert answer.status_code == 302
    (batch,) = EndorsementBatch.objects.all()
    assert "in a running batch" in office.get(address("endorsing/")).content.decode()
    with tenant_scope(cast.anso):
        tasks.work_off(batch.pk, cast.anso.pk)
    receipts = office.get(answer["location"]).content.decode()
    assert "Endorsed; the next institution decides." in receipts and "2 of 2" in receipts
    assert office.post(address("endorsing/"), data | {"examined": "on"}).status_code == 409
    assert "No application waits for you" in office.get(address("endorsing/")).content.decode()


def test_a_search_looks_at_titles_and_names(cast: Cast, call: Call, as_: Callable[..., Client]) -> None:
    one = handed_in(cast, call)
    for text, is_found in ((cast.pi.name_en, True), ("nothing like it", False), ("\x00", True)):
        page = as_("office").get(address("endorsing/"), {"q": text}).content.decode()
        assert (f'name="seen.{one.pk}"' in page) == is_found


def test_the_list_asks_little(
    cast: Cast, call: Call, as_: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    client = as_("recommender")
    for _ in range(2):
        proposal = handed_in(cast, call)
        actions.endorse(proposal=proposal, by=cast.office)
    with django_assert_max_num_queries(40) as counted:
        client.get(address("endorsing/"))
    few = len(counted)
    assert few
    for _ in range(28):
        proposal = handed_in(cast, call)
        actions.endorse(proposal=proposal, by=cast.office)
    with django_assert_max_num_queries(few):
        page = client.get(address("endorsing/"))
    assert page.content.decode().count('name="items"') == 30
