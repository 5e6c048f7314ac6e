"""Session, one query, a 25-row template: what a Django page costs at least. Same database, same server, same run."""

import os

import dj_database_url
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark-only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": dict(dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60))},
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"rows.html": "PLACEHOLDER"})],
                    )
                ]
            },
        }
    ],
)
settings.TEMPLATES[0]["OPTIONS"]["loaders"][0][1][0][1]["rows.html"] = (
    "<!doctype html><title>Rows</title><table>{% for row in rows %}<tr><td>{{ row.0 }}</td><td>{{ row.1 }}</td>"
    "<td>{{ row.2 }}</td></tr>{% endfor %}</table>"
)

import django  # noqa: E402 - settings come first

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


def rows(request: HttpRequest) -> HttpResponse:
    """25 rows of one query."""
    request.session.get("_auth_user_id")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pk, title, amount FROM bench_row ORDER BY pk DESC LIMIT 25")
        found = cursor.fetchall()
    return render(request, "rows.html", {"rows": found})


urlpatterns = [path("", rows)]
application = get_wsgi_application()
