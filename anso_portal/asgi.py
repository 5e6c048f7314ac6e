"""ASGI entry point, for servers that speak it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anso_portal.settings")
application = get_asgi_application()

from anso_portal.serving import check_before_serving  # noqa: E402 - only once the apps are loaded

check_before_serving()
