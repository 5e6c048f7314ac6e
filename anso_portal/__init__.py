"""Project: settings, URL map, Celery, WSGI/ASGI.

Owns no domain behaviour; it only puts the apps together."""

from anso_portal.celery import app as celery_app

__all__ = ["celery_app"]
