"""Which reminders about an acceptance still have their point."""

from acceptance.enums import AcceptanceState
from acceptance.models import Acceptance
from acceptance.rules import is_of_office
from notifications.models import Reminder


def is_wanted(reminder: Reminder) -> bool:
    """The opinions are awaited, and the person still speaks for the institution."""
    acceptance = Acceptance.objects.select_related("project").filter(pk=reminder.subject_id).first()
    if acceptance is None or acceptance.state != AcceptanceState.NOTIFIED:
        return False
    return is_of_office(reminder.user, acceptance.project)
