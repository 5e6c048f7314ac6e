"""The call closes on 2021-07-30 at 24:00 Beijing time, exclusive, for users in any time zone (B6)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import Refused
from programs.models import Call
from programs.queries import takes_proposals
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from tests.cast import Cast
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
CLOSES = datetime(2021, 7, 31, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TICK = timedelta(microseconds=1)


@pytest.fixture
def waiting(cast: Cast, call: Call) -> Proposal:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    return proposal


def test_the_call_closes_at_the_next_days_midnight(call: Call) -> None:
    assert call.closes_at == CLOSES == datetime(2021, 7, 30, 16, 0, tzinfo=UTC)
    assert takes_proposals(call, CLOSES - TICK)
    assert not takes_proposals(call, CLOSES)
    assert takes_proposals(call, call.opens_at)
    assert not takes_proposals(call, call.opens_at - TICK)


@pytest.mark.parametrize(
    "zone", [ZoneInfo("Asia/Shanghai"), UTC, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati"),
             ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-12))]
)  # fmt: skip
@pytest.mark.parametrize("is_given", [True, False])
def test_a_microsecond_before_is_in_time(cast: Cast, waiting: Proposal, clock: Any, zone: Any, is_given: bool) -> None:
    instant = (CLOSES - TICK).astimezone(zone)
    clock.set(CLOSES + timedelta(hours=1) if is_given else instant)
    version = actions.endorse(proposal=waiting, by=cast.office, received_at=instant if is_given else None)
    assert version is not None
    version.refresh_from_db()
    assert version.received_at == CLOSES - TICK
    waiting.refresh_from_db()
    assert (waiting.state, waiting.received_at) == (S.SUBMITTED, CLOSES - TICK)


@pytest.mark.parametrize("late", [timedelta(), TICK, timedelta(seconds=1), timedelta(days=400)])
@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")])
def test_the_closing_instant_itself_is_too_late(
    cast: Cast, waiting: Proposal, clock: Any, late: timedelta, zone: Any
) -> None:
    clock.set((CLOSES + late).astimezone(zone))
    with pytest.raises(Refused) as refusal:
        actions.endorse(proposal=waiting, by=cast.office)
    assert [finding.article for finding in refusal.value.findings] == ["B6"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.application_number) == (S.ENDORSING, None)


def test_waiting_for_a_lock_does_not_make_it_late(
    cast: Cast, waiting: Proposal, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proposals.actions import endorsing

    plain = endorsing.locked

    def slow(proposal: Proposal) -> Proposal:
        clock.forward(minutes=10)
        return plain(proposal)

    monkeypatch.setattr(endorsing, "locked", slow)
    clock.set(CLOSES - TICK)
    version = actions.endorse(proposal=waiting, by=cast.office)
    assert version is not None
    assert version.received_at == CLOSES - TICK


def test_handing_in_is_bound_by_the_deadline_too(cast: Cast, call: Call, clock: Any) -> None:
    proposal = complete_draft(cast, call)
    clock.set(CLOSES)
    with pytest.raises(Refused) as refusal:
        actions.request_endorsement(proposal=proposal, by=cast.pi)
    assert [finding.article for finding in refusal.value.findings] == ["B6"]
