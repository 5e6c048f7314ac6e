"""Session, one query, a 25-row template: what a Django page costs at least. Same database, same server, same run.

The middleware and context processors are those that `startproject` writes, less the admin's."""

import os

import dj_database_url
from django.conf import settings

PAGE = (
    "<!doctype html><title>Rows</title><table>{% for row in rows %}<tr><td>{{ row.id }}</td><td>{{ row.title }}</td>"
    "<td>{{ row.amount }}</td></tr>{% endfor %}</table>"
)
settings.configure(
    SECRET_KEY="benchmark-only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": dict(dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60))},
    INSTALLED_APPS=["django.contrib.sessions", "django.contrib.messages"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.messages.context_processors.messages",
                ],
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"rows.html": PAGE})],
                    )
                ],
            },
        }
    ],
)

import django  # noqa: E402 - settings come first

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


class Row(models.Model):
    """One of bench/_filling.py's rows."""

    title = models.TextField()
    amount = models.BigIntegerField()

    class Meta:
        app_label = "bench"
        db_table = "bench_row"

    def __str__(self) -> str:
        return self.title


def rows(request: HttpRequest) -> HttpResponse:
    """25 rows of one query; the session is read, which is another."""
    request.session.get("_auth_user_id")
    return render(request, "rows.html", {"rows": Row.objects.order_by("-id")[:25]})


urlpatterns = [path("", rows)]
application = get_wsgi_application()
