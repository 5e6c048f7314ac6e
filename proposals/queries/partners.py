"""One partner's part of an application: what it says, who may write it by a link, whether it was confirmed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db.models import QuerySet
from django.utils.translation import ngettext

from core import clock
from core.errors import NotVisible
from programs.dossier import Dossier, Party
from programs.policy import Policy
from programs.policy.schema import AttachmentKind
from proposals.enums import ProposalState
from proposals.models import Attachment, PartnerConfirmation, PartnerLink, Proposal
from proposals.queries.content import attachments_of

Draft = Mapping[str, Any]


# ---------------------------------------------------------------- the part
def part_of(draft: Draft, key: str) -> dict[str, Any]:
    """The partner's row and its people, of a draft as typed; nothing of any other partner."""
    return {
        "parties": [row for row in _rows(draft, "parties") if row.get("key") == key],
        "participants": [row for row in _rows(draft, "participants") if row.get("party_key") == key],
    }


def rest_of(draft: Draft, key: str) -> dict[str, Any]:
    """The draft without the partner's part: what its link can't change."""
    return {
        **draft,
        "parties": [row if row.get("key") != key else key for row in _rows(draft, "parties")],
        "participants": [row for row in _rows(draft, "participants") if row.get("party_key") != key],
    }


def _rows(draft: Draft, name: str) -> list[dict[str, Any]]:
    rows = draft.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list | tuple) else []


def files_of(proposal: Proposal, key: str) -> QuerySet[Attachment]:
    """The partner's present files, oldest first."""
    return attachments_of(proposal).filter(party_key=key)


def own_kinds(policy: Policy, party: Party) -> list[AttachmentKind]:
    """The kinds of file that the policy asks of this partner: the foreign ones' agreements and letters (B2.3)."""
    return [one for one in policy.attachment_kinds if one.is_per_foreign_partner and party.is_foreign]


def seen_by(dossier: Dossier, key: str) -> bytes:
    """What is confirmed, as canonical JSON: the partner's data, people and files. Raises NotVisible without it.

    Left out is what the portal adds by itself: ids, memberships, people's accounts."""
    party = dossier.party(key)
    if party is None:
        raise NotVisible
    people = [one for one in dossier.participants if one.party_key == key]
    files = [one for one in dossier.attachments if one.party_key == key]
    data: bytes = rfc8785.dumps(
        {
            "party": party.model_dump(mode="json", exclude={"institution_id", "is_anso_member"}),
            "participants": sorted(
                (one.model_dump(mode="json", exclude={"user_id", "party_key"}) for one in people),
                key=lambda row: str(row["key"]),
            ),
            "files": sorted([one.kind, one.sha256, one.filename] for one in files),
        }
    )
    return data


def hash_of(dossier: Dossier, key: str) -> str:
    """Hex SHA-256 of what is confirmed."""
    return hashlib.sha256(seen_by(dossier, key)).hexdigest()


# ---------------------------------------------------------------- links
def hash_of_token(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def holds_now(link: PartnerLink) -> bool:
    """Whether the link still opens its part of the draft."""
    is_open = link.ended_at is None and link.revoked_at is None and clock.now() < link.expires_at
    return is_open and link.proposal.state == ProposalState.DRAFT


def link_of(token: str) -> PartnerLink:
    """The link that ends in `token`, while it holds. Raises NotVisible: a dead link is like one that never was."""
    rows = PartnerLink.objects.select_related(
        "tenant", "proposal__tenant", "proposal__call__policy_version", "proposal__pi", "proposal__lead_institution"
    )
    found = rows.filter(token_sha256=hash_of_token(token)).first()
    if found is None or not holds_now(found):
        raise NotVisible
    return found


def link_to(proposal: Proposal, pk: int) -> PartnerLink:
    """A link of the proposal's own. Raises NotVisible."""
    found = PartnerLink.objects.filter(proposal=proposal, pk=pk).first()
    if found is None:
        raise NotVisible
    return found


# ---------------------------------------------------------------- standing
@dataclass(frozen=True)
class Standing:
    """How far one partner is."""

    party: Party
    link: PartnerLink | None
    """The one that holds, if any."""
    confirmation: PartnerConfirmation | None
    """The newest that was not taken back."""
    is_confirmed: bool
    """Whether the part still says what was confirmed."""

    @property
    def has_lapsed(self) -> bool:
        """Whether something was changed after it had been confirmed."""
        return self.confirmation is not None and not self.is_confirmed


def standings(proposal: Proposal, dossier: Dossier) -> dict[str, Standing]:
    """Each partner of the dossier by key, in its order. One query; a second one where a link was ever sent."""
    if not dossier.parties:
        return {}
    links = PartnerLink.objects.filter(proposal=proposal, revoked_at__isnull=True).select_related("proposal")
    by_party: dict[str, list[PartnerLink]] = {}
    for link in links.prefetch_related("confirmations").defer("proposal__draft"):
        by_party.setdefault(link.party_key, []).append(link)
    return {party.key: _standing(dossier, party, by_party.get(party.key, [])) for party in dossier.parties}


def _standing(dossier: Dossier, party: Party, links: list[PartnerLink]) -> Standing:
    given = [one for link in links for one in link.confirmations.all()]
    newest = max(given, key=lambda one: one.pk, default=None)
    return Standing(
        party=party,
        link=next((link for link in links if holds_now(link)), None),
        confirmation=newest,
        is_confirmed=newest is not None and newest.sha256 == hash_of(dossier, party.key),
    )


def confirmed_in_words(found: Mapping[str, Standing]) -> str:
    """ "3 of 4 partners have confirmed"; empty while nobody was asked."""
    if not any(one.link or one.confirmation for one in found.values()):
        return ""
    done = sum(1 for one in found.values() if one.is_confirmed)
    text = ngettext("%(done)d of %(n)d partner has confirmed", "%(done)d of %(n)d partners have confirmed", len(found))
    return text % {"done": done, "n": len(found)}
