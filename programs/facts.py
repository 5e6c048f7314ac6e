"""What a clause may know beyond the dossier. Gathered by whoever evaluates; clauses never look anything up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Granted:
    """A waiver: the exception that somebody entitled allowed, and why."""

    message: str
    """What the finding said, in English."""
    extent: int | None
    """How far it went beyond the limit, as `Finding.extent`."""
    reason: str


@dataclass(frozen=True)
class Ban:
    """A ban that runs on the day of judging, in the funder's zone (C49)."""

    field: str
    """Whom of the dossier it is about: `lead`, `pi`, `parties.ke`, `participants.p1`."""
    until: date
    """Its last day."""
    decision: str
    """Number of the decision."""
    is_total: bool = False
    """Whether it is on taking part at all, and not only on applying."""


def _no_waivers() -> Mapping[str, Granted]:
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
    is_panel_against: bool = False
    """Whether that panel did not pass the request, so that it goes no further (A22)."""
    needs_budget_review: bool = True
    """False for what is to be declined because its panel did not pass it: its budget is not reviewed any more (A22)."""
    proposed_fen: int | None = None
    """The amount the funding plan proposes or the director approved; None before (A23)."""
    awards: int = 0
    """How many applications of the call are or would be funded, the one being judged included (E1)."""
    public_results: int = 0
    """Results published through an ANSO or another non-academic channel (A41)."""
    bans: tuple[Ban, ...] = ()
    """Bans of the lead institution, the PI, partners and participants that run today (C32 C49)."""
    waivers: Mapping[str, Granted] = field(default_factory=_no_waivers)
    """The waivers granted to this proposal, by `Finding.ref` (A5.5 A19)."""
