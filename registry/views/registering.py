"""Public pages: register, confirm the address, set a password."""

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import TenantRequest
from accounts.models import User
from accounts.queries import all_tenants
from core.access import PUBLIC, open_to
from credentials.throttle import may_ask
from registry.actions.registering import Typed, confirm, register
from registry.forms.people import RegistrationForm
from registry.letters import HOURS
from registry.links import number_in
from registry.queries.registering import registration_of
from registry.views.common import funder, status_of


@open_to(PUBLIC)
@require_safe
def register_anywhere(request: TenantRequest) -> HttpResponse:
    """With which funder one registers: the account is for all of them."""
    tenants = all_tenants()
    if len(tenants) == 1:
        return redirect("registry:register", tenants[0].slug)
    return render(request, "registry/register_anywhere.html", {"funders": tenants})


@open_to(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def register_page(request: TenantRequest) -> HttpResponse:
    """Register; the answer is the same whether the address has an account or not."""
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    form = RegistrationForm(request.POST if request.method == "POST" else None, initial={"language": language})
    is_search = request.POST.get("do") == "search"
    if request.method == "POST" and not is_search and form.is_valid():
        data = form.cleaned_data
        if not may_ask(request, data["email"], what="registration"):
            return render(request, "errors/429.html", status=429)
        names = ("email", "language", "name_zh", "name_en", "orcid", "institution")
        register(tenant=funder(request), typed=Typed(**{name: data[name] for name in names}))
        return redirect("registry:register_sent", funder(request).slug)
    if is_search:  # show what is called so, and complain of nothing yet
        form.errors.clear()
    context = {"form": form, "is_search": is_search}
    return render(request, "registry/register.html", context, status=200 if is_search else status_of(form))


@open_to(PUBLIC)
@require_safe
def register_sent(request: TenantRequest) -> HttpResponse:
    """What happens now."""
    return render(request, "registry/register_sent.html", {"hours": HOURS})


@open_to(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: TenantRequest, token: str) -> HttpResponse:
    """Behind the mail's link: set a password, and the account is there."""
    row = registration_of(number_in(token))
    if row is None:
        return render(request, "registry/confirm.html", {})
    somebody = User(email=row.email, name_zh=row.name_zh, name_en=row.name_en)
    form = SetPasswordForm(somebody, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        user = confirm(tenant=funder(request), number=row.pk, password=form.cleaned_data["new_password1"])
        if user is None:
            return render(request, "registry/confirm.html", {})
        messages.success(request, _("Your account is open. Sign in with your address and password."))
        if row.institution is None:  # its own is missing: what comes next
            return redirect(
                f"{reverse('login')}?next={reverse('registry:institution_new', args=[funder(request).slug])}"
            )
        return redirect("login")
    context = {"form": form, "registration": row}
    return render(request, "registry/confirm.html", context, status=status_of(form))
