"""The people around a draft: whom the applicant asks, and what those asked answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from core.access import open_to
from core.errors import NotVisible, Obstacle, Refused, WrongState
from proposals.actions import answer_invitation, change_extent, end_invitation, forbid_co_writer, invite
from proposals.enums import Extent, InvitationPurpose, InvitationState, ProposalState
from proposals.forms.people import ExtentForm, InviteForm
from proposals.models import Invitation, Proposal
from proposals.queries import access_of, draft_dossier
from proposals.queries.people import CoWriter, co_writers, get_invitation, invitation_of, open_invitations, seats
from proposals.views.common import crumbs, person, seen

NOT_NOW, NOT_UNDERSTOOD = 409, 422


def _own(request: HttpRequest, pk: int) -> Proposal:
    access = access_of(person(request), pk)
    if not access.owns:
        raise NotVisible
    return access.proposal


def _to_page(proposal: Proposal) -> HttpResponse:
    return seen(reverse("proposals:people", args=[proposal.tenant.slug, proposal.pk]))


@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Co-writers and participants' accounts, for the PI; who is asked is told the same whether they have an account."""
    proposal = _own(request, pk)
    if request.method != "POST":
        return _page(request, proposal)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, proposal, form, status=NOT_UNDERSTOOD)
    try:
        invite(
            proposal=proposal,
            by=person(request),
            purpose=form.cleaned_data["purpose"],
            email=form.cleaned_data["email"],
            participant_key=form.cleaned_data["key"],
            extent=form.cleaned_data["extent"],
        )
    except WrongState as error:
        return _page(request, proposal, findings=error.findings, status=NOT_NOW)
    except Refused as refusal:
        for one in refusal.findings:
            form.add_error("email", one.message)
        return _page(request, proposal, form, status=NOT_NOW)
    messages.success(
        request,
        _("If somebody with this address has an account here, they have been asked. You will be told their answer."),
    )
    return _to_page(proposal)


def _page(
    request: HttpRequest,
    proposal: Proposal,
    form: InviteForm | None = None,
    *,
    findings: list[Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    dossier, _problems = draft_dossier(proposal)
    invitations = open_invitations(proposal)
    context = {
        "proposal": proposal,
        "findings": findings or [],
        "can_invite": proposal.state == ProposalState.DRAFT,
        "writers": co_writers(proposal),
        "extents": Extent.choices,
        "waiting": [
            one
            for one in invitations
            if one.purpose == InvitationPurpose.CO_WRITER and one.state == InvitationState.WAITING
        ],
        "seats": [(seat, _form_for(seat.person.key, form)) for seat in seats(dossier.participants, invitations)],
        "writer_form": _form_for("", form),
        "crumbs": crumbs(proposal, to_this=True),
    }
    return render(request, "proposals/people.html", context, status=status)


def _form_for(key: str, bound: InviteForm | None) -> InviteForm:
    """The bound form at its place, an empty one elsewhere; ids differ by participant."""
    purpose = InvitationPurpose.PARTICIPANT if key else InvitationPurpose.CO_WRITER
    is_here = bound is not None and (bound.data.get("key") or "") == key and bound.data.get("purpose") == purpose
    form = bound if bound is not None and is_here else InviteForm(initial={"purpose": purpose, "key": key})
    form.auto_id = f"id_{key or 'writer'}_%s"
    return form


@open_to(Role.APPLICANT)
@require_POST
def remove_writer(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """A co-writer writes no more."""
    proposal = _own(request, pk)
    user = _writer(proposal, user_pk).person
    forbid_co_writer(proposal=proposal, by=person(request), user=user)
    messages.success(request, _("%(name)s can't read or write the application any more.") % {"name": user.display_name})
    return _to_page(proposal)


@open_to(Role.APPLICANT)
@require_POST
def set_extent(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """A co-writer may do more or less than before."""
    proposal = _own(request, pk)
    user = _writer(proposal, user_pk).person
    form = ExtentForm(request.POST)
    if not form.is_valid():
        return _page(request, proposal, findings=[_no_extent()], status=NOT_UNDERSTOOD)
    extent = Extent(form.cleaned_data["extent"])
    try:
        change_extent(proposal=proposal, by=person(request), user=user, extent=extent)
    except WrongState as error:
        return _page(request, proposal, findings=error.findings, status=NOT_NOW)
    messages.success(request, _("%(name)s: %(extent)s") % {"name": user.display_name, "extent": extent.label})
    return _to_page(proposal)


def _no_extent() -> Obstacle:
    zh, en = "请选择此人可以做什么。", "Choose what they may do."
    return Obstacle("no_extent", zh, en, who_can_clear=Role.APPLICANT)


def _writer(proposal: Proposal, user_pk: int) -> CoWriter:
    found = next((one for one in co_writers(proposal) if one.person.pk == user_pk), None)
    if found is None:
        raise NotVisible
    return found


@open_to(Role.APPLICANT)
@require_POST
def take_invitation_back(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    """An invitation is taken back, or a participant's account let go."""
    proposal = _own(request, pk)
    one = invitation_of(proposal, invitation_pk)
    try:
        end_invitation(invitation=one, by=person(request))
    except WrongState as error:
        return _page(request, proposal, findings=error.findings, status=NOT_NOW)
    messages.success(request, _("Taken back."))
    return _to_page(proposal)


# ---------------------------------------------------------------- those asked
@open_to(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody is asked for, which application and whose it is; consent, refusal, and taking consent back."""
    one = get_invitation(person(request), pk)
    if request.method != "POST":
        return _invitation_page(request, one)
    then = request.POST.get("then", "")
    try:
        if then in ("accept", "decline"):
            one = answer_invitation(invitation=one, by=person(request), accepts=then == "accept")
        elif then == "end":
            one = end_invitation(invitation=one, by=person(request))
        else:
            raise NotVisible
    except WrongState as error:
        one = get_invitation(person(request), pk)
        return _invitation_page(request, one, findings=error.findings, status=NOT_NOW)
    return _after_answer(request, one)


def _invitation_page(
    request: HttpRequest, one: Invitation, *, findings: list[Any] | None = None, status: int = 200
) -> HttpResponse:
    is_writer = one.purpose == InvitationPurpose.CO_WRITER
    is_draft = one.proposal.state == ProposalState.DRAFT
    context = {
        "invitation": one,
        "proposal": one.proposal,
        "findings": findings or [],
        "is_writer": is_writer,
        "can_answer": one.state == InvitationState.WAITING and is_draft,
        "can_end": one.state == InvitationState.ACCEPTED and (is_writer or is_draft),
    }
    return render(request, "proposals/invitation.html", context, status=status)


def _after_answer(request: HttpRequest, one: Invitation) -> HttpResponse:
    slug = one.proposal.tenant.slug
    if one.state == InvitationState.ACCEPTED:
        messages.success(request, _("Thank you; the applicant has been told."))
        if one.purpose == InvitationPurpose.CO_WRITER:
            return seen(reverse("proposals:detail", args=[slug, one.proposal_id]))
        return seen(reverse("proposals:invitation", args=[slug, one.pk]))
    text = _("You declined; the applicant has been told.")
    if one.state == InvitationState.ENDED:
        text = _("Taken back; the applicant has been told.")
    messages.success(request, text)
    return seen(reverse("home"))
