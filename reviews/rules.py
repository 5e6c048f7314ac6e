"""Who may do what in review and planning; when is the workflow's and the findings' affair."""

from collections.abc import Collection

from accounts.enums import STAFF_ROLES, Role
from accounts.models import Membership, Tenant, User
from core.errors import NotVisible
from proposals.models import Proposal
from reviews.enums import ReviewKind
from reviews.models import Assignment, Conflict

# Who reads all reviews of a proposal, with the reviewers' names.
RESULT_READERS = tuple(STAFF_ROLES)
PLAN_READERS = tuple(STAFF_ROLES)
EXPERTS = (Role.REVIEWER, Role.FINANCE_EXPERT)
EXPERT_ROLE = {ReviewKind.DOMAIN: Role.REVIEWER, ReviewKind.FINANCE: Role.FINANCE_EXPERT}


def holds(user: User, tenant: Tenant, *roles: str) -> bool:
    """Whether the person has one of these granted roles with the funder."""
    return Membership.objects.filter(user=user, tenant=tenant, role__in=roles).exists()


def kinds_to_assign(roles: Collection[str]) -> list[str]:
    """The kinds of review that somebody with these roles assigns: the secretariat all, its finance office finance."""
    if Role.SECRETARY in roles:
        return [str(kind) for kind in ReviewKind]
    return [str(ReviewKind.FINANCE)] if Role.FINANCE in roles else []


def may_assign(user: User, tenant: Tenant, kind: str) -> bool:
    """Whether the person assigns reviews of this kind (A8 A21)."""
    return holds(user, tenant, Role.SECRETARY, *((Role.FINANCE,) if kind == ReviewKind.FINANCE else ()))


def may_keep_pool(user: User, tenant: Tenant) -> bool:
    """Whether the person edits the expert pool (A9)."""
    return holds(user, tenant, Role.SECRETARY)


def may_prepare_plan(user: User, tenant: Tenant) -> bool:
    """Whether the person makes funding plans (A23)."""
    return holds(user, tenant, Role.SECRETARY)


def may_decide_plan(user: User, tenant: Tenant) -> bool:
    """Whether the person approves funding plans (A23); that they didn't prepare it is checked with the plan."""
    return holds(user, tenant, Role.DIRECTOR)


def is_assigned(user: User, assignment: Assignment) -> bool:
    """Whether it is the person's own review."""
    return bool(assignment.expert.user_id == user.pk)


def is_conflicted(user: User, proposal: Proposal | int) -> bool:
    """Whether a conflict of interest keeps the person away from the proposal (A16)."""
    pk = proposal if isinstance(proposal, int) else proposal.pk
    return Conflict.objects.filter(user=user, proposal_id=pk).exists()


def require(allowed: bool) -> None:
    """Raise NotVisible unless `allowed`: what a person may not do is not there for them."""
    if not allowed:
        raise NotVisible
