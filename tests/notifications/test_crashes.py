"""A process killed -9 between commit and effect: nothing lost, nothing doubled. Real processes, real kills."""

import signal
from email import message_from_bytes
from pathlib import Path

import pytest

from core.tenancy import tenant_scope
from notifications.dispatch import LEASE
from notifications.models import Effect, Mail, Notice
from tests.processes import environment, run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SETUP = """
import os, signal, sys
from datetime import timedelta
import django; django.setup()
from accounts.models import Tenant, User
from core import clock
from core.tenancy import tenant_scope
from notifications import effects, mailing
from notifications.actions import notify
from notifications.dispatch import LEASE, lease_waiting, try_effect
from notifications.models import Notice
tenant = Tenant.objects.get(slug="anso")
people = list(User.objects.filter(email__in=["pi@demo.example", "reviewer1@demo.example"]))
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
def tell(key="received"):
    notify(tenant=tenant, to=people, kind="k", key=key, title_zh="已受理", title_en="Received")
def lease():
    with tenant_scope(tenant):
        return lease_waiting()
"""
ACT = SETUP + "with tenant_scope(tenant): tell()\n"
WORK = SETUP + "for pk in lease(): try_effect(tenant, pk)\n"
LATER = SETUP + "with clock.at(clock.now() + LEASE):\n for pk in lease(): try_effect(tenant, pk)\n"


@pytest.fixture
def env(cast, tmp_path):
    return environment(tmp_path)


def killed(code, env):
    """Run code that must die by SIGKILL."""
    done = run(code, env)
    assert done.returncode == -signal.SIGKILL, done.stderr


def finished(code, env):
    done = run(code, env)
    assert done.returncode == 0, done.stderr


def message_ids(env) -> list[str]:
    """The Message-IDs of all that was sent, one for each message."""
    texts = [path.read_bytes() for path in Path(env["MAIL_DIR"]).glob("*")]
    messages = [part for text in texts for part in text.split(b"-" * 79 + b"\n") if part.strip()]
    return [message_from_bytes(part)["Message-ID"] for part in messages]


def state(cast):
    with tenant_scope(cast.anso):
        return {
            "notices": Notice.objects.count(),
            "unsent": Mail.objects.filter(sent_at=None).count(),
            "waiting": Effect.objects.filter(done_at=None).count(),
        }


ALL_DONE = {"notices": 2, "unsent": 0, "waiting": 0}


def test_killed_before_the_commit_nothing_happened(cast, env):
    killed(
        SETUP
        + "with tenant_scope(tenant):\n from django.db import transaction\n with transaction.atomic():\n  tell(); die()",
        env,
    )
    finished(WORK, env)
    assert state(cast) == {"notices": 0, "unsent": 0, "waiting": 0}
    assert message_ids(env) == []


def test_killed_between_commit_and_dispatch_nothing_is_lost(cast, env):
    killed(ACT + "die()", env)
    assert state(cast) == {"notices": 2, "unsent": 2, "waiting": 2}
    finished(WORK, env)
    finished(WORK, env)
    assert state(cast) == ALL_DONE
    assert len(message_ids(env)) == len(set(message_ids(env))) == 2


def test_killed_after_the_lease_it_runs_out_and_another_does_it(cast, env):
    killed(ACT + "assert len(lease()) == 2; die()", env)
    finished(WORK, env)
    assert message_ids(env) == []  # the lease still holds
    finished(LATER, env)
    finished(LATER, env)
    assert state(cast) == ALL_DONE
    assert len(message_ids(env)) == len(set(message_ids(env))) == 2
    assert LEASE.total_seconds() <= 600


def test_killed_between_mail_and_commit_the_message_id_is_the_same(cast, env):
    """The one place where something outside the database may happen twice: the mail server sees the same Message-ID."""
    dying = "plain = mailing.send_mail\ndef send(effect):\n plain(effect); die()\neffects.register('mail', send)\n"
    killed(ACT + dying + "for pk in lease(): try_effect(tenant, pk)", env)
    assert len(message_ids(env)) == 1
    assert state(cast) == {"notices": 2, "unsent": 2, "waiting": 2}
    finished(LATER, env)
    finished(LATER, env)
    assert state(cast) == ALL_DONE
    assert len(set(message_ids(env))) == 2
    assert len(message_ids(env)) == 3
    with tenant_scope(cast.anso):
        assert set(Mail.objects.values_list("message_id", flat=True)) == set(message_ids(env))
        assert sorted(Effect.objects.values_list("attempts", flat=True)) == [1, 2]


def test_killed_inside_a_handler_its_writes_are_gone_and_done_once_later(cast, env):
    write = "effects.register('mail', lambda effect: (tell('inner'), {end}))\nfor pk in lease(): try_effect(tenant, pk)"
    killed(ACT + write.format(end="die()"), env)
    assert state(cast)["notices"] == 2
    again = LATER.replace("with clock.at", write.split("\n")[0].format(end="None") + "\nwith clock.at")
    finished(again, env)
    with tenant_scope(cast.anso):
        assert Notice.objects.filter(key="inner").count() == 2
        assert Notice.objects.count() == 4
