"""Which reminders about a mid-term evaluation still have their point."""

from notifications.models import Reminder
from projects.enums import IN_TERM, MidTermState
from projects.models import MidTerm
from projects.running import is_of_office


def is_wanted(reminder: Reminder) -> bool:
    """The project runs, the answer or the report is awaited, and from this person."""
    midterm = MidTerm.objects.select_related("project").filter(pk=reminder.subject_id).first()
    if midterm is None or midterm.project.state not in IN_TERM:
        return False
    project, user = midterm.project, reminder.user
    if reminder.kind == "midterm-rectify":
        return midterm.state == MidTermState.RECTIFYING and user.pk == project.pi_id
    return midterm.state == MidTermState.NOTIFIED and (user.pk == project.pi_id or is_of_office(user, project))
