"""The frozen editions of a proposal, and which files stand in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.standing import standing_of
from programs.dossier import Dossier, DraftProblem
from proposals.enums import ProposalState
from proposals.models import Attachment, HandedIn
from proposals.queries.chain import rounds_reached
from proposals.queries.content import draft_dossier
from proposals.queries.picture import attachment_id
from proposals.queries.visibility import Access


@dataclass(frozen=True)
class Edition:
    """A version (`v2`) or a hand-in (`h3`)."""

    key: str
    number: int
    at: datetime
    sha256: str
    json: str
    by: User
    """Who handed it in; of a version, who endorsed it last."""

    @property
    def is_version(self) -> bool:
        """Whether the funder received it."""
        return self.key.startswith("v")

    @property
    def label(self) -> str:
        """What it is called."""
        if self.is_version:
            return _("Version %(n)d") % {"n": self.number}
        return _("Hand-in %(n)d") % {"n": self.number}

    @cached_property
    def dossier(self) -> Dossier:
        """Its content."""
        return Dossier.model_validate_json(self.json)


def editions_for(access: Access) -> list[Edition]:
    """Newest first: versions, and for the applicant's side also what was handed to the office; for a further step
    of the chain of either what has reached that. At most three queries."""
    proposal = access.proposal
    editions = [
        Edition(f"h{row.round}", row.round, row.handed_in_at, row.sha256, row.dossier_json, row.handed_in_by)
        for row in _handed_in_for(access)
    ]
    if proposal.received_at is not None:
        # An institution that endorsed an earlier round only has never been shown what another one endorsed.
        reads_all = access.reads_draft or access.is_office or access.judges
        reached = {edition.sha256 for edition in editions}
        editions += [
            Edition(f"v{row.number}", row.number, row.received_at, row.sha256, row.dossier_json, row.frozen_by)
            for row in proposal.versions.select_related("frozen_by")
            if reads_all or row.sha256 in reached
        ]
    return sorted(editions, key=lambda edition: (edition.at, edition.is_version, edition.number), reverse=True)


def _handed_in_for(access: Access) -> Iterable[HandedIn]:
    if not access.was_handed_in:
        return ()
    rows = access.proposal.handed_in.select_related("handed_in_by")
    if access.reads_draft or access.is_office:
        return rows
    if access.is_endorser:
        return rows.filter(round__in=rounds_reached(access.proposal, standing_of(access.user).offices))
    return ()


@dataclass(frozen=True)
class Shown:
    """The dossier a person is shown, and which edition it is."""

    dossier: Dossier
    problems: list[DraftProblem]
    edition: Edition | None = None

    @property
    def is_draft(self) -> bool:
        """Whether it is the working copy, which may change under the reader."""
        return self.edition is None


def shown_to(access: Access, editions: list[Edition]) -> Shown:
    """Writers see their working copy while it is one; the office what was handed in; the funder what was received."""
    is_open = access.proposal.state in (ProposalState.DRAFT, ProposalState.ENDORSING)
    version = next((edition for edition in editions if edition.is_version), None)
    handed_in = next((edition for edition in editions if not edition.is_version), None)
    if access.reads_draft and (is_open or version is None):
        return Shown(*draft_dossier(access.proposal))
    examines = access.is_office or access.is_endorser
    edition = handed_in if examines and (is_open or version is None) else version
    if edition is None:
        return Shown(*draft_dossier(access.proposal))
    return Shown(edition.dossier, [], edition)


def find_file(access: Access, pk: int) -> Attachment | None:
    """The attachment if the person may open it: writers all, the others what stands in an edition they may read."""
    row = access.proposal.attachments.select_related("file").filter(pk=pk).first()
    if row is None or access.reads_draft:
        return row
    for edition in editions_for(access):
        if any(attachment_id(held.key) == pk for held in edition.dossier.attachments):
            return row
    return None
