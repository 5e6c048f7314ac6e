"""Whose signature each book waits for, and what deserves attention before it is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, IntegerField, Q, QuerySet

from accounts.enums import STAFF_ROLES, Role
from accounts.models import User
from accounts.queries import office_institutions, office_users, people_with
from accounts.standing import standing_of
from core import clock
from core.conditions import Sql
from core.tenancy import active_among
from programs.policy import Policy
from programs.policy.sections import Signatory
from programs.queries import policies_by_hash
from projects.enums import ProjectState
from projects.models import Project, Signature
from projects.queries.visible import may_act_as, visible_to, with_freedom
from projects.rules import APPLICANT_SIDE
from proposals.queries import impartial, without_conflict

# A book that waits longer for one party is marked late.
LATE_AFTER = timedelta(days=7)
MOST_WAITING = 500
# Who signs trays of books: the funder's staff and its host institution.
SIGNING_ROLES = (*sorted(STAFF_ROLES), Role.HOST)


def policy_of(project: Project) -> Policy:
    """The effective policy that the project's call pinned."""
    return policies_of([project])[project.call_id]


def policies_of(projects: Iterable[Project]) -> dict[int, Policy]:
    """Effective policies by call id; the projects come with their calls. No query once this process knows them."""
    hashes = {project.call_id: project.call.policy_sha256 for project in projects}
    known = policies_by_hash({sha256: call for call, sha256 in hashes.items()})
    return {call: known[sha256] for call, sha256 in hashes.items()}


def next_signatory(policy: Policy, signed: int) -> Signatory | None:
    """Whose turn it is after `signed` signatures (A26); None when all have signed."""
    order = policy.book.signatories
    return order[signed] if signed < len(order) else None


def staff_side_parties(policy: Policy) -> list[Signatory]:
    """The parties that sign trays of books: the funder's own."""
    return [one for one in policy.book.signatories if one.role not in APPLICANT_SIDE]


@dataclass(frozen=True)
class Waiting:
    """A book and the party whose turn it is."""

    project: Project
    signatory: Signatory
    since: datetime
    """When the last party signed, or the book was issued."""
    deviation_fen: int
    """Approved less requested."""

    @property
    def is_late(self) -> bool:
        return clock.now() - self.since > LATE_AFTER

    @property
    def share_cut(self) -> float:
        """How far the approved amount lies below the requested one, 0 to 1."""
        asked = self.project.proposal.requested_fen
        return -self.deviation_fen / asked if asked > 0 and self.deviation_fen < 0 else 0.0


def waiting_for_signature(user: User, *, party: str = "") -> list[Waiting]:
    """The books whose next signature the person may give (as `party` if given), the longest waiting first."""
    rows = _being_signed(with_freedom(visible_to(user), user))
    if not rows:
        return []
    policies = policies_of(rows)
    held = _roles_held(user)
    offices = set(office_institutions(user))

    def is_mine(project: Project, one: Signatory) -> bool:
        if one.role == Role.APPLICANT:
            return project.pi_id == user.pk
        if one.role == Role.OFFICE:
            return project.lead_institution_id in offices
        return one.role in held.get(project.tenant_id, set()) and may_act_as(project, one.role)

    found = []
    for project in rows:
        one = next_signatory(policies[project.call_id], project.signed)  # type: ignore[attr-defined]
        if one is not None and party in ("", one.key) and is_mine(project, one):
            found.append(_waiting(project, one))
    return sorted(found, key=lambda one: (one.since, one.project.pk))


def tray(user: User, *, party: str) -> list[Waiting]:
    """The books that wait for `party` and that the person may sign in one confirmation, riskiest first."""
    mine = trays_of(user).get(party)
    return mine[1] if mine else []


def trays_of(user: User, *, most: int = 0) -> dict[str, tuple[Signatory, list[Waiting]]]:
    """By party of the funder's side for which the person may sign: the party and the books that wait for it, riskiest
    first; only the `most` oldest if given. A query for each role; books with a conflict are not among them (A16)."""
    found: dict[str, tuple[Signatory, list[Waiting]]] = {}
    for role in SIGNING_ROLES:
        for project in _waiting_for(user, role, most or MOST_WAITING):
            policy = policy_of(project)
            one = next((each for each in staff_side_parties(policy) if each.key == project.turn_party), None)
            if one is not None:
                found.setdefault(one.key, (one, []))[1].append(_waiting(project, one))
    for _one, waiting in found.values():
        waiting.sort(key=lambda each: (-risk_of(each)[0], -each.project.approved_fen, each.project.pk))
    return found


def _waiting_for(user: User, role: str, most: int) -> list[Project]:
    """The oldest books being signed whose turn is that role's and that the person may sign in it. No query for a role
    that they don't hold."""
    tenants = active_among(standing_of(user).where(role))
    if not tenants:
        return []
    rows = Project.objects.filter(free_to_sign(user, role), tenant__in=tenants, turn_role=role)
    return list(_whole(rows).order_by("pk")[:most])


def free_to_sign(user: User, role: str) -> Q:
    """The condition that nothing keeps the person from signing a project's book in a role of the funder's side."""
    return without_conflict(user, key="proposal_id", with_institutions=role != Role.HOST)


def _roles_held(user: User) -> dict[int, frozenset[str]]:
    return standing_of(user).roles


def risk_of(one: Waiting) -> tuple[int, list[str]]:
    """Level 0 to 2 and reason codes: `cut` (amount far below the request), `large`, `late`. Level 2 leaves a tray."""
    reasons = []
    if one.share_cut >= 0.2:
        reasons.append("cut")
    if one.project.approved_fen > LARGE_FEN:
        reasons.append("large")
    if one.is_late:
        reasons.append("late")
    is_exception = one.share_cut >= 0.5 or (one.is_late and one.project.start_date < clock.today())
    level = 2 if is_exception else min(len(reasons), 1)
    return level, reasons


# Above this, budgets went before a panel on site (A22).
LARGE_FEN = 500_000_000


def signed() -> Sql:
    """How many have signed a project's book."""
    query = "SELECT count(*) FROM {signatures} s WHERE s.project_id = {key}"
    return Sql(query, gives=IntegerField(), signatures=Signature, key="pk")


def last_signed_at() -> Sql:
    """When the last of them did."""
    query = "SELECT max(s.signed_at) FROM {signatures} s WHERE s.project_id = {key}"
    return Sql(query, gives=DateTimeField(), signatures=Signature, key="pk")


def _being_signed(rows: QuerySet[Project]) -> list[Project]:
    return list(_whole(rows).annotate(signed=signed()).order_by("pk")[:MOST_WAITING])


def _whole(rows: QuerySet[Project]) -> QuerySet[Project]:
    return (
        rows.filter(state=ProjectState.SIGNING)
        .annotate(last_signed_at=last_signed_at())
        .select_related("tenant", "pi", "lead_institution", "proposal", "book_document", "call")
        .defer("book_draft", "proposal__draft", "call__source")
    )


def _waiting(project: Project, one: Signatory) -> Waiting:
    issued = project.book_document.created_at if project.book_document else project.created_at
    since: datetime = project.last_signed_at or issued  # type: ignore[attr-defined] # annotated above
    return Waiting(project, one, since, project.approved_fen - project.proposal.requested_fen)


def signers_of(project: Project, one: Signatory) -> list[User]:
    """Who may sign as this party, to be told and reminded."""
    if one.role == Role.APPLICANT:
        return [project.pi]
    if one.role == Role.OFFICE:
        return list(office_users(project.lead_institution_id))
    people = people_with(project.tenant, one.role)
    return list(impartial(people, project.proposal, with_institutions=one.role != Role.HOST))
