"""What the pages share."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core.errors import NotVisible
from proposals.models import Proposal
from proposals.queries import judged_by
from reviews import rules
from reviews.http import SEE_OTHER, PortalRequest


def see_other(request: PortalRequest, name: str, *args: Any, query: str = "") -> HttpResponse:
    """To a page of the same tenant, after a POST."""
    response = HttpResponseRedirect(reverse(name, args=[request.tenant.slug, *args]) + query)
    response.status_code = SEE_OTHER
    return response


def judged(request: PortalRequest, pk: int) -> Proposal:
    """A received proposal as staff of this tenant see it. Raises NotVisible, also for a conflicted one (A16)."""
    rows = judged_by(request.user).select_related(
        "tenant", "call__programme", "call__policy_version", "pi", "lead_institution"
    )
    proposal = rows.filter(pk=pk).first()
    if proposal is None or not set(rules.RESULT_READERS) & request.roles:
        raise NotVisible
    return proposal


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
