"""Refuses bodies that no page takes, before anything is read of them: anonymous uploads fill no disk."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Files a little above the limit still reach their form, which says so beside the field.
TIMES_AN_UPLOAD = 2


class BodyLimitMiddleware:
    """Answers 413 to a body of more than twice the largest upload.

    Stands before everything that reads the body, the CSRF check first of all. A body without a length is not read at
    all: WSGI servers give none of it to Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 18 or int(length) > TIMES_AN_UPLOAD * settings.MAX_UPLOAD_BYTES:
            return render(request, "errors/413.html", status=413)
        return self.get_response(request)
