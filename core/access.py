"""Deny by default: each view says who may reach it, and a system check refuses a URL map with one that doesn't."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.checks import CheckMessage, Error, Tags, register
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = "public"
SIGNED_IN = "signed_in"

View = Callable[..., HttpResponse]


def open_to(*who: str) -> Callable[[View], View]:
    """Declare who may reach a view: PUBLIC, SIGNED_IN, or roles in the URL's tenant, any one of which is enough.

    A signed-in person without the role gets the 404 of a missing page."""
    allowed = frozenset(str(one) for one in who)
    if not allowed:
        raise ValueError("a view is open to somebody")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not allowed & {PUBLIC, SIGNED_IN} and not allowed & getattr(request, "roles", frozenset()):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.open_to = allowed  # type: ignore[attr-defined] # the declaration that the check reads
        return login_not_required(guarded) if PUBLIC in allowed else guarded

    return decorate


def walk(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern of the project, with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route)
        else:
            yield route, entry


def declaration(pattern: URLPattern) -> frozenset[str] | None:
    """What `open_to` declared for the pattern's view, or None."""
    view: Any = pattern.callback
    return getattr(view, "open_to", None) or getattr(getattr(view, "view_class", None), "open_to", None)


@register(Tags.security)
def every_view_declares_its_policy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Fail the system check for a URL whose view has no `open_to`."""
    return [
        Error(f"/{route} does not say who may reach it", hint="add @open_to(...)", id="core.E001")
        for route, pattern in walk()
        if declaration(pattern) is None
    ]
