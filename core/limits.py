"""Refuses bodies that no page takes, before anything is read of them (anonymous uploads fill no disk), and slows who
asks again and again for what is dear to make."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.client import client_address, count_up

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


# As often as somebody who works with it might ask, by kind of work; each rendering takes a second or more.
OFTEN = {"preview": 20, "export": 30, "template": 60, "scan": 12}
OFTEN_SECONDS = 60


def at_most(kind: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 to somebody who asks for this kind of work more often than OFTEN in a minute, counted over all views.

    Stands below `open_to`: who may not see the page learns nothing of it."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            who = request.user.pk or client_address(request)
            if count_up(f"often:{kind}:{who}", OFTEN_SECONDS) > OFTEN[kind]:
                answer = render(request, "errors/429.html", status=429)
                answer["Retry-After"] = str(OFTEN_SECONDS)
                return answer
            return view(request, *args, **kwargs)

        return limited

    return decorate
