"""Reminders go out once, when due, unless taken back or too late."""

import threading
from datetime import timedelta

import pytest
from django.db.models import F

from core.tenancy import tenant_scope
from notifications import reminders
from notifications.actions import cancel_reminders, remind
from notifications.models import Effect, Mail, Notice, Reminder
from notifications.reminders import TOO_LATE, send_due
from notifications.tasks import send_due_reminders
from tests.notifications.test_dispatch import thread

TICK = timedelta(microseconds=1)


def ask(cast, due_at, *people, kind="review_due"):
    with tenant_scope(cast.anso):
        remind(
            tenant=cast.anso, users=people or [cast.reviewer1], kind=kind, subject=cast.anso, due_at=due_at,
            title_zh="评审将到期", title_en="Review due", url="/anso/reviews/1/",
        )  # fmt: skip


def send(cast):
    with tenant_scope(cast.anso):
        return send_due()


def test_not_a_moment_early_and_then_once(cast, clock):
    due = clock.get() + timedelta(days=3)
    ask(cast, due)
    clock.set(due - TICK)
    assert send(cast) == 0
    clock.set(due)
    assert send(cast) == 1
    assert send(cast) == 0
    with tenant_scope(cast.anso):
        notice = Notice.objects.get()
        assert (notice.user, notice.kind, notice.url) == (cast.reviewer1, "reminder.review_due", "/anso/reviews/1/")
        assert Mail.objects.get().subject == "Review due"
        assert Effect.objects.count() == 1
        assert Reminder.objects.get().sent_at == due


def test_a_cancelled_one_never_goes_out(cast, clock):
    ask(cast, clock.get() + timedelta(days=1))
    with tenant_scope(cast.anso):
        cancel_reminders(tenant=cast.anso, subject=cast.anso)
    clock.forward(days=2)
    assert send(cast) == 0


def test_one_that_is_far_too_late_is_skipped(cast, clock):
    due = clock.get() + timedelta(days=1)
    ask(cast, due)
    clock.set(due + TOO_LATE)
    assert send(cast) == 0
    clock.set(due + TOO_LATE - TICK)
    assert send(cast) == 1


def test_after_an_outage_only_the_nearest_of_the_same_goes_out(cast, clock):
    now = clock.get()
    for days in (1, 3, 9):
        ask(cast, now + timedelta(days=days))
    ask(cast, now + timedelta(days=2), kind="another")
    ask(cast, now + timedelta(days=2), cast.reviewer2)
    clock.forward(days=4)
    assert send(cast) == 3
    clock.forward(days=4)
    assert send(cast) == 0
    clock.forward(days=1)
    assert send(cast) == 1
    with tenant_scope(cast.anso):
        sent = Reminder.objects.filter(sent_at__isnull=False, user=cast.reviewer1, kind="review_due")
        assert [row.due_at - now for row in sent.order_by("due_at")] == [timedelta(days=3), timedelta(days=9)]


def test_a_closed_account_gets_none(cast, clock):
    ask(cast, clock.get(), cast.reviewer1, cast.reviewer2)
    cast.reviewer1.is_active = False
    cast.reviewer1.save()
    send(cast)
    with tenant_scope(cast.anso):
        assert [notice.user for notice in Notice.objects.all()] == [cast.reviewer2]


def test_one_that_cannot_be_sent_does_not_keep_back_the_others(cast, clock):
    ask(cast, clock.get() - timedelta(minutes=1), cast.reviewer1)
    with tenant_scope(cast.anso):
        Reminder.objects.update(payload={})
    ask(cast, clock.get(), cast.reviewer2, cast.reviewer3)
    assert send(cast) == 2
    with tenant_scope(cast.anso):
        assert Reminder.objects.get(sent_at=None).user == cast.reviewer1


def test_beat_goes_through_every_funder(cast, clock):
    ask(cast, clock.get())
    with tenant_scope(cast.most):
        remind(
            tenant=cast.most,
            users=[cast.mo],
            kind="k",
            subject=cast.most,
            due_at=clock.get(),
            title_zh="x",
            title_en="x",
        )
    assert send_due_reminders() == 2
    assert send_due_reminders() == 0
    with tenant_scope(cast.most):
        assert Notice.objects.get().user == cast.mo


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_send_each_once(cast, clock):
    people = [cast.people[name] for name in sorted(cast.people)]
    ask(cast, clock.get(), *people)
    start = threading.Barrier(2)

    def work():
        start.wait(20)
        return send(cast)

    with thread(work) as a, thread(work) as b:
        pass
    assert a[0] + b[0] == len(people)
    with tenant_scope(cast.anso):
        assert Notice.objects.count() == Mail.objects.count() == Effect.objects.count() == len(people)
        assert not Reminder.objects.filter(sent_at=None).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_second_beat_passes_by_what_the_first_is_sending(cast, clock, monkeypatch):
    """And without the lock it would not: the second one would be waiting at the notice's unique key."""
    ask(cast, clock.get())
    inside, finish = threading.Event(), threading.Event()
    plain = reminders.notify

    def slowly(**words):
        plain(**words)
        inside.set()
        assert finish.wait(20)

    monkeypatch.setattr(reminders, "notify", slowly)
    with thread(lambda: send(cast)) as first:
        assert inside.wait(20)
        assert send(cast) == 0
        finish.set()
    assert first == [1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_cancelled_while_beat_looks_is_not_sent(cast, clock):
    """The list is read before the rows are locked; each is looked at again."""
    ask(cast, clock.get())
    with tenant_scope(cast.anso):
        (pk,) = Reminder.objects.values_list("pk", flat=True)
        Reminder.objects.update(cancelled_at=F("due_at"))
        assert reminders._send(pk) == 0
