"""Whatever beat sends, a worker knows."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import clear_sessions
from anso_portal.celery import app


@pytest.mark.parametrize("entry", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_each_scheduled_task_is_registered(entry: str) -> None:
    app.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE[entry]["task"] in app.tasks


def test_expired_sessions_go(db: None) -> None:
    for age in (timedelta(days=1), timedelta(days=-1)):
        session = SessionStore()
        session["kept_post"] = {"fields": []}
        session.create()
        Session.objects.filter(pk=session.session_key).update(expire_date=timezone.now() + age)
    clear_sessions()
    assert Session.objects.count() == 1
