"""A longer deadline: who may decide it, whom it serves, and that everyone who is writing hears of it once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from audit.models import Event
from core.errors import NotVisible, Refused, WrongState
from notifications.dispatch import carry_out
from notifications.models import Effect, Mail, Notice, Reminder
from programs.enums import ExtensionScope
from programs.extending import end_of, extend_deadline
from programs.models import Call, DeadlineExtension
from programs.queries import takes_proposals
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from tests.cast import Cast
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
NEW = date(2021, 8, 15)
TICK = timedelta(microseconds=1)


def extend(cast: Cast, call: Call, last_day: date = NEW, **more: Any) -> DeadlineExtension:
    given = {"scope": "all", "reason_zh": "网络故障", "reason_en": "An outage", "by": cast.secretary} | more
    extension = extend_deadline(call=call, closes_at=end_of(call, last_day), **given)
    call.refresh_from_db()
    return extension


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.code for one in refusal.value.findings]


@pytest.mark.parametrize("name", ["pi", "office", "finance", "director", "host", "mo", "reviewer1"])
def test_only_the_secretariat_decides(cast: Cast, call: Call, name: str) -> None:
    with pytest.raises(NotVisible):
        extend(cast, call, by=cast.people[name])


def test_everybody_has_until_the_last_microsecond(cast: Cast, call: Call, clock: Any) -> None:
    waiting = complete_draft(cast, call)
    before = call.closes_at
    extension = extend(cast, call)
    assert (extension.previous_at, call.closes_at) == (before, end_of(call, NEW))
    clock.set(call.closes_at - TICK)
    actions.create_draft(call=call, pi=cast.stranger, lead_institution=cast.stranger.affiliations.get().institution)
    actions.request_endorsement(proposal=waiting, by=cast.pi)
    actions.endorse(proposal=waiting, by=cast.office)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.received_at) == (S.SUBMITTED, call.closes_at - TICK)
    clock.set(call.closes_at)
    assert not takes_proposals(call, call.closes_at)


def test_begun_applications_only(cast: Cast, call: Call, clock: Any) -> None:
    begun = complete_draft(cast, call)
    old = call.closes_at
    clock.forward(minutes=1)
    extend(cast, call, scope=ExtensionScope.DRAFTS)
    later = complete_draft(cast, call)
    begun, later = Proposal.objects.get(pk=begun.pk), Proposal.objects.get(pk=later.pk)
    assert (begun.closes_at, later.closes_at) == (end_of(call, NEW), old)
    clock.set(old)
    with pytest.raises(Refused) as none_begun:
        actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    assert codes(none_begun) == ["call_not_open"]
    with pytest.raises(Refused) as too_late:
        actions.request_endorsement(proposal=later, by=cast.pi)
    assert [one.article for one in too_late.value.findings] == ["B6"]
    actions.request_endorsement(proposal=begun, by=cast.pi)
    clock.set(begun.closes_at - TICK)
    assert actions.endorse(proposal=begun, by=cast.office) is not None


def test_a_closed_call_is_taken_up_again_after_an_outage(cast: Cast, call: Call, clock: Any) -> None:
    clock.set(call.closes_at + timedelta(hours=3))
    extend(cast, call)
    assert takes_proposals(call, clock.get())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"last_day": date(2021, 7, 30)}, "not_longer"),
        ({"last_day": date(2021, 6, 1)}, "not_longer"),
        ({"last_day": date(2023, 1, 1)}, "too_long"),
        ({"scope": "some"}, "scope"),
        ({"reason_zh": "  "}, "reason"),
        ({"reason_en": ""}, "reason"),
    ],
)
def test_what_is_refused(cast: Cast, call: Call, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        extend(cast, call, **change)
    assert codes(refusal) == [code]
    assert not DeadlineExtension.objects.exists()


def test_a_call_in_preparation_has_no_deadline_to_extend(cast: Cast, call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(state="closed")
    with pytest.raises(WrongState):
        extend(cast, call)


def test_everyone_who_writes_is_told_once_and_reminded_anew(cast: Cast, call: Call) -> None:
    draft = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    invitation = actions.invite(proposal=draft, by=cast.pi, purpose="co_writer", email=cast.charlie.email)
    actions.answer_invitation(invitation=invitation, by=cast.charlie, accepts=True)
    handed_in = complete_draft(cast, call)
    actions.request_endorsement(proposal=handed_in, by=cast.pi)
    extend(cast, call)
    effect = Effect.objects.get(kind="deadline-extended")
    for _ in range(2):
        assert carry_out(effect.pk) in (True, False)
    notices = Notice.objects.filter(kind="deadline-extended")
    assert set(notices.values_list("user", flat=True)) == {cast.pi.pk, cast.charlie.pk, cast.office.pk}
    assert notices.count() == 3 == Mail.objects.filter(subject__contains="2021-08-15").count()
    due = Reminder.objects.filter(cancelled_at=None, kind__startswith="call-deadline", subject_id=draft.pk)
    assert {row.due_at for row in due} == {call.closes_at - timedelta(days=n) for n in (7, 3, 1)}
    assert set(due.values_list("user", flat=True)) == {cast.pi.pk, cast.charlie.pk}
    assert Event.objects.filter(action="call.extend").count() == 1


def test_the_decision_is_never_changed(cast: Cast, call: Call) -> None:
    extension = extend(cast, call)
    with pytest.raises(DatabaseError), transaction.atomic():
        DeadlineExtension.objects.filter(pk=extension.pk).update(reason_en="Another")


def test_the_page(cast: Cast, call: Call, as_: Callable[..., Client]) -> None:
    secretary, address = as_("secretary"), f"/anso/calls/{call.pk}/extend/"
    assert "New last day" in secretary.get(address).text
    good = {"last_day": "2021-08-15", "scope": "all", "reason_zh": "网络故障", "reason_en": "An outage"}
    for wrong, words in (
        ({"last_day": "2021-07-01"}, "must lie ahead"),
        ({"last_day": "soon"}, "valid date"),
        ({"last_day": "9999-12-31"}, "valid date"),
        ({"reason_en": ""}, "required"),
    ):
        answer = secretary.post(address, good | wrong)
        assert answer.status_code == 422 and words in answer.text and "网络故障" in answer.text
    answer = secretary.post(address, good, follow=True)
    assert "The deadline is extended" in answer.text
    shown = as_("anonymous").get(f"/anso/calls/{call.pk}/").text
    assert "From 30 July 2021, 24:00 to 15 August 2021, 24:00." in shown and "An outage" in shown
    assert isinstance(call.closes_at, datetime)
