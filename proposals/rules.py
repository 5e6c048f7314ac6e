"""Who may do what with a proposal; when is the workflow's and the findings' affair."""

from rules.predicates import predicate

from accounts.enums import STAFF_ROLES, Role
from accounts.models import Institution, Membership, Tenant, User
from accounts.queries import is_office_of, office_institutions
from proposals.enums import Extent
from proposals.grants import GRANTS
from proposals.models import EndorsementTurn, Proposal, ProposalUserObjectPermission, Sanction
from proposals.queries.impartiality import is_impartial

# Who reads what institutions and people are on record for (C46).
INTEGRITY_READERS = frozenset({Role.SECRETARY, Role.FINANCE, Role.DIRECTOR})


@predicate
def is_pi(user: User, proposal: Proposal) -> bool:
    """The applicant."""
    return bool(proposal.pi_id == user.pk)


def extent_of(user: User, proposal: Proposal) -> Extent | None:
    """What the person may do with the draft: everything for the PI, what they granted for others, else None."""
    if is_pi.test(user, proposal):
        return Extent.EDIT
    grants = ProposalUserObjectPermission.objects.filter(
        user=user, content_object=proposal, permission__codename__in=GRANTS
    )
    found = grants.values_list("permission__codename", flat=True).first()
    return Extent(found) if found else None


@predicate
def can_write(user: User, proposal: Proposal) -> bool:
    """The PI, or someone whom they let write the draft or its budget."""
    return extent_of(user, proposal) in (Extent.EDIT, Extent.BUDGET)


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


can_hand_in = is_pi
can_withdraw = is_pi


def may_decide(user: User, proposal: Proposal, turn: EndorsementTurn | None) -> bool:
    """Whether the person decides the step of the endorsement chain that waits: of the lead institution's office for
    None (A10 A18), else of the institution whose turn it is, unless something else ties them to it (A16 C12)."""
    if turn is None:
        return bool(is_lead_office.test(user, proposal))
    return acts_for(user, proposal, turn)


def acts_for(user: User, proposal: Proposal, turn: EndorsementTurn) -> bool:
    """Whether the person stands for that further step's institution."""
    return is_office_of(user, turn.institution_id) and is_impartial(user, proposal, but_for=turn.institution_id)


def has_examined(user: User, proposal: Proposal) -> bool:
    """Whether it ever came before the person: as the lead institution's office, or with a turn of their institution."""
    if is_lead_office.test(user, proposal):
        return True
    turns = proposal.turns.filter(institution__in=office_institutions(user), reached_at__isnull=False)
    return any(acts_for(user, proposal, turn) for turn in turns)


def speaks_for(user: User, institution: Institution) -> bool:
    """Whether the person is of the institution's office."""
    return is_office_of(user, institution.pk)


def is_concerned(user: User, sanction: Sanction) -> bool:
    """Whether it is on record of the person, or of an institution whose office they are of."""
    if sanction.institution_id is None:
        return bool(sanction.person_id == user.pk)
    return is_office_of(user, sanction.institution_id)


def administers(user: User, tenant: Tenant) -> bool:
    """Whether the person is the funder's administrator."""
    return Membership.objects.filter(user=user, tenant=tenant, role=Role.ADMIN).exists()
