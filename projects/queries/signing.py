"""Whose signature each book waits for, and what deserves attention before it is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from accounts.enums import Role
from accounts.models import Membership, User
from accounts.queries import office_institutions, office_users, people_with
from core import clock
from programs.models import Call
from programs.policy import Policy
from programs.policy.sections import Signatory
from programs.queries import effective_policy
from projects.enums import ProjectState
from projects.models import Project
from projects.queries.visible import judged_by, may_act_as, visible_to, with_freedom
from projects.rules import APPLICANT_SIDE
from proposals.queries import impartial

# A book that waits longer for one party is marked late.
LATE_AFTER = timedelta(days=7)
MOST_WAITING = 500
_policies: dict[str, Policy] = {}


def policy_of(project: Project) -> Policy:
    """The effective policy that the project's call pinned."""
    return policies_of([project])[project.call_id]


def policies_of(projects: Iterable[Project]) -> dict[int, Policy]:
    """Effective policies by call id; the projects come with their calls. No query once this process knows them."""
    calls = {project.call_id: project.call for project in projects}
    unknown = [pk for pk, call in calls.items() if call.policy_sha256 not in _policies]
    for call in Call.objects.filter(pk__in=unknown).select_related("policy_version") if unknown else ():
        _policies[call.policy_sha256] = effective_policy(call)
    return {pk: _policies[call.policy_sha256] for pk, call in calls.items()}


def next_signatory(project: Project, policy: Policy, signed: int) -> Signatory | None:
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
        one = next_signatory(project, policies[project.call_id], project.signed)  # type: ignore[attr-defined]
        if one is not None and party in ("", one.key) and is_mine(project, one):
            found.append(_waiting(project, one))
    return sorted(found, key=lambda one: (one.since, one.project.pk))


def tray(user: User, *, party: str) -> list[Waiting]:
    """The books that wait for `party` and that the person may sign in one confirmation, riskiest first."""
    mine = trays_of(user).get(party)
    return mine[1] if mine else []


def trays_of(user: User) -> dict[str, tuple[Signatory, list[Waiting]]]:
    """By party of the funder's side for which the person may sign: the party and the books that wait for it, riskiest
    first. Two queries; books with a conflict are not among them (A16)."""
    rows = _being_signed(with_freedom(judged_by(user), user))
    policies = policies_of(rows)
    held = _roles_held(user)
    found: dict[str, tuple[Signatory, list[Waiting]]] = {}
    for project in rows:
        policy, roles = policies[project.call_id], held.get(project.tenant_id, set())
        for one in staff_side_parties(policy):
            if one.role in roles:
                found.setdefault(one.key, (one, []))
        following = next_signatory(project, policy, project.signed)  # type: ignore[attr-defined] # annotated
        is_open = following is not None and following.key in found and following.role in roles
        if following is not None and is_open and may_act_as(project, following.role):
            found[following.key][1].append(_waiting(project, following))
    for _party, waiting in found.values():
        waiting.sort(key=lambda one: (-risk_of(one)[0], -one.project.approved_fen, one.project.pk))
    return found


def _roles_held(user: User) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {}
    for tenant, role in Membership.objects.filter(user=user).values_list("tenant_id", "role"):
        held.setdefault(tenant, set()).add(role)
    return held


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


def _being_signed(rows: QuerySet[Project]) -> list[Project]:
    return list(
        rows.filter(state=ProjectState.SIGNING)
        .annotate(signed=Count("signatures"), last_signed_at=Max("signatures__signed_at"))
        .select_related("tenant", "pi", "lead_institution", "proposal", "book_document", "call")
        .defer("book_draft", "proposal__draft", "call__source")
        .order_by("pk")[:MOST_WAITING]
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
