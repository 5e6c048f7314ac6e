"""Forgotten, set by a link, changed."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle as sign_in_throttle
from core.access import PUBLIC, SIGNED_IN, View, open_to
from credentials import actions, throttle
from credentials.forms import LinkForm
from credentials.links import tokens

METHODS = ["get", "head", "post"]  # Django's form views would take PUT for POST


@open_to(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether there is an account or not."""
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not throttle.may_ask(request, form.cleaned_data["email"]):
            return render(request, "errors/429.html", status=429)
        actions.ask_for_link(email=form.cleaned_data["email"])
        return redirect("password_forgotten_sent")
    return render(request, "credentials/forgotten.html", {"form": form}, status=422 if form.errors else 200)


@open_to(PUBLIC)
@require_safe
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    """What happens now."""
    return render(request, "credentials/sent.html", {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600})


class PasswordByLink(auth_views.PasswordResetConfirmView):
    """Set a password by a link. Django moves the token into the session first, so that no Referer carries it."""

    token_generator = tokens
    template_name = "credentials/by_link.html"
    success_url = reverse_lazy("login")
    http_method_names = METHODS

    def get_user(self, uidb64: str) -> Any:
        """Closed accounts have no link."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        user, token = form.user, self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        if not actions.set_password_by_link(user=user, token=token, password=form.cleaned_data["new_password1"]):
            return HttpResponseRedirect(self.request.path)
        sign_in_throttle.forget_failures(self.request, user.email)
        messages.success(self.request, _("Your password is set. Sign in with it."))
        response = HttpResponseRedirect(str(self.success_url))
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, user.language, max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return response


class PasswordChange(auth_views.PasswordChangeView):
    """A new password; Django ends the person's other sessions."""

    template_name = "credentials/change.html"
    http_method_names = METHODS

    def form_valid(self, form: Any) -> HttpResponse:
        actions.change_password(user=form.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(self.request, form.user)
        return HttpResponseRedirect(reverse("password_change_done"))


# Django answers a link that holds no longer before it looks at the method.
_by_link = cast(View, PasswordByLink.as_view())
by_link = open_to(PUBLIC)(never_cache(require_http_methods(["GET", "HEAD", "POST"])(_by_link)))
change = open_to(SIGNED_IN)(cast(View, PasswordChange.as_view()))
change_done = open_to(SIGNED_IN)(
    auth_views.PasswordChangeDoneView.as_view(template_name="credentials/change_done.html")
)
