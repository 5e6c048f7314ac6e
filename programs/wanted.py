"""Which reminders about a guide still have their point."""

from accounts.enums import Role
from accounts.queries import roles_of
from notifications.models import Reminder
from programs.enums import GuideState
from programs.guides.actions import COMMENT
from programs.guides.queries import may_comment
from programs.models import Guide


def is_wanted(reminder: Reminder) -> bool:
    """To comment: while the consultation runs, for an invited expert. A date: while the guide is in force, for the
    secretariat."""
    guide = Guide.objects.select_related("tenant").filter(pk=reminder.subject_id).first()
    if guide is None:
        return False
    roles = roles_of(reminder.user, guide.tenant)
    if reminder.kind == COMMENT:
        return Role.STRATEGIST in roles and may_comment(reminder.user, guide)
    return guide.state == GuideState.PUBLISHED and Role.SECRETARY in roles
