"""Partners chosen from the directory of institutions."""

from typing import Any

from accounts.models import Institution, User
from core.errors import NotVisible
from proposals.forms.reading import merged, rows_in
from proposals.forms.saving import save_onto
from proposals.models import Proposal


def choose_partner(*, proposal: Proposal, by: User, key: str, institution_pk: int) -> Proposal:
    """Put the institution's names and country into the partner row with that key, made if it isn't there.

    It goes onto what others saved meanwhile. Raises NotVisible for an institution that doesn't exist, StaleRevision
    when saves came between each try, and whatever `save_draft` raises."""
    place = Institution.objects.filter(pk=institution_pk).first()
    if place is None:
        raise NotVisible
    row = {
        "key": key,
        "institution_id": place.pk,
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "country": place.country,
    }
    return save_onto(proposal=proposal, by=by, change=lambda draft: _with_partner(draft, row))


def _with_partner(draft: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    rows = rows_in(draft.get("parties"))
    if any(one["key"] == row["key"] for one in rows):
        rows = [merged(one, row) if one["key"] == row["key"] else one for one in rows]
    else:
        rows = [*rows, row]
    return {**draft, "parties": rows}
