"""What a clause may know beyond the dossier. Gathered by whoever evaluates; clauses never look anything up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


def _no_waivers() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Facts:
    """Facts at one instant. The default of each is "nothing known", which never excuses the applicant.

    Counts of projects leave out thematic network platforms (A19) and the project being judged.
    """

    now: datetime
    """The instant of judging, aware."""
    received_at: datetime | None = None
    """When the submission reached the portal, stamped before any lock; None while it is a draft."""
    opens_at: datetime | None = None
    """When the call opens; None: as the policy says."""
    closes_at: datetime | None = None
    """When the call closes, exclusive; None: as the policy says."""
    is_endorsed: bool = False
    """Whether every step of the endorsement chain agreed to this very version (A10, A18)."""
    active_projects_as_pi: int = 0
    """Active projects of this funder that the PI leads (A19)."""
    active_projects_as_participant: Mapping[str, int] = field(default_factory=_nothing)
    """Active projects of this funder with the person as main participant, by participant key; `pi` is the PI (A19)."""
    pi_leads: frozenset[str] = frozenset()
    """Keys of the schemes in which the PI leads an active project: `cas-international-partnership` (declared),
    `anso-joint-research` (B2.1)."""
    domain_reviews: int = 0
    """Submitted reviews by domain experts without a conflict (A21)."""
    finance_reviews: int = 0
    """Submitted reviews by finance experts without a conflict (A21)."""
    is_panel_held: bool = False
    """Whether a panel on site has given its opinion (A22)."""
    proposed_fen: int | None = None
    """The amount the funding plan proposes or the director approved; None before (A23)."""
    public_results: int = 0
    """Results published through an ANSO or another non-academic channel (A41)."""
    waivers: Mapping[str, str] = field(default_factory=_no_waivers)
    """Reasons of the waivers granted to this proposal, by `Finding.ref`."""
