"""Sends one mail to one person; the effect behind every notice."""

from django.core.mail import EmailMessage

from core import clock
from notifications.models import Effect, Mail, Reminder
from notifications.wanted import is_wanted


def send_mail(effect: Effect) -> None:
    """Send the effect's mail unless it went out, or has lost its point while it waited.

    The Message-ID is the same at a repetition, so that servers notice."""
    mail = Mail.objects.select_for_update().get(pk=effect.payload["mail"])
    if mail.sent_at or not _still_wanted(effect, mail):
        return
    EmailMessage(mail.subject, mail.body, to=[mail.recipient], headers={"Message-ID": mail.message_id}).send()
    mail.sent_at = clock.now()
    mail.save(update_fields=["sent_at"])


def _still_wanted(effect: Effect, mail: Mail) -> bool:
    """Closed accounts get no mail, and nobody is reminded of what is done or no longer theirs."""
    if mail.user is not None and not mail.user.is_active:
        return False
    if "reminder" not in effect.payload:
        return True
    reminder = Reminder.objects.filter(pk=effect.payload["reminder"]).first()
    return reminder is not None and is_wanted(reminder)
