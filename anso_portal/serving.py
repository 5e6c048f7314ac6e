"""What a process makes sure of before it serves: web by wsgi and asgi, worker and beat by Celery's signals."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core.rls import refuse_privileged_role


def check_before_serving() -> None:
    """In production raise ImproperlyConfigured for a database role that row-level security does not bind.

    Management commands don't pass here: migrations run as the owner of the tables."""
    if not settings.IS_PRODUCTION:
        return
    try:
        refuse_privileged_role()
    finally:
        connection.close()  # so that no forked child inherits the socket


def stop_unless_safe(**kwargs: Any) -> None:
    """The same for Celery, whose signals swallow every Exception: ends the process instead."""
    try:
        check_before_serving()
    except ImproperlyConfigured as error:
        raise SystemExit(f"refused to start: {error}") from error
