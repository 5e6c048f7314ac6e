"""Who may do what with a running project, at mid-term and in acceptance: (A16 A27 A28 A31 A32)."""

from typing import Any

from accounts.enums import Role
from accounts.queries import is_office_of, roles_of
from core.errors import NotVisible
from projects.models import Project
from projects.queries import judged_by


def is_impartial(user: Any, project: Project) -> bool:
    """Whether the person may judge the project: no recorded conflict, not its PI, not of its office (A16)."""
    if user.pk == project.pi_id or is_office_of(user, project.lead_institution_id):
        return False
    return judged_by(user).filter(pk=project.pk).exists()


def require_secretary(user: Any, project: Project) -> None:
    """The secretariat sends notices and proposes conclusions (A27 A28 A30 A32). Raises NotVisible."""
    if Role.SECRETARY not in roles_of(user, project.tenant) or not is_impartial(user, project):
        raise NotVisible


def require_director(user: Any, project: Project) -> None:
    """The executive director approves (A28 A32). Raises NotVisible."""
    if Role.DIRECTOR not in roles_of(user, project.tenant) or not is_impartial(user, project):
        raise NotVisible


def is_of_office(user: Any, project: Project) -> bool:
    """Whether the person acts for the project's lead institution (A10 A31); not for a project of their own."""
    return bool(user.pk != project.pi_id and is_office_of(user, project.lead_institution_id))


def require_office(user: Any, project: Project) -> None:
    """The lead institution's office organises and files the opinions (A27 A31). Raises NotVisible."""
    if not is_of_office(user, project):
        raise NotVisible
