"""Signing in and out, the language, the funder's colours."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from accounts import actions, throttle
from accounts.models import User
from core.access import PUBLIC, SIGNED_IN, View, open_to
from core.colour import brand_stylesheet
from core.resume import forget_owner

YEAR = 60 * 60 * 24 * 365
METHODS = ["get", "head", "post"]  # Django's form views would take PUT for POST


class SignInForm(AuthenticationForm):
    """E-mail and password; the address is compared without regard to case."""

    error_messages = {
        "invalid_login": _("The e-mail address or the password is wrong."),
        "inactive": _("This account is closed."),
    }

    def clean_username(self) -> str:
        """Addresses are stored lower-case."""
        return str(self.cleaned_data["username"]).strip().lower()


class Login(auth_views.LoginView):
    """The sign-in page, which pauses after too many failures."""

    form_class = SignInForm
    http_method_names = METHODS
    redirect_authenticated_user = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if throttle.is_paused(request, request.POST.get("username", "")):
            return render(request, "errors/429.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        throttle.forget_failures(self.request, self.request.POST.get("username", ""))
        response = super().form_valid(form)
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, form.get_user().language, max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        throttle.count_failure(self.request, self.request.POST.get("username", ""))
        return super().form_invalid(form)


login = open_to(PUBLIC)(cast(View, Login.as_view()))


@open_to(SIGNED_IN)
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out, and let this browser forget who was here."""
    response: HttpResponse = auth_views.LogoutView.as_view()(request)
    forget_owner(response)
    return response


@open_to(PUBLIC)
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch this browser's language, and the signed-in person's."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        actions.remember_language(user=request.user, language=language)
    return django_set_language(request)


@open_to(PUBLIC)
@require_safe
def brand_css(request: HttpRequest) -> HttpResponse:
    """The funder's colours, each made readable; its address carries the colour, so it never goes stale."""
    tenant = getattr(request, "tenant", None)
    if tenant is None:
        raise Http404
    response = HttpResponse(brand_stylesheet(tenant.brand_colour), content_type="text/css; charset=utf-8")
    patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return response
