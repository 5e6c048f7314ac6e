"""Who may do what in an acceptance; most of it as with every running project (projects/running.py)."""

from typing import Any

from accounts.queries import is_office_of
from projects.models import Project
from projects.running import is_impartial, is_of_office, require_director, require_office, require_secretary

__all__ = [
    "is_impartial",
    "is_of_office",
    "require_director",
    "require_office",
    "require_recorder",
    "require_secretary",
]


def require_recorder(user: Any, project: Project) -> None:
    """The PI, the lead institution's office and the secretariat record published results (A41). Raises NotVisible."""
    if user.pk == project.pi_id or is_office_of(user, project.lead_institution_id):
        return
    require_secretary(user, project)
