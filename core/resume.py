"""Keeps the fields of a POST that met an expired session, and lets the same person send them again after signing in.

Only text that passed the CSRF check is kept, in the server's session, never files or secrets, and it is shown only to
the person whose session had expired: a signed cookie set while they were signed in says who that was."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from core import clock
from core.access import SIGNED_IN, open_to

SESSION_KEY = "kept_post"
FIELD = "_kept_post"
COOKIE = "who"
COOKIE_AGE = 60 * 60 * 24 * 30
MOST_BYTES = 1024 * 1024
KEPT_FOR = timedelta(hours=24)
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
SECRET_PARTS = ("password", "csrfmiddlewaretoken", "token", "secret", FIELD)


def is_secret(name: str) -> bool:
    """Whether a field of that name is never kept."""
    return any(part in name.lower() for part in SECRET_PARTS)


def owner_of(request: HttpRequest) -> str:
    """Who was last signed in with this browser, by the signed cookie; '' when nobody or when it was tampered with."""
    try:
        return str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=COOKIE_AGE))
    except signing.BadSignature:
        return ""


class KeepLostPostMiddleware:
    """Keeps an anonymous POST to a page that needs signing in, and answers scripts with 401 instead of a redirect.

    Stands after the CSRF and authentication middleware and before LoginRequiredMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            who = str(request.user.pk)
            if owner_of(request) != who:
                _remember(response, who)
            if request.method == "POST" and response.status_code < 400:
                _forget_sent(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.headers.get("HX-Request") == "true" or "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"login": _login_address(request.headers.get("HX-Current-URL", ""))}, status=401)
        if request.method == "POST" and _keep(request):
            return HttpResponseRedirect(_login_address(reverse("resume")))
        return None


def _login_address(following: str) -> str:
    base = resolve_url(settings.LOGIN_URL)
    return f"{base}?{urlencode({'next': following})}" if following else base


def _remember(response: HttpResponse, who: str) -> None:
    response.set_signed_cookie(
        COOKIE, who, salt=COOKIE, max_age=COOKIE_AGE, httponly=True, samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip


def forget_owner(response: HttpResponse) -> None:
    """Let the browser forget who was signed in last: they have left on their own account."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _keep(request: HttpRequest) -> bool:
    owner = owner_of(request)
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if not owner or length > MOST_BYTES or request.content_type not in FORM_TYPES:
        return False
    fields = [[name, values] for name, values in request.POST.lists() if not is_secret(name)]
    if not fields:
        return False
    request.session[SESSION_KEY] = {
        "id": secrets.token_urlsafe(12),
        "owner": owner,
        "path": request.get_full_path(),
        "fields": fields,
        "had_files": bool(request.FILES),
        "at": clock.now().isoformat(),
    }
    return True


def _forget_sent(request: HttpRequest) -> None:
    kept = request.session.get(SESSION_KEY)
    if kept and request.POST.get(FIELD) == kept["id"]:
        del request.session[SESSION_KEY]


def kept_post(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept for this person; another person's or an old one is dropped unseen."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return None
    is_old = clock.now() - datetime.fromisoformat(kept["at"]) > KEPT_FOR
    is_own = kept["owner"] == str(request.user.pk)
    is_here = url_has_allowed_host_and_scheme(kept["path"], allowed_hosts=None)
    if is_old or not is_own or not is_here:
        del request.session[SESSION_KEY]
        return None
    return dict(kept)


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """ "Your text was kept": shows it, and sends it again to where it was going, or drops it."""
    kept = kept_post(request)
    if request.method == "POST":
        request.session.pop(SESSION_KEY, None)
        return redirect(settings.LOGIN_REDIRECT_URL)
    if kept is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    shown = [(name, values) for name, values in kept["fields"] if any(value.strip() for value in values)]
    return render(
        request, "registration/resume.html", {"kept": kept, "at": datetime.fromisoformat(kept["at"]), "shown": shown}
    )
