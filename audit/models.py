"""The chain's events and its locked head."""

from django.conf import settings
from django.db import models

from core.tenancy import TenantOwned


class Head(TenantOwned):
    """The last link of a tenant's chain; its row is the lock under which the next one is forged."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant"], name="audit_one_head"),)

    def __str__(self) -> str:
        return f"{self.tenant_id}:{self.seq}"


class Event(TenantOwned):
    """One link: never updated, never deleted (triggers refuse it on both engines)."""

    append_only = True

    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("tenant", "seq")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "prev_hash"], name="audit_no_fork"),
            models.UniqueConstraint(fields=["tenant", "seq"], name="audit_seq_once"),
        )
        indexes = (models.Index(fields=["tenant", "subject_type", "subject_id", "seq"], name="audit_subject"),)

    def __str__(self) -> str:
        return f"{self.tenant_id}:{self.seq} {self.action}"
