"""What a process makes sure of before it serves: web by wsgi and asgi, worker and beat by Celery's signals."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core.rls import refuse_privileged_role

NO_MODE = (
    "PORTAL_MODE is not set: set PORTAL_MODE=production with its variables (.env.example), "
    "or run the demonstration with `make demo` 未设置 PORTAL_MODE"
)


def check_before_serving() -> None:
    """Raise ImproperlyConfigured where no mode was named, and in production for a database role that row-level
    security does not bind.

    A forgotten variable must not put a demo on the network. Management commands don't pass here: they need no mode,
    and migrations run as the owner of the tables."""
    if not settings.MODE_IS_TOLD:
        raise ImproperlyConfigured(NO_MODE)
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
