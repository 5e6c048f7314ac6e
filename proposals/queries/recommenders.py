"""Reads of who endorses for whom, for the administrator."""

from django.db.models import Q

from accounts.enums import Role
from programs.policy.endorsing import EndorsementStep
from programs.queries import calls_for, effective_policy
from proposals.models import Recommender

MOST_SHOWN = 200


def units_named() -> dict[str, EndorsementStep]:
    """The further steps that the funder's calls have, by unit; the newest call's words. Two queries."""
    found: dict[str, EndorsementStep] = {}
    for call in calls_for([Role.ADMIN])[:200]:
        for step in effective_policy(call).endorsement_chain:
            if step.unit:
                found.setdefault(step.unit, step)
    return found


def recommenders(text: str = "") -> list[Recommender]:
    """The active tenant's records, those first whose institutions' names contain `text`; at most MOST_SHOWN."""
    rows = Recommender.objects.select_related("institution", "endorser", "recorded_by")
    if text:
        rows = rows.filter(
            Q(institution__name_zh__icontains=text)
            | Q(institution__name_en__icontains=text)
            | Q(endorser__name_zh__icontains=text)
            | Q(endorser__name_en__icontains=text)
        )
    return list(rows.order_by("unit", "institution__name_zh", "institution__name_en", "pk")[:MOST_SHOWN])


def recommender_of(pk: int) -> Recommender | None:
    """One of the active tenant's records."""
    return Recommender.objects.select_related("tenant").filter(pk=pk).first()
