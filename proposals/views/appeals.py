"""Appeals against declarations of invalidity: the applicant hands one in, another secretary decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from core import clock
from core.access import open_to
from core.errors import NotVisible, Refused, WrongState
from core.keyset import page_of
from documents.queries import bytes_of
from documents.refusals import FileRefused
from programs.queries import effective_policy
from proposals.actions.appealing import decide_appeal, file_appeal
from proposals.enums import AppealState, ProposalState
from proposals.forms.appealing import AppealDecision, AppealDecisionForm, AppealForm
from proposals.models import Appeal
from proposals.queries import Access, access_of
from proposals.queries.checks import appealable, appeals_for, evidence_for, get_appeal, standing_declaration
from proposals.views.common import READERS, crumbs, download, moved_on, person, rulings, seen, to_detail

NOT_NOW, NOT_UNDERSTOOD = 409, 422


# ---------------------------------------------------------------- the applicant
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """The applicant appeals; until when to the second, against what, and what becomes of it."""
    received_at = clock.now()  # before anything can wait
    access = access_of(person(request), pk)
    if not access.owns or access.proposal.received_at is None:
        raise NotVisible
    if request.method != "POST":
        return _appeal_page(request, access, AppealForm())
    form = AppealForm(request.POST, request.FILES)
    if not form.is_valid():
        return _appeal_page(request, access, form, status=NOT_UNDERSTOOD)
    upload, against = form.cleaned_data["evidence"], request.POST.get("against", "")
    try:
        file_appeal(
            proposal=access.proposal,
            by=access.user,
            reason=form.cleaned_data["reason"],
            filename=upload.name if upload else "",
            data=upload.read() if upload else None,
            received_at=received_at,
            against=int(against) if against.isdecimal() and against.isascii() else None,
        )
    except WrongState as error:
        return moved_on(request, access.proposal, error)
    except FileRefused as refusal:
        form.add_error("evidence", str(refusal))
        return _appeal_page(request, access, form, status=NOT_UNDERSTOOD)
    except Refused as refusal:
        return _appeal_page(request, access, form, refusal.findings, status=NOT_NOW)
    messages.success(request, _("Your appeal has been handed in. You will be told the decision."))
    return to_detail(access.proposal)


def _appeal_page(
    request: HttpRequest, access: Access, form: AppealForm, refused: list[Any] | None = None, status: int = 200
) -> HttpResponse:
    proposal = access.proposal
    check = standing_declaration(proposal) if refused else appealable(proposal)
    if check is None:
        return to_detail(proposal)
    context = {
        "proposal": proposal,
        "ruling": rulings(proposal, [check])[0],
        "refused": refused or [],
        "form": form,
        "crumbs": crumbs(proposal, to_this=True),
    }
    return render(request, "proposals/appeal.html", context, status=status)


@open_to(*READERS)
@require_safe
def evidence(request: HttpRequest, pk: int, appeal_pk: int) -> HttpResponse:
    """What was handed in with an appeal: for the applicant, the institution and the secretariat."""
    row = evidence_for(access_of(person(request), pk), appeal_pk)
    assert row.evidence is not None
    return download(bytes_of(row.evidence), row.evidence.media_type, row.filename)


# ---------------------------------------------------------------- the secretariat
@open_to(Role.SECRETARY)
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """All appeals, newest first, or (`?state=filed`) those that wait."""
    rows = appeals_for(person(request))
    is_waiting = request.GET.get("state") == AppealState.FILED
    page = page_of(rows.filter(state=AppealState.FILED) if is_waiting else rows, request.GET, column="-id")
    tabs = [
        {"url": "?", "label": _("All"), "is_current": not is_waiting},
        {"url": f"?state={AppealState.FILED}", "label": _("Waiting for a decision"), "is_current": is_waiting},
    ]
    context = {"rows": page.rows, "older": page.older, "newer": page.newer, "tabs": tabs}
    return render(request, "proposals/appeals.html", context)


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def appeal_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """One appeal beside what it is against; the decision, for whoever did not declare it invalid."""
    one = get_appeal(person(request), pk)
    form = AppealDecisionForm(effective_policy(one.proposal.call), request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _decision_page(request, one, form, status=NOT_UNDERSTOOD if form.is_bound else 200)
    try:
        decide_appeal(
            appeal=one,
            by=person(request),
            grants=form.cleaned_data["decision"] == AppealDecision.GRANT,
            article=form.cleaned_data["article"],
            reason=form.cleaned_data["reason"],
        )
    except WrongState as error:
        messages.info(request, error.findings[0].message)
        messages.warning(request, _("This was not sent: %(text)s") % {"text": form.cleaned_data["reason"]})
    except Refused as refusal:
        return _decision_page(request, one, form, refusal.findings, status=NOT_NOW)
    else:
        messages.success(request, _("Decided. The applicant and the institution have been told."))
    return seen(reverse("proposals:appeal_decision", args=[one.tenant.slug, one.pk]))


def _decision_page(
    request: HttpRequest, one: Appeal, form: AppealDecisionForm, refused: list[Any] | None = None, status: int = 200
) -> HttpResponse:
    is_open = one.state == AppealState.FILED and one.proposal.state == ProposalState.INVALID
    context = {
        "appeal": one,
        "proposal": one.proposal,
        "ruling": rulings(one.proposal, [one.against])[0],
        "refused": refused or [],
        "form": form if is_open and one.against_by_id != person(request).pk else None,
        "is_own": is_open and one.against_by_id == person(request).pk,
        "crumbs": [(reverse("proposals:appeals", args=[one.tenant.slug]), _("Appeals"))],
    }
    return render(request, "proposals/appeal_decision.html", context, status=status)
