"""The Celery application: Redis in production, the filesystem where no REDIS_URL is given."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anso_portal.settings")

app = Celery("anso_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _check(**kwargs: Any) -> None:
    from anso_portal.serving import stop_unless_safe  # the apps are loaded only when a process starts

    stop_unless_safe()


worker_init.connect(_check, weak=False)
beat_init.connect(_check, weak=False)
