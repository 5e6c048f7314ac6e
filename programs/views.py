"""Pages of calls: the list, one call with its effective policy, making and publishing one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import STAFF_ROLES, Role
from accounts.http import TenantRequest
from accounts.models import Institution, User
from accounts.queries import search_institutions
from core import clock
from core.access import PUBLIC, open_to
from core.errors import NotVisible, Refused, WrongState
from programs.actions import open_call, publish_call
from programs.enums import CallState
from programs.extending import end_of, extend_deadline
from programs.forms import ExtensionForm, InvitePersonForm, NewCallForm
from programs.models import Call
from programs.policy.short import in_short
from programs.pool.queries import POOL_READERS, draws_into
from programs.queries import calls_for, effective_policy, get_call, open_calls, takes_proposals
from programs.targeting import end_call_invitation, invite_institution, invite_person


@open_to(PUBLIC)
@require_safe
def call_list(request: TenantRequest) -> HttpResponse:
    """Open calls first, soonest deadline on top; below them the others a person may see (staff: in all states)."""
    roles, person = request.roles, _person(request)
    current = list(open_calls(roles, person))
    others = calls_for(roles, person).exclude(pk__in=[row.pk for row in current])
    context = {
        "current": [(row, effective_policy(row)) for row in current],
        "others": others.defer("source", "policy_version__source")[:200],
        "is_staff": bool(STAFF_ROLES.intersection(request.roles)),
        "is_secretary": Role.SECRETARY in request.roles,
        "sees_pool": bool(POOL_READERS.intersection(request.roles)),
        "now": clock.now(),
    }
    return render(request, "programs/call_list.html", context)


@open_to(PUBLIC)
@require_safe
def call(request: TenantRequest, pk: int) -> HttpResponse:
    """The call: dates, amounts, fields, criteria, attachments, process, and every clause with its article."""
    return _call_page(request, get_call(request.roles, pk, _person(request)))


def _person(request: TenantRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@open_to(Role.SECRETARY)
@require_POST
def publish(request: TenantRequest, pk: int) -> HttpResponse:
    """Publish the call; its policy is pinned from here on."""
    row = get_call(request.roles, pk)
    try:
        publish_call(call=row, by=request.user)  # type: ignore[arg-type]
    except WrongState:
        messages.info(request, _("The call has been published already."))
    except Refused as refusal:
        return _call_page(request, row, obstacles=refusal.findings, status=409)
    else:
        messages.success(request, _("The call is public."))
    return redirect("programs:call", request.tenant.slug, pk)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: TenantRequest, pk: int) -> HttpResponse:
    """A longer deadline for a public call, with its reason."""
    row = get_call(request.roles, pk)
    if row.state != CallState.OPEN:
        raise NotVisible
    form = ExtensionForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            extend_deadline(
                call=row,
                by=request.user,  # type: ignore[arg-type]
                closes_at=end_of(row, data["last_day"]),
                scope=data["scope"],
                reason_zh=data["reason_zh"],
                reason_en=data["reason_en"],
            )
        except WrongState:
            raise
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error(finding.field or None, finding.message)
        else:
            messages.success(request, _("The deadline is extended. Everyone who is writing will be told."))
            return redirect("programs:call", request.tenant.slug, pk)
    context = {
        "call": row,
        "form": form,
        "crumbs": [
            (reverse("programs:call_list", args=[row.tenant.slug]), _("Calls")),
            (reverse("programs:call", args=[row.tenant.slug, pk]), row.title),
        ],
    }
    return render(request, "programs/call_extend.html", context, status=422 if form.errors else 200)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def call_new(request: TenantRequest) -> HttpResponse:
    """Make a call from a policy file; every problem of the file is shown with its line."""
    tenant = request.tenant
    obstacles: list[Any] = []
    is_post = request.method == "POST"
    form = NewCallForm(tenant, request.POST, request.FILES) if is_post else NewCallForm(tenant)
    if is_post and form.is_valid():
        try:
            made = open_call(
                tenant=tenant,
                source=form.cleaned_data["source"],
                by=request.user,  # type: ignore[arg-type]
                shift_to=form.shift_to,
            )
        except Refused as refusal:
            obstacles = refusal.findings
        else:
            messages.success(request, _("The call is ready. Read its policy, then publish it."))
            return redirect("programs:call", tenant.slug, made.pk)
    context = {
        "form": form,
        "obstacles": obstacles,
        "crumbs": [(reverse("programs:call_list", args=[tenant.slug]), _("Calls"))],
    }
    status = 409 if obstacles else 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "programs/call_new.html", context, status=status)


def _call_page(
    request: TenantRequest, row: Call, *, obstacles: list[Any] | None = None, status: int = 200
) -> HttpResponse:
    roles, slug = request.roles, request.tenant.slug
    policy = effective_policy(row)
    context = {
        "call": row,
        "policy": policy,
        "acknowledgement": policy.acknowledgement.texts("……") if policy.acknowledgement else None,
        "short": in_short(policy.clauses),
        "crumbs": [(reverse("programs:call_list", args=[slug]), _("Calls"))],
        "is_open": takes_proposals(row, clock.now()),
        "is_staff": bool(STAFF_ROLES.intersection(roles)),
        "extensions": row.extensions.all(),
        "draws": list(draws_into(row)) if row.is_targeted and POOL_READERS.intersection(roles) else [],
        "can_invite": Role.SECRETARY in roles and row.is_targeted,
        "can_extend": Role.SECRETARY in roles and row.state == CallState.OPEN,
        "can_publish": Role.SECRETARY in roles and row.state in (CallState.DRAFTING, CallState.APPROVED),
        "obstacles": obstacles or [],
    }
    return render(request, "programs/call.html", context, status=status)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: TenantRequest, pk: int) -> HttpResponse:
    """Whom a call by invitation is for: institutions found by name, people by the address of their account."""
    row = get_call(request.roles, pk)
    if not row.is_targeted:
        raise NotVisible
    form, status = InvitePersonForm(), 200
    if request.method == "POST":
        form = InvitePersonForm(request.POST if request.POST.get("do") == "person" else None)
        try:
            if _invite(request, row, form):
                return redirect("programs:invited", row.tenant.slug, pk)
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error("email" if finding.field == "email" and form.is_bound else None, finding.message)
        status = 422
    text = request.GET.get("q", "")[:100]
    context = {
        "call": row,
        "form": form,
        "text": text,
        "found": search_institutions(text),
        "invitations": row.invitations.select_related("institution", "user").filter(ended_at__isnull=True),
        "crumbs": [
            (reverse("programs:call_list", args=[row.tenant.slug]), _("Calls")),
            (reverse("programs:call", args=[row.tenant.slug, pk]), row.title),
        ],
    }
    return render(request, "programs/call_invited.html", context, status=status)


def _invite(request: TenantRequest, row: Call, form: InvitePersonForm) -> bool:
    """Carry out the order; False when it makes no sense."""
    by, do, key = request.user, request.POST.get("do"), request.POST.get("key", "")
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    if do == "person" and form.is_valid():
        invite_person(call=row, by=by, email=form.cleaned_data["email"])  # type: ignore[arg-type]
        return True
    if do == "institution" and (institution := Institution.objects.filter(pk=number).first()):
        invite_institution(call=row, by=by, institution=institution)  # type: ignore[arg-type]
        return True
    if do == "end" and (invitation := row.invitations.filter(pk=number).first()):
        end_call_invitation(invitation=invitation, by=by)  # type: ignore[arg-type]
        return True
    return False
