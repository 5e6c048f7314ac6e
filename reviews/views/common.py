"""What the pages share."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.http import PortalRequest
from core.errors import NotVisible
from core.rows import only
from proposals.models import Proposal, ProposalVersion
from proposals.queries import judged_by
from reviews import rules
from reviews.http import SEE_OTHER

# Of the newest version, read with the proposal: all that tells which dossier and which budget it is.
_COLUMNS = ("id", "number", "sha256", "budget_book_id")
_LATEST = "latest_version_"


def see_other(request: PortalRequest, name: str, *args: Any, query: str = "") -> HttpResponse:
    """To a page of the same tenant, after a POST."""
    response = HttpResponseRedirect(reverse(name, args=[request.tenant.slug, *args]) + query)
    response.status_code = SEE_OTHER
    return response


def judged(request: PortalRequest, pk: int) -> Proposal:
    """A received proposal as staff of this tenant see it. Raises NotVisible, also for a conflicted one (A16)."""
    latest = ProposalVersion.objects.filter(proposal=OuterRef("pk")).order_by("-number")
    rows = judged_by(request.user).select_related(
        "tenant", "call__programme", "call__policy_version", "pi", "lead_institution"
    )
    rows = rows.annotate(**{f"{_LATEST}{name}": Subquery(latest.values(name)[:1]) for name in _COLUMNS})
    proposal: Proposal | None = only(rows.filter(pk=pk))
    if proposal is None or not set(rules.RESULT_READERS) & request.roles:
        raise NotVisible
    return proposal


def version_of(proposal: Proposal) -> ProposalVersion:
    """The newest frozen version of a proposal that `judged` gave; its dossier is read when asked for, no query before.

    Raises NotVisible if there is none."""
    values = [getattr(proposal, f"{_LATEST}{name}") for name in _COLUMNS]
    if values[0] is None:
        raise NotVisible
    version: ProposalVersion = ProposalVersion.from_db(
        proposal._state.db, [*_COLUMNS, "proposal_id", "tenant_id"], [*values, proposal.pk, proposal.tenant_id]
    )
    version.proposal = proposal
    return version


def crumb(request: PortalRequest, name: str, label: Any, *args: Any) -> tuple[str, Any]:
    """One step of the breadcrumbs."""
    return reverse(name, args=[request.tenant.slug, *args]), label


def add_findings(form: Any, findings: Iterable[Any]) -> list[Any]:
    """Put each finding at its field of the form; those without one are left over."""
    left = []
    for one in findings:
        if one.field in form.fields:
            form.add_error(one.field, one.message)
        else:
            left.append(one)
    return left
