"""Exceptions: the applicant asks for one, the secretariat lists them and decides."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from core.access import open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from programs.queries import effective_policy
from proposals.actions.waiving import ask_for_waiver, decide_waiver, waivable_findings
from proposals.enums import ProposalState, WaiverState
from proposals.forms.waiving import AskForm, DecideForm, WaiverDecision
from proposals.models import Proposal
from proposals.queries import access_of
from proposals.queries.waivers import get_waiver, waivers_for
from proposals.views.common import person, seen

NOT_NOW, NOT_UNDERSTOOD = 409, 422


@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The applicant asks that one condition (`?ref=`) be waived."""
    access = access_of(person(request), pk)
    proposal = access.proposal
    if not access.owns or proposal.state != ProposalState.DRAFT:
        raise NotVisible
    ref = request.GET.get("ref", "")
    finding = next((one for one in waivable_findings(proposal) if one.ref == ref), None)
    if finding is None:
        return redirect(_check_page(proposal))  # it is put right by now, or granted
    form = AskForm(request.POST if request.method == "POST" else None)
    status = 200 if not form.is_bound else NOT_UNDERSTOOD
    if form.is_bound and form.is_valid():
        try:
            ask_for_waiver(proposal=proposal, by=person(request), ref=ref, reason=form.cleaned_data["reason"])
        except WrongState as error:
            messages.info(request, error.findings[0].message)
            return seen(_check_page(proposal))
        except Refused as refusal:
            form.add_error("reason", refusal.findings[0].message)
        else:
            messages.success(request, _("The secretariat has been asked. You will be told its decision."))
            return seen(_check_page(proposal))
    trail = [(_check_page(proposal), _("Check and hand in"))]
    context = {"proposal": proposal, "finding": finding, "form": form, "crumbs": trail}
    return render(request, "proposals/ask_waiver.html", context, status=status)


def _check_page(proposal: Proposal) -> str:
    return reverse("proposals:hand_in", args=[proposal.tenant.slug, proposal.pk])


@open_to(Role.SECRETARY)
@require_safe
def waivers(request: HttpRequest) -> HttpResponse:
    """All exceptions asked for, newest first, or (`?state=asked`) those that wait."""
    rows = waivers_for(person(request))
    is_waiting = request.GET.get("state") == WaiverState.ASKED
    page = page_of(rows.filter(state=WaiverState.ASKED) if is_waiting else rows, request.GET, column="-id")
    tabs = [
        {"url": "?", "label": _("All"), "is_current": not is_waiting},
        {"url": f"?state={WaiverState.ASKED}", "label": _("Waiting for a decision"), "is_current": is_waiting},
    ]
    context = {"rows": page.rows, "older": page.older, "newer": page.newer, "tabs": tabs}
    return render(request, "proposals/waivers.html", context)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """One exception: what is asked and why; the decision."""
    one = get_waiver(person(request), pk)
    here = reverse("proposals:waiver", args=[one.tenant.slug, one.pk])
    form = DecideForm(request.POST if request.method == "POST" else None)
    status = 200 if not form.is_bound else NOT_UNDERSTOOD
    if form.is_bound and form.is_valid():
        grants = form.cleaned_data["decision"] == WaiverDecision.GRANT
        try:
            decide_waiver(waiver=one, by=person(request), grants=grants, reason=form.cleaned_data["reason"])
        except WrongState as error:
            messages.info(request, error.findings[0].message)
            return seen(here)
        except Refused as refusal:
            form.add_error("reason", refusal.findings[0].message)
        else:
            messages.success(request, _("Decided. The applicant has been told."))
            return seen(here)
    article = effective_policy(one.proposal.call).articles.get(one.article)
    trail = [(reverse("proposals:waivers", args=[one.tenant.slug]), _("Exceptions"))]
    context = {
        "waiver": one,
        "proposal": one.proposal,
        "article": article.label if article else one.article,
        "form": form if one.state == WaiverState.ASKED else None,
        "crumbs": trail,
    }
    return render(request, "proposals/waiver.html", context, status=status)
