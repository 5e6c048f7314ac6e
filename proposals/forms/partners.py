"""Partners chosen from the directory of institutions."""

from accounts.models import Institution, User
from core.errors import NotVisible
from proposals.actions import save_draft
from proposals.forms.reading import merged, rows_in
from proposals.models import Proposal


def choose_partner(*, proposal: Proposal, by: User, key: str, institution_pk: int) -> Proposal:
    """Put the institution's names and country into the partner row with that key, made if it isn't there.

    Raises NotVisible for an institution that doesn't exist, StaleRevision when the draft was saved in between."""
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
    rows = rows_in(proposal.draft.get("parties"))
    if any(one["key"] == key for one in rows):
        rows = [merged(one, row) if one["key"] == key else one for one in rows]
    else:
        rows = [*rows, row]
    data = {**proposal.draft, "parties": rows}
    return save_draft(proposal=proposal, by=by, data=data, revision=proposal.revision)
