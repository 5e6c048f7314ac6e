"""Effects (outbox), notices (inbox), mails, reminders."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

from core import clock
from core.tenancy import TenantOwned


class Effect(TenantOwned):
    """Something to be done after the transaction that wrote this row; done once per `key`, however often delivered."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "key"], name="effect_once"),)
        indexes = (
            models.Index(
                fields=["tenant", "id"],
                condition=models.Q(done_at__isnull=True, given_up_at__isnull=True),
                name="effect_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Notice(TenantOwned):
    """A line in a person's inbox."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    body_zh = models.TextField(blank=True)
    body_en = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "user", "key"], name="notice_once"),)
        indexes = (models.Index(fields=["tenant", "user", "-id"], name="notice_inbox"),)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_zh if (get_language() or "").startswith("zh") else self.title_en

    @property
    def body(self) -> str:
        return self.body_zh if (get_language() or "").startswith("zh") else self.body_en


class Mail(TenantOwned):
    """A mail to one person; its Message-ID is stable, so that a repeated delivery is recognised."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    message_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "message_id"], name="mail_once"),)

    def __str__(self) -> str:
        return f"{self.recipient}: {self.subject}"


class Reminder(TenantOwned):
    """A reminder to one person, due at an instant; polled by beat, sent once, cancelled when the thing is done."""

    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject_type", "subject_id", "user", "due_at"],
                name="reminder_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["tenant", "due_at"],
                condition=models.Q(sent_at__isnull=True, cancelled_at__isnull=True),
                name="reminder_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"
