"""The conditions under which a further institution of the endorsement chain sees an application and decides on it.

It sees what has reached it and no more. A person of its office who is tied to the application in another way, as a
member of the team or by a place at the lead institution or at a partner, does not (A16 C12)."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.standing import standing_of
from core.conditions import Holds
from proposals.models import EndorsementTurn, ProposalParty
from proposals.queries.impartiality import without_conflict

NOBODY = Q(pk__in=())
_FREE = (
    "({lead} NOT IN %s OR {lead} = t.institution_id) AND NOT EXISTS (SELECT 1 FROM {parties} p WHERE "
    "p.proposal_id = {key} AND p.institution_id IN %s AND p.institution_id <> t.institution_id {probe})"
)
_MINE = "EXISTS (SELECT 1 FROM {turns} t WHERE t.proposal_id = {key} AND t.institution_id IN %s"


def reached(user: User, *, is_open: bool = False) -> Q:
    """Proposals that have reached a further step of an institution of the person's; `is_open`: that wait for it now."""
    standing = standing_of(user)
    if not standing.offices:
        return NOBODY
    now = " AND t.closed_at IS NULL" if is_open else ""
    names: dict[str, Any] = {
        "turns": EndorsementTurn,
        "parties": ProposalParty,
        "key": "pk",
        "lead": "lead_institution",
    }
    mine = Holds(
        f"{_MINE} AND t.reached_at IS NOT NULL{now} AND {_FREE} {{probe}})",
        *(standing.offices, standing.all_places, standing.all_places),
        **names,
    )
    return Q(mine) & without_conflict(user, with_institutions=False)


def is_beyond_office() -> Holds:
    """Whether the proposal waits for a further step, and no longer for the lead institution."""
    return Holds(
        "EXISTS (SELECT 1 FROM {turns} t WHERE t.proposal_id = {key} AND t.reached_at IS NOT NULL "
        "AND t.closed_at IS NULL {probe})",
        turns=EndorsementTurn,
        key="pk",
    )
