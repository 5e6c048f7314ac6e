"""What beat has done about people."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have run out, with the texts kept in them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
