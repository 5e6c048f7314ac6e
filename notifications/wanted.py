"""Whether a reminder still has its point: asked when it is due, and again when its mail goes out.

Much may have happened since it was laid down: the application withdrawn, the office changed hands, a membership ended,
an account closed. Each app says what that means for its own things, and registers that in AppConfig.ready."""

from collections.abc import Callable

from notifications.models import Reminder

Check = Callable[[Reminder], bool]
_checks: dict[str, Check] = {}


def register(subject_type: str, check: Check) -> None:
    """Have `check(reminder)` judge reminders about things of that type ("app.model"), in the tenant's scope."""
    _checks[subject_type] = check


def registered() -> frozenset[str]:
    """The types that somebody judges."""
    return frozenset(_checks)


def is_wanted(reminder: Reminder) -> bool:
    """Whether the person still is to do the thing. Without anybody to judge it, only the account counts."""
    if not reminder.user.is_active:
        return False
    check = _checks.get(reminder.subject_type)
    return check is None or check(reminder)
