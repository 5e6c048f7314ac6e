"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anso_portal.settings")
application = get_wsgi_application()

from anso_portal.serving import check_before_serving  # noqa: E402 - only once the apps are loaded

check_before_serving()
