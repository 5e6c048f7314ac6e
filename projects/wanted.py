"""Which reminders about a project's book still have their point."""

from accounts.enums import Role
from accounts.models import User
from notifications.models import Reminder
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import policy_of
from projects.queries.signing import next_signatory
from projects.rules import (
    can_assign_finance_expert,
    can_edit_book,
    can_judge_book,
    can_judge_budget,
    can_sign_for,
    has_role,
)


def is_wanted(reminder: Reminder) -> bool:
    """The book is still to be written, judged or signed, and by this person."""
    project = Project.objects.filter(pk=reminder.subject_id).first()
    if project is None:
        return False
    user = reminder.user
    if reminder.kind == "book-due":
        return project.state == ProjectState.BOOK_DRAFTING and can_edit_book(user, project)
    if reminder.kind == "book-review":
        return project.state == ProjectState.BOOK_REVIEW and _may_speak(user, project)
    following = next_signatory(policy_of(project), project.signatures.count())
    is_next = following is not None and can_sign_for(user, project, following)
    return project.state == ProjectState.SIGNING and is_next


def _may_speak(user: User, project: Project) -> bool:
    if can_judge_book(user, project):
        return True
    if project.finance_expert_id is None:
        return can_assign_finance_expert(user, project)
    return can_judge_budget(user, project) and has_role(user, project, Role.FINANCE_EXPERT)
