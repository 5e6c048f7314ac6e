"""Reads of panels: which record stands, who sat there, who could (A22 A16). For staff."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from accounts.enums import Role
from accounts.models import User
from accounts.queries import people_with
from core import clock
from core.errors import NotVisible
from programs.clauses.amounts import PanelAbove
from programs.clauses.base import fen
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding
from programs.policy import Policy
from programs.queries import effective_policy
from proposals.models import Proposal, ProposalVersion
from proposals.queries import dossier_of_version, impartial
from reviews.conflicts import Evidence, evidence_for
from reviews.enums import PanelConclusion
from reviews.models import Conflict, Expert, Panel, PanelMember
from reviews.queries.pool import pool

# More experts than one looks through.
MOST_CHOICES = 500


@dataclass(frozen=True)
class Seat:
    """Somebody of a panel; `is_barred`: a conflict of interest came to light (A16)."""

    member: PanelMember
    is_barred: bool

    @property
    def is_expert(self) -> bool:
        """Whether they came from the pool; else for the secretariat."""
        return self.member.expert_id is not None


@dataclass(frozen=True)
class Sitting:
    """A record with everyone who sat there."""

    panel: Panel
    seats: list[Seat] = field(default_factory=list)

    @property
    def experts(self) -> list[Seat]:
        """Those of the pool."""
        return [seat for seat in self.seats if seat.is_expert]

    @property
    def secretariat(self) -> list[Seat]:
        """Those of the secretariat."""
        return [seat for seat in self.seats if not seat.is_expert]

    @property
    def counts(self) -> bool:
        """Whether nobody who must stay out sat there: only then does the record clear anything."""
        return not any(seat.is_barred for seat in self.seats)

    @property
    def has_passed(self) -> bool:
        """Whether the panel passed the request."""
        return self.panel.conclusion == PanelConclusion.PASSED


def sittings_of(proposal: Proposal) -> list[Sitting]:
    """All records of the proposal, the one that stands first. At most two queries."""
    rows = Panel.objects.filter(proposal=proposal).select_related("minutes", "recorded_by").order_by("-number")
    sittings = {row.pk: Sitting(row) for row in rows}
    if not sittings:
        return []
    members = (
        PanelMember.objects.filter(panel__proposal=proposal)
        .annotate(is_barred=Exists(_conflicts_of_member()))
        .select_related("user", "expert__institution")
    )
    for member in members.order_by("pk"):
        sittings[member.panel_id].seats.append(Seat(member, member.is_barred))
    return list(sittings.values())


def _conflicts_of_member() -> QuerySet[Conflict]:
    return Conflict.objects.filter(proposal=OuterRef("panel__proposal"), user=OuterRef("user"))


def standing_panel(proposal: Proposal) -> Panel | None:
    """The record that stands now."""
    return Panel.objects.filter(proposal=proposal).order_by("-number").first()


def panels_that_count(proposals: Collection[int]) -> dict[int, Panel]:
    """The standing record of each, by proposal id; none where a conflict of a member voids it (A16 A22). One query."""
    tainted = PanelMember.objects.filter(Exists(_conflicts_of_member()), panel=OuterRef("pk"))
    rows = Panel.objects.filter(proposal__in=list(proposals)).annotate(is_tainted=Exists(tainted)).order_by("number")
    standing = {row.proposal_id: row for row in rows}
    return {pk: row for pk, row in standing.items() if not row.is_tainted}


def minutes_of(proposal: Proposal, pk: int) -> Panel:
    """A record of this proposal, for its minutes. Raises NotVisible."""
    row = Panel.objects.filter(proposal=proposal, pk=pk).select_related("minutes").first()
    if row is None:
        raise NotVisible
    return row


def panel_limit_fen(policy: Policy) -> int | None:
    """Above which request the policy wants a panel; None: it wants none."""
    limits = [fen(clause.above_yuan) for clause in policy.clauses_of(PanelAbove)]
    return min(limits, default=None)


def panel_findings(proposal: Proposal, version: ProposalVersion) -> list[Finding]:
    """What the panel's rule says of the version: nothing where no panel is needed or it passed the request (A22)."""
    clauses = effective_policy(proposal.call).clauses_of(PanelAbove)
    if not clauses:
        return []
    panel = panels_that_count([proposal.pk]).get(proposal.pk)
    facts = Facts(now=clock.now(), is_panel_held=panel is not None, is_panel_against=is_against(panel))
    dossier = dossier_of_version(version)
    return [finding for clause in clauses for finding in clause.check(dossier, facts)]


def is_against(panel: Panel | None) -> bool:
    """Whether a panel stands that did not pass the request."""
    return panel is not None and panel.conclusion != PanelConclusion.PASSED


@dataclass(frozen=True)
class PanelChoice:
    """A domain expert of the pool, and what ties them to the proposal (A16)."""

    expert: Expert
    evidence: list[Evidence]


def panel_choices(proposal: Proposal, dossier: Dossier) -> list[PanelChoice]:
    """The pool's domain experts, those abroad first, with what ties them to the proposal. A fixed number of queries."""
    rows = pool().filter(is_domain=True, user__is_active=True)
    experts = list(rows.order_by("-is_international", "pk")[:MOST_CHOICES])
    found = evidence_for(proposal, dossier, experts)
    recorded: dict[int, list[Evidence]] = defaultdict(list)
    for row in Conflict.objects.filter(proposal=proposal):
        recorded[row.user_id].append(Evidence(row.kind, row.evidence_zh, row.evidence_en))
    return [PanelChoice(one, found[one.user_id] or recorded[one.user_id]) for one in experts]


def secretariat_choices(proposal: Proposal) -> list[User]:
    """Who may sit there for the secretariat: its people whom nothing ties to the proposal (A16 A22)."""
    return list(impartial(people_with(proposal.tenant, Role.SECRETARY), proposal).order_by("pk"))
