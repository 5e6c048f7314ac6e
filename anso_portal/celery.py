"""The Celery application: Redis in production, the filesystem where no REDIS_URL is given."""

import os
from pathlib import Path
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


@app.on_after_configure.connect
def _make_broker_folders(sender: Celery, **kwargs: Any) -> None:
    """The filesystem broker expects its folders to be there."""
    options = sender.conf.broker_transport_options
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)


worker_init.connect(_check, weak=False)
beat_init.connect(_check, weak=False)
