"""What the steps of an evaluation share: locks in their order, and the word to applicant and institution."""

from accounts.queries import office_users
from projects.actions.common import tell
from projects.models import MidTerm, Project

PAGE = "projects:midterm"


def locked(project: Project) -> Project:
    """The project under its lock, with funder, call and policy."""
    rows = Project.objects.select_for_update(of=("self",)).select_related("tenant", "call", "call__policy_version")
    return rows.get(pk=project.pk)


def locked_midterm(midterm: MidTerm) -> MidTerm:
    """The evaluation and, before it, its project under their locks."""
    project = locked(midterm.project)
    again = MidTerm.objects.select_for_update().get(pk=midterm.pk)
    again.project = project
    return again


def tell_applicant(midterm: MidTerm, *, kind: str, key: object, zh: str, en: str) -> None:
    """A notice to the PI and to the lead institution's office."""
    project = midterm.project
    people = [project.pi, *office_users(project.lead_institution_id)]
    tell(project, people, kind=kind, key=f"{midterm.pk}:{key}", zh=zh, en=en, page=PAGE)
