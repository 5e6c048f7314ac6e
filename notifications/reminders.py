"""Reminders: rows polled by beat, each sent once (decision 10)."""

import logging
from datetime import timedelta

from django.db import connection, transaction

from core import clock
from notifications.actions import notify
from notifications.models import Reminder
from notifications.wanted import is_wanted

# A reminder that could not go out in this time would only confuse.
TOO_LATE = timedelta(days=14)
logger = logging.getLogger(__name__)


def send_due(*, limit: int = 500) -> int:
    """Send what is due in the active tenant; how many. Each in a transaction of its own, with its row locked."""
    now = clock.now()
    due = Reminder.objects.filter(
        due_at__lte=now, due_at__gt=now - TOO_LATE, sent_at__isnull=True, cancelled_at__isnull=True
    )
    return sum(_try(pk) for pk in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit]))


def _try(pk: int) -> int:
    try:
        return _send(pk)
    except Exception:  # one that can't be sent must not keep back those behind it
        logger.exception("reminder %s failed", pk)
        return 0


def _send(pk: int) -> int:
    with transaction.atomic():
        rows = Reminder.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        reminder = rows.filter(pk=pk, sent_at__isnull=True, cancelled_at__isnull=True).first()
        if reminder is None:
            return 0
        if _is_overtaken(reminder) or not is_wanted(reminder):
            reminder.cancelled_at = clock.now()
            reminder.save(update_fields=["cancelled_at"])
            return 0
        words = reminder.payload
        notify(
            tenant=reminder.tenant,
            to=[reminder.user],
            kind=f"reminder.{reminder.kind}",
            key=f"reminder:{reminder.pk}",
            title_zh=words["title_zh"],
            title_en=words["title_en"],
            url=words.get("url", ""),
            reminder=reminder,
        )
        reminder.sent_at = clock.now()
        reminder.save(update_fields=["sent_at"])
    return 1


def _is_overtaken(reminder: Reminder) -> bool:
    """A later one of the same is due as well, as after an outage: "in 7 days" is no longer true then."""
    same = Reminder.objects.filter(
        kind=reminder.kind,
        subject_type=reminder.subject_type,
        subject_id=reminder.subject_id,
        user=reminder.user_id,
        sent_at__isnull=True,
        cancelled_at__isnull=True,
    )
    return same.filter(due_at__gt=reminder.due_at, due_at__lte=clock.now()).exists()
