"""A real Celery worker and a real beat deliver a notice: over Redis with PostgreSQL, over the filesystem with SQLite."""

import sys
from contextlib import ExitStack
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from core import clock
from core.tenancy import tenant_scope
from notifications.actions import notify, remind
from notifications.models import Effect, Mail, Notice, Reminder
from tests.processes import environment, running, wait_until

CELERY = [str(Path(sys.executable).parent / "celery"), "-A", "anso_portal"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_worker_and_beat_deliver_a_notice_and_a_reminder(cast, tmp_path):
    if connection.vendor == "postgresql" and not settings.REDIS_URL:
        pytest.skip("needs Redis: run `make test`")
    with tenant_scope(cast.anso):
        notify(tenant=cast.anso, to=[cast.pi], kind="k", key="k", title_zh="申请书已受理", title_en="Received")
        words = {"title_zh": "评审将到期", "title_en": "Review due"}
        remind(tenant=cast.anso, users=[cast.reviewer1], kind="r", subject=cast.anso, due_at=clock.now(), **words)
    env = environment(tmp_path)
    worker = [*CELERY, "worker", "--loglevel=INFO", "--pool=solo", "--without-gossip", "--without-mingle"]
    beat = [*CELERY, "beat", "--loglevel=INFO", "--pidfile=", f"--schedule={tmp_path / 'schedule'}", "--max-interval=1"]

    def sent() -> int:
        with tenant_scope(cast.anso):
            return Mail.objects.exclude(sent_at=None).count()

    def logs() -> str:
        return (tmp_path / "worker.log").read_text()[-3000:] + (tmp_path / "beat.log").read_text()[-1000:]

    with ExitStack() as stack:
        stack.enter_context(running(worker, env | {"REMINDERS_EVERY": "2"}, tmp_path / "worker.log"))
        stack.enter_context(running(beat, env | {"REMINDERS_EVERY": "2"}, tmp_path / "beat.log"))
        wait_until(lambda: sent() == 2, seconds=120, why=logs)
    with tenant_scope(cast.anso):
        assert Notice.objects.count() == 2
        assert not Effect.objects.filter(done_at=None).exists()
        assert not Reminder.objects.filter(sent_at=None).exists()
    messages = [message_from_bytes(path.read_bytes()) for path in (tmp_path / "mail").glob("*")]
    assert {message["To"] for message in messages} == {cast.pi.email, cast.reviewer1.email}
    subjects = {str(make_header(decode_header(message["Subject"]))) for message in messages}
    assert subjects == {"申请书已受理", "Review due"}
