"""Reads of waivers: what was granted, for the clauses and whoever decides later; what waits for the secretariat."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from accounts.enums import Role
from accounts.models import User
from accounts.standing import standing_of
from core.errors import NotVisible
from core.tenancy import active_among
from programs.facts import Granted
from proposals.enums import WaiverState
from proposals.models import Proposal, Waiver
from proposals.queries.impartiality import without_conflict


def granted_to(proposals: Collection[int]) -> Mapping[int, Mapping[str, Granted]]:
    """By proposal id and `Finding.ref`; the newest of each. One query."""
    found: dict[int, dict[str, Granted]] = defaultdict(dict)
    rows = Waiver.objects.filter(proposal__in=list(proposals), state=WaiverState.GRANTED).order_by("pk")
    for pk, ref, message, extent, reason in rows.values_list(
        "proposal_id", "ref", "message_en", "extent", "decision_reason"
    ):
        found[pk][ref] = Granted(message, extent, reason)
    return found


def waivers_of(proposal: Proposal) -> dict[str, Waiver]:
    """The newest of each condition, by `Finding.ref`. One query."""
    return {row.ref: row for row in Waiver.objects.filter(proposal=proposal).order_by("pk")}


def waivers_for(user: User) -> QuerySet[Waiver]:
    """Those that the person may read and decide: of their secretariat, without a tie to the application (A16)."""
    tenants = active_among(standing_of(user).where(Role.SECRETARY))
    rows = Waiver.objects.filter(without_conflict(user, key="proposal", path="proposal__"), tenant__in=tenants)
    return rows.select_related("proposal__pi", "proposal__lead_institution", "proposal__call", "decided_by", "tenant")


def get_waiver(user: User, pk: int) -> Waiver:
    """One of them. Raises NotVisible."""
    row = waivers_for(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row
