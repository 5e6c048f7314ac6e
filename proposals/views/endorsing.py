"""The applications that wait for an office: the list, endorsing many in one confirmation, and watching that job."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core import clock
from core.access import open_to
from core.errors import Refused
from core.parameters import whole
from proposals.actions import confirm_endorsements
from proposals.enums import ItemState
from proposals.forms.deciding import ManyForm
from proposals.models import EndorsementItem
from proposals.queries.waiting import (
    MOST_SHOWN,
    Waiting,
    batches_of,
    get_batch,
    in_running_batches,
    progress_of,
    waiting_for,
)
from proposals.views.common import person

REASONS = {
    "late": gettext_lazy("Its time is over"),
    "again": gettext_lazy("Handed in again after a return: see what changed"),
    "large": gettext_lazy("More than CNY 5,000,000"),
}


@open_to(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def to_endorse(request: TenantRequest) -> HttpResponse:
    """What waits for the person's institutions, as lead or as a further step; POST endorses the chosen ones."""
    received_at = clock.now()  # before anything can wait
    user, form, refused = person(request), ManyForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        try:
            batch = confirm_endorsements(
                by=user, proposals=_chosen(request), seen=_seen(request), received_at=received_at
            )
        except Refused as refusal:
            refused = refusal.findings
        else:
            return redirect("proposals:endorsement_batch", request.tenant.slug, batch.pk)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    waiting = waiting_for(user, text=text)
    context = {
        "rows": _rows(waiting),
        "most": MOST_SHOWN if len(waiting) >= MOST_SHOWN else 0,
        "has_many_places": len({one.institution.pk for one in waiting}) > 1,
        "form": form,
        "refused": refused,
        "batches": batches_of(user),
        "chosen": set(request.POST.getlist("items")),
        "text": text,
    }
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "proposals/to_endorse.html", context, status=status)


def _rows(waiting: list[Waiting]) -> list[dict[str, Any]]:
    busy = in_running_batches(one.proposal.pk for one in waiting)
    return [
        {
            "one": one,
            "level": one.level,
            "reasons": [REASONS[reason] for reason in one.reasons],
            "is_busy": one.proposal.pk in busy,
        }
        for one in waiting
    ]


def _chosen(request: TenantRequest) -> list[int]:
    found = (whole(value) for value in request.POST.getlist("items"))
    return [pk for pk in found if pk is not None]


def _seen(request: TenantRequest) -> dict[int, tuple[str, str]]:
    """Step and hash of the hand-in that the page showed of each: `seen.<id>` is `<step> <hash>`."""
    prefix = "seen."
    named = ((whole(name.removeprefix(prefix)), str(value)) for name, value in request.POST.items() if prefix in name)
    return {pk: (value.partition(" ")[0], value.partition(" ")[2]) for pk, value in named if pk is not None}


@open_to(Role.OFFICE)
@require_safe
def endorsement_batch(request: TenantRequest, pk: int) -> HttpResponse:
    """Progress and a receipt per application; the page polls itself."""
    progress = progress_of(get_batch(person(request), pk))
    context = {
        "progress": progress,
        "batch": progress.batch,
        "receipts": [_receipt(request, one) for one in progress.items],
    }
    return render(request, "proposals/endorsement_batch.html", context)


def _receipt(request: TenantRequest, item: EndorsementItem) -> dict[str, Any]:
    status = {ItemState.DONE: "ok", ItemState.FAILED: "block"}.get(ItemState(item.state), "waiting")
    number = item.proposal.application_number or ""
    return {
        "title": f"{number} {item.proposal.title or _('Untitled draft')}".strip(),
        "url": reverse("proposals:detail", args=[request.tenant.slug, item.proposal_id]),
        "status": status,
        "text": item.message,
        "at": item.done_at,
    }
