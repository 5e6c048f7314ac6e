"""Who may do what with a project's book. When: the lifecycle and the findings say."""

from accounts.enums import Role
from accounts.models import User
from accounts.queries import is_office_of
from accounts.standing import standing_of
from programs.policy import Policy
from programs.policy.sections import Signatory
from projects.models import Project
from proposals.queries import is_impartial

# These act as themselves or for the lead institution; all others act for the funder and must be free of conflicts.
APPLICANT_SIDE = (Role.APPLICANT, Role.OFFICE)


def has_role(user: User, project: Project, *roles: str) -> bool:
    """Whether the person holds one of the granted roles with the project's funder."""
    return not standing_of(user).roles.get(project.tenant_id, frozenset()).isdisjoint(map(str, roles))


def is_pi(user: User, project: Project) -> bool:
    """Whether it is the person's own project (A11)."""
    return user.pk == project.pi_id


def is_lead_office(user: User, project: Project) -> bool:
    """Whether the person acts for the lead institution (A10)."""
    return is_office_of(user, project.lead_institution_id)


def is_conflicted(user: User, project: Project, role: str = Role.SECRETARY) -> bool:
    """Whether the person must keep out of judging this project in that role (A16); their own project counts.

    The host institution's signer may be at an institution of the project: signing for it is no judgement."""
    return not is_impartial(user, project.proposal, with_institutions=role != Role.HOST)


def can_edit_book(user: User, project: Project) -> bool:
    """The PI writes the book (A24)."""
    return is_pi(user, project)


def can_judge_book(user: User, project: Project) -> bool:
    """The secretariat reviews the task book (A25)."""
    return has_role(user, project, Role.SECRETARY) and not is_conflicted(user, project)


def can_judge_budget(user: User, project: Project) -> bool:
    """The finance expert chosen for this book reviews the budget book (A25)."""
    return user.pk == project.finance_expert_id and not is_conflicted(user, project)


def can_assign_finance_expert(user: User, project: Project) -> bool:
    """The secretariat, or its finance officer, chooses the expert."""
    return has_role(user, project, Role.SECRETARY, Role.FINANCE) and not is_conflicted(user, project)


def can_sign_for(user: User, project: Project, signatory: Signatory) -> bool:
    """Whether the person may sign as this party of the book (A26)."""
    if signatory.role == Role.APPLICANT:
        return is_pi(user, project)
    if signatory.role == Role.OFFICE:
        return is_lead_office(user, project)
    return has_role(user, project, signatory.role) and not is_conflicted(user, project, signatory.role)


def parties_of(user: User, project: Project, policy: Policy) -> list[Signatory]:
    """The parties of the book that the person may sign for, in the order of signing."""
    return [one for one in policy.book.signatories if can_sign_for(user, project, one)]
