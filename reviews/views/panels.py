"""The record of a panel on site, and its minutes (A22)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.http import PortalRequest
from core.access import open_to
from core.errors import NotVisible, Refused
from documents.refusals import FileRefused
from documents.responses import as_attachment
from programs.queries import effective_policy
from proposals.models import Proposal
from proposals.queries import latest_version
from reviews import actions, rules
from reviews.forms.panel import MeetingForm
from reviews.http import NOT_NOW, NOT_UNDERSTOOD
from reviews.queries.panels import minutes_of, panel_choices, panel_limit_fen, secretariat_choices, sittings_of
from reviews.queries.plans import dossier_of
from reviews.views.common import add_findings, crumb, judged, see_other
from reviews.wording import cited


@open_to(Role.SECRETARY)
@require_http_methods(["GET", "HEAD", "POST"])
def panel(request: PortalRequest, pk: int) -> HttpResponse:
    """Record a panel's meeting, or correct the record while no plan with the proposal is approved."""
    proposal = judged(request, pk)
    desk = _Desk(request, proposal)
    if request.method != "POST":
        return desk.page(desk.form())
    form = desk.form(request.POST, request.FILES)
    if not form.is_valid():
        return desk.page(form, status=NOT_UNDERSTOOD)
    try:
        actions.record_panel(
            proposal=proposal,
            by=request.user,
            meeting=form.meeting(),
            supersedes=form.superseded(),
            reason=form.cleaned_data.get("reason", ""),
        )
    except FileRefused as refusal:
        form.add_error("minutes", str(refusal))
        return desk.page(form, status=NOT_UNDERSTOOD)
    except Refused as refusal:
        left = add_findings(form, refusal.findings)
        return _Desk(request, proposal).page(form, findings=left, status=NOT_NOW)
    messages.success(request, _("The panel is on record."))
    return see_other(request, "reviews:results", pk, query="#panel")


class _Desk:
    """What the page shows of one proposal, as it is now."""

    def __init__(self, request: PortalRequest, proposal: Proposal) -> None:
        version = latest_version(proposal)
        if version is None:
            raise NotVisible
        self.request, self.proposal = request, proposal
        self.sittings = sittings_of(proposal)
        self.choices = panel_choices(proposal, dossier_of(version))
        self.secretariat = secretariat_choices(proposal)

    def form(self, *posted: Any) -> MeetingForm:
        return MeetingForm(
            *posted,
            tenant=self.proposal.tenant,
            experts=self.choices,
            secretariat=self.secretariat,
            standing=self.sittings[0] if self.sittings else None,
        )

    def page(self, form: MeetingForm, *, findings: list[Any] | None = None, status: int = 200) -> HttpResponse:
        policy = effective_policy(self.proposal.call)
        limit, conflict = panel_limit_fen(policy), policy.articles.get("A16")
        context = {
            "proposal": self.proposal,
            "form": form,
            "findings": cited(findings or [], policy),
            "sittings": self.sittings,
            "limit_fen": limit,
            "is_needed": limit is not None and self.proposal.requested_fen > limit,
            "can_record": self.proposal.state in actions.RECORDABLE,
            "barred": [one for one in self.choices if one.evidence],
            "conflict_article": conflict.label if conflict else "",
            "crumbs": [
                crumb(self.request, "proposals:list", _("Proposals")),
                crumb(self.request, "proposals:detail", self.proposal.application_number, self.proposal.pk),
                crumb(self.request, "reviews:results", _("Review results"), self.proposal.pk),
            ],
        }
        return render(self.request, "reviews/panel.html", context, status=status)


@open_to(*rules.RESULT_READERS)
@require_safe
def minutes(request: PortalRequest, pk: int, panel_pk: int) -> HttpResponse:
    """The minutes of one record, for staff who read the results."""
    row = minutes_of(judged(request, pk), panel_pk)
    return as_attachment(row.minutes, row.filename)
