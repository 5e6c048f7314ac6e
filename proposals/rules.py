"""Who may do what with a proposal; when is the workflow's and the findings' affair."""

from rules.predicates import predicate

from accounts.enums import STAFF_ROLES, Role
from accounts.models import Membership, User
from accounts.queries import is_office_of
from proposals.grants import CO_WRITE
from proposals.models import Proposal, ProposalUserObjectPermission


@predicate
def is_pi(user: User, proposal: Proposal) -> bool:
    """The applicant."""
    return bool(proposal.pi_id == user.pk)


@predicate
def is_co_writer(user: User, proposal: Proposal) -> bool:
    """Someone the PI lets write the draft."""
    return ProposalUserObjectPermission.objects.filter(
        user=user, content_object=proposal, permission__codename=CO_WRITE
    ).exists()


@predicate
def is_lead_office(user: User, proposal: Proposal) -> bool:
    """The office of the lead institution (A10); not for the person's own application."""
    return bool(proposal.pi_id != user.pk and is_office_of(user, proposal.lead_institution_id))


def holds(user: User, proposal: Proposal, *roles: str) -> bool:
    """Whether the person has one of the granted `roles` with the proposal's funder."""
    return Membership.objects.filter(user=user, tenant_id=proposal.tenant_id, role__in=roles).exists()


@predicate
def is_staff(user: User, proposal: Proposal) -> bool:
    """Works for the funder."""
    return holds(user, proposal, *STAFF_ROLES)


@predicate
def is_secretary(user: User, proposal: Proposal) -> bool:
    """Of the funder's secretariat."""
    return holds(user, proposal, Role.SECRETARY)


can_write = is_pi | is_co_writer
can_hand_in = is_pi
can_withdraw = is_pi


def may_decide_step(user: User, proposal: Proposal, role: str) -> bool:
    """Whether the person decides a step of the endorsement chain that belongs to `role` (A10 A18)."""
    if role == Role.OFFICE:
        return bool(is_lead_office.test(user, proposal))
    return bool(proposal.pi_id != user.pk and holds(user, proposal, role))
