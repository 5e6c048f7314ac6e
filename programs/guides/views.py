"""Pages of yearly guides: the list, one guide for everybody, and what secretariat, experts and director do with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import STAFF_ROLES, Role
from accounts.http import TenantRequest
from accounts.models import User
from accounts.queries import people_with
from audit.queries import history_of
from core import clock
from core.access import PUBLIC, open_to
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from programs.enums import GuideState
from programs.guides import actions as guiding
from programs.guides.calendar import calendar_file
from programs.guides.content import GuideContent, differences
from programs.guides.forms import CommentForm, ConsultForm, DecisionForm, GuideForms, NewGuideForm, ReasonForm
from programs.guides.queries import PUBLIC_GUIDES, calls_of, get_guide, guides_for, lacks, may_comment
from programs.models import Guide
from programs.queries import programmes_by_slug

GET_POST = ["GET", "HEAD", "POST"]
Act = Callable[..., Any]


def _guide(request: TenantRequest, pk: int) -> Guide:
    return get_guide(_person(request), request.roles, pk)


def _person(request: TenantRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@open_to(PUBLIC)
@require_safe
def guide_list(request: TenantRequest) -> HttpResponse:
    """The guides by year; staff see those in preparation, too."""
    roles = request.roles
    context = {"guides": guides_for(_person(request), roles)[:200], "is_secretary": Role.SECRETARY in roles}
    return render(request, "programs/guides/list.html", context)


@open_to(PUBLIC)
@require_safe
def guide(request: TenantRequest, pk: int) -> HttpResponse:
    """One version: for everybody what it says, for staff and experts what they do with it."""
    return _page(request, _guide(request, pk))


def _page(request: TenantRequest, row: Guide, *, status: int = 200, **more: Any) -> HttpResponse:
    roles, person = request.roles, _person(request)
    is_staff = bool(STAFF_ROLES.intersection(roles))
    context: dict[str, Any] = {
        "guide": row,
        "text": row.text,
        "calls": calls_of(row) if row.state in PUBLIC_GUIDES else [],
        "is_public": row.state in PUBLIC_GUIDES,
        "is_staff": is_staff,
        "later": row.corrections.filter(state__in=PUBLIC_GUIDES).first(),
        "changes": differences(row.corrects.text, row.text) if row.corrects else [],
    }
    if is_staff:
        context |= _for_staff(row, roles)
    elif person is not None and Role.STRATEGIST in roles:
        context["comments"] = row.comments.select_related("author").filter(author=person)
    if person is not None and Role.STRATEGIST in roles and may_comment(person, row):
        context["comment_form"] = CommentForm()
    return render(request, "programs/guides/detail.html", context | more, status=status)


def _for_staff(row: Guide, roles: Any) -> dict[str, Any]:
    is_secretary = Role.SECRETARY in roles
    return {
        "is_secretary": is_secretary,
        "can_edit": is_secretary and row.state == GuideState.DRAFTING,
        "lacks": lacks(row.text) if row.state == GuideState.DRAFTING else [],
        "comments": row.comments.select_related("author"),
        "consulted": row.consultations.select_related("user"),
        "decision_form": DecisionForm() if Role.DIRECTOR in roles and row.state == GuideState.APPROVING else None,
        "history": history_of(row),
    }


@open_to(Role.SECRETARY)
@require_http_methods(GET_POST)
def guide_new(request: TenantRequest) -> HttpResponse:
    """Begin a year's guide."""
    tenant = request.tenant
    form = NewGuideForm(request.POST or None, initial={"year": clock.today(tenant.zone).year + 1})
    if form.is_valid():
        try:
            made = guiding.start_guide(tenant=tenant, by=_user(request), year=form.cleaned_data["year"])
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error("year", finding.message)
        else:
            return redirect("programs:guide_edit", tenant.slug, made.pk)
    return render(request, "programs/guides/new.html", {"form": form}, status=422 if form.errors else 200)


@open_to(Role.SECRETARY)
@require_http_methods(GET_POST)
def guide_edit(request: TenantRequest, pk: int) -> HttpResponse:
    """Write the guide; who is late gets both texts."""
    row = _guide(request, pk)
    if row.state != GuideState.DRAFTING:
        raise NotVisible
    programmes = programmes_by_slug()
    forms, status, present = GuideForms(row.text, row.revision, programmes, request.POST or None), 200, None
    if request.method == "POST":
        status = 422
        if forms.is_valid() and (typed := forms.typed()) is not None:
            try:
                guiding.save_guide(guide=row, by=_user(request), content=typed, revision=forms.revision)
            except StaleRevision as stale:
                present = differences(GuideContent.of(stale.current), typed)
                forms, status = GuideForms(typed, stale.current_revision, programmes), 409
            else:
                messages.success(request, _("Saved."))
                return redirect(
                    "programs:guide_edit" if "stay" in request.POST else "programs:guide", row.tenant.slug, pk
                )
    context = {
        "guide": row,
        "forms": forms,
        "present": present,
        "crumbs": _crumbs(row),
        "has_programmes": bool(programmes),
    }
    return render(request, "programs/guides/edit.html", context, status=status)


@open_to(Role.SECRETARY)
@require_http_methods(GET_POST)
def guide_consult(request: TenantRequest, pk: int) -> HttpResponse:
    """Invite strategy experts to comment."""
    row = _guide(request, pk)
    if row.state != GuideState.DRAFTING:
        raise NotVisible
    experts = people_with(row.tenant, Role.STRATEGIST).order_by("pk")
    form = ConsultForm(experts, *([request.POST] if request.method == "POST" else []))
    obstacles: list[Any] = []
    if form.is_valid():
        data = form.cleaned_data
        until = guiding.last_instant(data["last_day"], row.tenant)
        try:
            guiding.consult(guide=row, by=_user(request), experts=data["experts"], until=until)
        except WrongState:
            raise
        except Refused as refusal:
            obstacles = refusal.findings
        else:
            messages.success(request, _("The experts are invited."))
            return redirect("programs:guide", row.tenant.slug, pk)
    context = {
        "guide": row,
        "form": form,
        "obstacles": obstacles,
        "crumbs": _crumbs(row),
        "has_experts": experts.exists(),
    }
    return render(request, "programs/guides/consult.html", context, status=422 if form.errors or obstacles else 200)


@open_to(Role.STRATEGIST)
@require_POST
def guide_comment(request: TenantRequest, pk: int) -> HttpResponse:
    """An invited expert comments."""
    row, form = _guide(request, pk), CommentForm(request.POST)
    if not row.consultations.filter(user=_user(request)).exists():
        raise NotVisible
    if not form.is_valid():
        return _page(request, row, status=422, comment_form=form)
    try:
        guiding.comment(guide=row, by=_user(request), **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, "; ".join(one.message for one in refusal.findings))
        return _page(request, row, status=409, comment_form=form)
    messages.success(request, _("Thank you. Your comment is with the secretariat."))
    return redirect("programs:guide", row.tenant.slug, pk)


@open_to(Role.DIRECTOR)
@require_POST
def guide_decide(request: TenantRequest, pk: int) -> HttpResponse:
    """The director approves, or gives it back."""
    row, form = _guide(request, pk), DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, decision_form=form)
    approve = request.POST.get("then") == "approve"
    comment, sha256 = form.cleaned_data["comment"], request.POST.get("sha256", "")
    try:
        guiding.decide(guide=row, by=_user(request), approve=approve, comment=comment, sha256=sha256)
    except WrongState:
        messages.info(request, _("It has been decided already."))
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error(finding.field or None, finding.message)
        return _page(request, row, status=409, decision_form=form)
    else:
        messages.success(request, _("Approved.") if approve else _("Given back to the secretariat."))
    return redirect("programs:guide", row.tenant.slug, pk)


def _moving(request: TenantRequest, pk: int, act: Act, done: str) -> HttpResponse:
    """One of the secretariat's steps that need nothing but the click."""
    row = _guide(request, pk)
    try:
        act(guide=row, by=_user(request))
    except Refused as refusal:
        return _page(request, row, status=409, obstacles=refusal.findings)
    messages.success(request, done)
    return redirect("programs:guide", row.tenant.slug, pk)


@open_to(Role.SECRETARY)
@require_POST
def guide_submit(request: TenantRequest, pk: int) -> HttpResponse:
    """Put it before the director."""
    return _moving(request, pk, guiding.submit, _("The guide is before the director."))


@open_to(Role.SECRETARY)
@require_POST
def guide_resume(request: TenantRequest, pk: int) -> HttpResponse:
    """Go on writing."""
    return _moving(request, pk, guiding.resume, _("You can write again."))


@open_to(Role.SECRETARY)
@require_POST
def guide_publish(request: TenantRequest, pk: int) -> HttpResponse:
    """Make it public."""
    return _moving(request, pk, guiding.publish, _("The guide is public."))


@open_to(Role.SECRETARY)
@require_POST
def guide_drop(request: TenantRequest, pk: int) -> HttpResponse:
    """Give it up."""
    return _moving(request, pk, guiding.drop, _("The guide is given up."))


@open_to(Role.SECRETARY)
@require_http_methods(GET_POST)
def guide_correct(request: TenantRequest, pk: int) -> HttpResponse:
    """Begin a correction, with its reason."""
    return _with_reason(request, pk, guiding.correct, "correct")


@open_to(Role.SECRETARY)
@require_http_methods(GET_POST)
def guide_withdraw(request: TenantRequest, pk: int) -> HttpResponse:
    """Take it out of force, with the reason."""
    return _with_reason(request, pk, guiding.withdraw, "withdraw")


def _with_reason(request: TenantRequest, pk: int, act: Act, what: str) -> HttpResponse:
    row = _guide(request, pk)
    if row.state != GuideState.PUBLISHED:
        raise NotVisible
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            made = act(guide=row, by=_user(request), **form.cleaned_data)
        except WrongState:
            raise
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error(finding.field or None, finding.message)
        else:
            if what == "correct":
                return redirect("programs:guide_edit", row.tenant.slug, made.pk)
            messages.success(request, _("The guide is withdrawn. Its page says so."))
            return redirect("programs:guide", row.tenant.slug, pk)
    context = {"guide": row, "form": form, "what": what, "crumbs": _crumbs(row)}
    return render(request, "programs/guides/reason.html", context, status=422 if form.errors else 200)


@open_to(PUBLIC)
@require_safe
def guide_calendar(request: TenantRequest, pk: int) -> HttpResponse:
    """The guide's dates as a calendar file."""
    row = _guide(request, pk)
    if row.state not in PUBLIC_GUIDES:
        raise NotVisible
    response = HttpResponse(calendar_file(row, calls_of(row)), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.tenant.slug}-{row.year}.ics"'
    return response


def _crumbs(row: Guide) -> list[tuple[str, str]]:
    return [
        (reverse("programs:guide_list", args=[row.tenant.slug]), _("Guides")),
        (guiding.page_of(row), f"{row.title} ({row.version})"),
    ]


def _user(request: TenantRequest) -> Any:
    return request.user
