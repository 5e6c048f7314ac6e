"""The administrator's pages: who holds which role with the funder; giving and ending them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from accounts.models import User
from core.access import open_to
from core.errors import NotVisible, Refused
from core.keyset import page_of
from registry.actions.roles import end_role, give_role, give_role_by_address
from registry.forms.roles import GIVEN_HERE, NewPersonForm, PeopleFilter, RoleForm
from registry.queries.roles import OF_THE_POOL, member_of, people_of, places_of, role_history, with_roles
from registry.views.common import funder, person, put_beside, searched, status_of


@open_to(Role.ADMIN)
@require_safe
def people(request: TenantRequest) -> HttpResponse:
    """Everybody who holds a role with the funder, by `?q=` and `?role=`, a page at a time."""
    tenant, filters = funder(request), PeopleFilter(request.GET)
    role = request.GET.get("role", "")
    rows = people_of(tenant, searched(request.GET.get("q", "")), role if role in Role.values else "")
    page = page_of(rows, request.GET)
    context = {
        "rows": with_roles(tenant, page.rows),
        "older": page.older,
        "newer": page.newer,
        "filters": filters,
        "is_filtered": any(request.GET.get(name) for name in ("q", "role")),
    }
    return render(request, "registry/people.html", context)


@open_to(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: TenantRequest) -> HttpResponse:
    """Give a role to somebody by the address; without an account they are invited to set a password."""
    tenant = funder(request)
    form = NewPersonForm(GIVEN_HERE, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = give_role_by_address(tenant=tenant, by=person(request), **form.cleaned_data)
        except Refused as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("%(name)s has the role now and is told.") % {"name": user.display_name})
            return redirect("registry:person", tenant.slug, user.pk)
    context = {"form": form, "crumbs": _crumbs(request)}
    return render(request, "registry/person_new.html", context, status=status_of(form))


@open_to(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def one_person(request: TenantRequest, pk: int) -> HttpResponse:
    """One person's roles with the funder and how they came by them; giving one (`do=give`) and ending one."""
    tenant = funder(request)
    user = member_of(tenant, pk)
    if user is None:
        raise NotVisible
    ((_user, held),) = with_roles(tenant, [user])
    roles = [one.role for one in held]
    does = request.POST.get("do") if request.method == "POST" else ""
    give = RoleForm(
        [one for one in GIVEN_HERE if one not in roles], request.POST if does == "give" else None, prefix="give"
    )
    end = RoleForm(
        [one for one in roles if one not in OF_THE_POOL], request.POST if does == "end" else None, prefix="end"
    )
    for form, is_given in ((give, True), (end, False)):
        if form.is_bound and form.is_valid() and _done(request, user, form, is_given=is_given):
            return _after(request, user)
    context = {
        "member": user,
        "held": held,
        "places": places_of(user),
        "give": give,
        "end": end,
        "is_self": user.pk == person(request).pk,
        "of_the_pool": OF_THE_POOL,
        "events": role_history(user),
        "crumbs": _crumbs(request),
    }
    return render(request, "registry/person.html", context, status=status_of(give, end))


def _done(request: TenantRequest, user: User, form: RoleForm, *, is_given: bool) -> bool:
    """Carry it out; False with the reasons at the form's fields when it may not go on."""
    act = give_role if is_given else end_role
    try:
        act(tenant=funder(request), by=person(request), user=user, **form.cleaned_data)
    except Refused as refusal:
        put_beside(form, refusal)
        return False
    words = _("%(name)s has the role now and is told.") if is_given else _("The role has ended; %(name)s is told.")
    messages.success(request, words % {"name": user.display_name})
    return True


def _after(request: TenantRequest, user: User) -> HttpResponse:
    """To the person's page while they have one and it is still for whoever asks."""
    tenant = funder(request)
    roles = {one.role for _user, held in with_roles(tenant, [person(request)]) for one in held}
    if Role.ADMIN not in roles:
        return redirect("home")
    if member_of(tenant, user.pk) is None:
        return redirect("registry:people", tenant.slug)
    return redirect("registry:person", tenant.slug, user.pk)


def _crumbs(request: TenantRequest) -> list[tuple[str, str]]:
    return [(reverse("registry:people", args=[funder(request).slug]), _("People and roles"))]
