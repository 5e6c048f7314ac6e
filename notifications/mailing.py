"""Sends one mail to one person; the effect behind every notice."""

from django.core.mail import EmailMessage

from core import clock
from notifications.models import Effect, Mail


def send_mail(effect: Effect) -> None:
    """Send the effect's mail unless it went out. The Message-ID is the same at a repetition, so that servers notice."""
    mail = Mail.objects.select_for_update().get(pk=effect.payload["mail"])
    if mail.sent_at:
        return
    EmailMessage(mail.subject, mail.body, to=[mail.recipient], headers={"Message-ID": mail.message_id}).send()
    mail.sent_at = clock.now()
    mail.save(update_fields=["sent_at"])
