"""What the reviews of a proposal say, for staff."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.http import PortalRequest
from core.access import open_to
from core.limits import at_most
from programs.queries import effective_policy
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalVersion
from reviews import actions, exports, rules
from reviews.forms.staff import ReasonForm
from reviews.queries.panels import panel_limit_fen, sittings_of
from reviews.queries.results import results_of
from reviews.views.common import crumb, judged, version_of


@open_to(*rules.RESULT_READERS)
@require_safe
def results(request: PortalRequest, pk: int) -> HttpResponse:
    """Scores per criterion with mean and spread, comments, finance suggestions line by line, who is missing."""
    proposal, version = _reviewed(request, pk)
    kinds = rules.kinds_to_assign(request.roles)
    policy = effective_policy(proposal.call)
    limit = panel_limit_fen(policy)
    panel_article = policy.articles.get("A22")
    context = {
        "proposal": proposal,
        "results": results_of(proposal, version, policy),
        "sittings": sittings_of(proposal),
        "limit_fen": limit,
        "is_panel_needed": limit is not None and proposal.requested_fen > limit,
        "panel_article": panel_article.label if panel_article else "",
        "can_record_panel": Role.SECRETARY in request.roles and proposal.state in actions.RECORDABLE,
        "kinds": kinds,
        "can_reopen": bool(kinds) and proposal.state == ProposalState.REVIEWING,
        "reopen_form": ReasonForm(),
        "crumbs": [
            crumb(request, "proposals:list", _("Proposals")),
            crumb(request, "proposals:detail", proposal.application_number, proposal.pk),
        ],
    }
    return render(request, "reviews/results.html", context)


@open_to(*rules.RESULT_READERS)
@require_safe
@at_most("export")
def export(request: PortalRequest, pk: int) -> HttpResponse:
    """The same as an Excel file."""
    proposal, version = _reviewed(request, pk)
    data = exports.results_xlsx(proposal, results_of(proposal, version, effective_policy(proposal.call)))
    return attachment(data, f"reviews-{proposal.application_number}.xlsx")


def attachment(data: bytes, filename: str) -> HttpResponse:
    """An Excel file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=exports.MEDIA_TYPE, headers=headers)


def _reviewed(request: PortalRequest, pk: int) -> tuple[Proposal, ProposalVersion]:
    proposal = judged(request, pk)
    return proposal, version_of(proposal)
