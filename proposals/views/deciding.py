"""Pages on which an office endorses, the secretariat checks, and the PI takes back or withdraws."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core import clock
from core.access import open_to
from core.errors import NotVisible, Refused, WrongState
from programs.dossier import diff
from programs.policy import blocking
from programs.queries import effective_policy
from proposals.actions import decide_check, endorse, return_to_pi, take_back, withdraw
from proposals.enums import CheckDecision
from proposals.forms.deciding import CheckForm, ReturnForm, field_comments
from proposals.forms.fields import where
from proposals.models import Endorsement, PreliminaryCheck
from proposals.queries import Access, access_of, dossier_of_version, get_visible, latest_version
from proposals.queries.alike import alike
from proposals.queries.chain import chain_of
from proposals.queries.checks import checks_of
from proposals.queries.content import last_return
from proposals.queries.history import editions_for, shown_to
from proposals.queries.options import options_for
from proposals.queries.picture import picture_of
from proposals.views.common import crumbs, history, moved_on, person, rulings, to_detail


# ---------------------------------------------------------------- the institution
@open_to(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def endorse_page(request: TenantRequest, pk: int) -> HttpResponse:
    """An office's decision at its step; beside it findings, difference to the last hand-in, application and history."""
    received_at = clock.now()  # before anything can wait
    access = access_of(person(request), pk)
    proposal = access.proposal
    if request.method != "POST":
        return _endorse_page(request, access)
    try:
        if request.POST.get("decision") == "endorse":
            version = endorse(
                proposal=proposal,
                by=person(request),
                received_at=received_at,
                seen_sha256=request.POST.get("seen", ""),
                step=request.POST.get("step"),
            )
            number = version.proposal.application_number if version else ""
            if number:
                messages.success(request, _("Endorsed and received as %(number)s.") % {"number": number})
            else:
                messages.success(request, _("Endorsed. The next institution decides now."))
        else:
            form = ReturnForm(request.POST)
            comment = form.cleaned_data["comment"] if form.is_valid() else ""
            return_to_pi(
                proposal=proposal,
                by=person(request),
                comment=comment,
                field_comments=field_comments(request.POST.dict()),
                step=request.POST.get("step"),
            )
            messages.success(request, _("Returned to the applicant with your comments."))
    except WrongState as error:
        return moved_on(request, proposal, error)
    except Refused as refusal:
        return _endorse_page(request, access, refusal.findings)
    return to_detail(proposal)


def _endorse_page(request: TenantRequest, access: Access, refused: list[Any] | None = None) -> HttpResponse:
    proposal, editions = access.proposal, editions_for(access)
    shown = shown_to(access, editions)
    options = options_for(access, shown)
    if not options.can_endorse:
        if (access.is_office and access.was_handed_in) or access.is_endorser:
            return to_detail(proposal)
        raise NotVisible
    after, before = [*(edition for edition in editions if not edition.is_version), None, None][:2]
    comments = field_comments(request.POST.dict())
    chain = chain_of(proposal)
    waiting = next((row for row in chain if row.status == "now"), None)
    context = {
        "proposal": proposal,
        "chain": chain,
        "step": waiting.step if waiting else effective_policy(proposal.call).endorsement_chain[0],
        "ends_at": waiting.ends_at if waiting else proposal.closes_at,
        "following": next((row for row in chain if row.status == "todo"), None),
        "shown": shown,
        "picture": picture_of(proposal, shown.dossier, comments=comments, is_commenting=True),
        "findings": options.findings,
        "unmet": blocking(options.findings),
        "refused": refused or [],
        "form": ReturnForm(request.POST or None),
        "before": before,
        "after": after,
        "changes": diff(before.dossier, after.dossier) if before and after else [],
        "asked": _asked(last_return(proposal)) if before else [],
        "events": history(access, request.roles),
        "crumbs": crumbs(proposal, to_this=True),
    }
    return render(request, "proposals/endorse.html", context, status=409 if refused else 200)


def _asked(returned: Endorsement | None) -> list[tuple[str, str]]:
    """Place and comment, the one on the whole first: what the changes should answer."""
    if returned is None:
        return []
    general = [("", returned.comment)] if returned.comment else []
    return [*general, *((where(path), str(text)) for path, text in returned.field_comments.items())]


# ---------------------------------------------------------------- the secretariat
@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def check_page(request: TenantRequest, pk: int) -> HttpResponse:
    """The preliminary check: automatic findings, manual points with their articles, decision with reasons (A20)."""
    access = access_of(person(request), pk)
    proposal = access.proposal
    if not access.is_secretary:
        raise NotVisible
    policy, posted = effective_policy(proposal.call), request.POST if request.method == "POST" else None
    checks = checks_of(proposal)
    was_returned = any(one.decision == CheckDecision.RETURN for one in checks)
    form = CheckForm(policy, posted, was_returned=was_returned)
    if request.method != "POST" or not form.is_valid():
        return _check_page(request, access, form, checks)
    try:
        check = decide_check(
            proposal=proposal,
            by=access.user,
            decision=form.cleaned_data["decision"],
            points=form.points(),
            reason=form.cleaned_data["reason"],
            article=form.cleaned_data["article"],
        )
    except WrongState as error:
        return moved_on(request, proposal, error)
    except Refused as refusal:
        return _check_page(request, access, form, checks, refusal.findings)
    messages.success(request, _("Decided: %(decision)s.") % {"decision": check.get_decision_display()})
    return to_detail(proposal)


def _check_page(
    request: TenantRequest,
    access: Access,
    form: CheckForm,
    checks: list[PreliminaryCheck],
    refused: list[Any] | None = None,
) -> HttpResponse:
    proposal, editions = access.proposal, editions_for(access)
    shown = shown_to(access, editions)
    options = options_for(access, shown)
    if not options.can_check:
        return to_detail(proposal)
    versions = [edition for edition in editions if edition.is_version]
    context = {
        "proposal": proposal,
        "shown": shown,
        "picture": picture_of(proposal, shown.dossier),
        "findings": options.findings,
        "refused": refused or [],
        "form": form,
        "changes": diff(versions[1].dossier, versions[0].dossier) if len(versions) > 1 else [],
        "versions": versions,
        "rulings": rulings(proposal, checks),
        "events": history(access, request.roles),
        "crumbs": crumbs(proposal, to_this=True),
    }
    status = 409 if refused else 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "proposals/check.html", context, status=status)


@open_to(Role.SECRETARY)
@require_safe
def alike_page(request: TenantRequest, pk: int) -> HttpResponse:
    """Earlier applications that this one resembles; the check's page loads them into itself."""
    access = access_of(person(request), pk)
    version = latest_version(access.proposal) if access.is_secretary else None
    if version is None:
        raise NotVisible
    found = alike(access.user, access.proposal, dossier_of_version(version))
    context = {"proposal": access.proposal, "alike": found, "crumbs": crumbs(access.proposal, to_this=True)}
    return render(request, "proposals/alike.html", context)


# ---------------------------------------------------------------- the applicant
@open_to(Role.APPLICANT)
@require_POST
def take_back_view(request: TenantRequest, pk: int) -> HttpResponse:
    """Back from the office to the desk."""
    proposal = get_visible(person(request), pk)
    try:
        take_back(proposal=proposal, by=person(request))
    except WrongState as error:
        return moved_on(request, proposal, error)
    messages.success(request, _("Taken back. You can go on writing."))
    return to_detail(proposal)


@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_page(request: TenantRequest, pk: int) -> HttpResponse:
    """Asks once more, then withdraws for good."""
    user = person(request)
    proposal = get_visible(user, pk)
    if proposal.pi_id != user.pk:
        raise NotVisible
    if request.method != "POST":
        return render(
            request, "proposals/withdraw.html", {"proposal": proposal, "crumbs": crumbs(proposal, to_this=True)}
        )
    try:
        withdraw(proposal=proposal, by=user, reason=request.POST.get("reason", "").replace("\x00", "")[:5000])
    except WrongState as error:
        return moved_on(request, proposal, error)
    messages.success(request, _("Withdrawn."))
    return to_detail(proposal)
