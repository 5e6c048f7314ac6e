"""The dispatcher: leases, retries, giving up, two at once."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection, connections

from core.tenancy import tenant_scope
from notifications import dispatch, effects
from notifications.actions import add_effect, notify
from notifications.dispatch import LEASE, MAX_ATTEMPTS, lease_waiting, try_effect
from notifications.models import Effect, Mail, Notice


@pytest.fixture
def handled(monkeypatch):
    """Effects of kind "test" are listed; what `handled.fault` raises, they raise."""

    class Handled(list):
        fault = None

        def __call__(self, effect):
            Notice.objects.create(
                tenant=effect.tenant,
                user_id=effect.payload["user"],
                kind="test",
                key=f"{len(self)}",
                title_zh="",
                title_en="",
            )
            if self.fault:
                raise self.fault
            self.append(effect.pk)

    seen = Handled()
    monkeypatch.setattr(effects, "_handlers", {**effects._handlers, "test": seen})
    return seen


def make(cast, count=1, kind="test"):
    with tenant_scope(cast.anso):
        return [
            add_effect(tenant=cast.anso, kind=kind, key=f"{kind}:{n}", payload={"user": cast.pi.pk}).pk
            for n in range(count)
        ]


def lease(cast, **more):
    with tenant_scope(cast.anso):
        return lease_waiting(**more)


def row(cast, pk):
    with tenant_scope(cast.anso):
        return Effect.objects.get(pk=pk)


def test_oldest_first_each_leased_once(cast, clock, handled):
    made = make(cast, 3)
    assert lease(cast, limit=2) == made[:2]
    assert lease(cast) == made[2:]
    assert lease(cast) == []


def test_a_lease_that_is_not_honoured_runs_out(cast, clock, handled):
    made = make(cast)
    assert lease(cast) == made
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert lease(cast) == []
    clock.forward(seconds=1)
    assert lease(cast) == made


def test_leases_stay_within_the_funder(cast, clock, handled):
    make(cast)
    with tenant_scope(cast.most):
        assert lease_waiting() == []
        assert try_effect(cast.most, 1) is False
    assert handled == []


def test_done_once_however_often_delivered(cast, clock, handled):
    (pk,) = make(cast)
    assert [try_effect(cast.anso, pk) for _ in range(3)] == [True, False, False]
    assert handled == [pk]
    assert row(cast, pk).attempts == 1
    clock.forward(days=9)
    assert lease(cast) == []


def test_a_failure_is_kept_and_tried_again_later_and_later(cast, clock, handled):
    (pk,) = make(cast)
    handled.fault = OSError("mail server away")
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert lease(cast) == [pk]
        assert try_effect(cast.anso, pk) is False
        effect = row(cast, pk)
        assert (effect.attempts, effect.last_error) == (attempt, "OSError: mail server away")
        assert effect.done_at is None
        waits.append(effect.leased_until - clock.get())
        assert lease(cast) == []
        clock.set(effect.leased_until)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(hours=6)
    assert row(cast, pk).given_up_at is not None
    clock.forward(days=30)
    assert lease(cast) == []
    assert try_effect(cast.anso, pk) is False
    with tenant_scope(cast.anso):
        assert not Notice.objects.exists()  # what a failed handler wrote is gone


def test_after_a_failure_success_clears_the_error(cast, clock, handled):
    (pk,) = make(cast)
    handled.fault = OSError("away")
    try_effect(cast.anso, pk)
    handled.fault = None
    assert try_effect(cast.anso, pk) is True
    effect = row(cast, pk)
    assert (effect.attempts, effect.last_error, effect.done_at) == (2, "", clock.get())


def test_an_effect_that_kills_its_workers_is_given_up(cast, clock, handled):
    (pk,) = make(cast)
    for _ in range(MAX_ATTEMPTS):
        with tenant_scope(cast.anso):
            dispatch.begin(pk)  # and then the worker dies
    assert try_effect(cast.anso, pk) is False
    assert row(cast, pk).given_up_at is not None
    assert row(cast, pk).last_error == "its workers died"
    assert handled == []


def test_an_unknown_kind_is_kept_not_lost(cast, clock):
    (pk,) = make(cast, kind="nobody")
    assert try_effect(cast.anso, pk) is False
    assert "UnknownEffect" in row(cast, pk).last_error
    assert row(cast, pk).given_up_at is None


def test_one_poisoned_effect_does_not_hold_up_the_others(cast, clock, handled):
    (bad,) = make(cast, kind="nobody")
    good = make(cast, 2)
    assert [try_effect(cast.anso, pk) for pk in lease(cast)] == [False, True, True]
    assert handled == good
    assert row(cast, bad).done_at is None


def test_a_mail_goes_to_one_recipient_with_its_stable_id(cast, clock):
    with tenant_scope(cast.anso):
        words = {"title_zh": "你好", "title_en": "Hello"}
        notify(tenant=cast.anso, to=[cast.pi, cast.reviewer1], kind="k", key="k", **words)
    assert [try_effect(cast.anso, pk) for pk in lease(cast)] == [True, True]
    with tenant_scope(cast.anso):
        ids = dict(Mail.objects.values_list("recipient", "message_id"))
        assert set(Mail.objects.values_list("sent_at", flat=True)) == {clock.get()}
    assert {(message.to[0], message.extra_headers["Message-ID"]) for message in outbox.outbox} == set(ids.items())
    assert all(len(message.recipients()) == 1 for message in outbox.outbox)


def test_a_mail_that_went_out_is_not_sent_again(cast, clock):
    with tenant_scope(cast.anso):
        notify(tenant=cast.anso, to=[cast.pi], kind="k", key="k", title_zh="x", title_en="x")
    (pk,) = lease(cast)
    assert try_effect(cast.anso, pk)
    with tenant_scope(cast.anso):
        Effect.objects.update(done_at=None, leased_until=None)
    assert try_effect(cast.anso, pk)
    assert len(outbox.outbox) == 1


# ---------------------------------------------------------------- two at once
@contextmanager
def thread(work):
    """`work()` in a thread with a database connection of its own; its result is in the list given."""
    results, errors = [], []

    def run():
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    runner = threading.Thread(target=run)
    runner.start()
    yield results
    runner.join(30)
    assert not runner.is_alive()
    if errors:
        raise errors[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_share_the_queue_without_waiting(cast, clock, handled):
    made = make(cast, 20)
    leased = threading.Event()
    finish = threading.Event()

    def first():
        with tenant_scope(cast.anso):
            mine = lease_waiting(limit=12)
            leased.set()
            assert finish.wait(20)
        return mine

    with thread(first) as mine:
        assert leased.wait(20)
        with tenant_scope(cast.anso), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")  # SKIP LOCKED never waits
            theirs = lease_waiting()
        finish.set()
    assert sorted(mine[0] + theirs) == made
    assert not set(mine[0]) & set(theirs)
    assert lease(cast) == []


@pytest.mark.django_db(transaction=True)
def test_many_dispatchers_lease_each_effect_once(cast, clock, handled):
    made = make(cast, 60)
    start = threading.Barrier(4)

    def work():
        start.wait(20)
        found = []
        while more := lease(cast, limit=7):
            found += more
        return found

    with thread(work) as a, thread(work) as b, thread(work) as c, thread(work) as d:
        pass
    assert sorted(a[0] + b[0] + c[0] + d[0]) == made


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_effect_do_it_once(cast, clock, handled):
    (pk,) = make(cast)
    start = threading.Barrier(2)

    def work():
        start.wait(20)
        return try_effect(cast.anso, pk)

    with thread(work) as a, thread(work) as b:
        pass
    assert sorted(a + b) == [False, True]
    assert handled == [pk]
