"""Registrations that wait for their mail's link, and people who wait for their institution's word."""

from django.conf import settings
from django.db import models

from accounts.models import Institution, Tenant
from core import clock
from core.tenancy import TenantOwned
from registry.enums import RequestState


class Registration(TenantOwned):
    """What somebody typed who says that the address is theirs: gone when it is confirmed, or when its time is over."""

    email = models.EmailField()
    name_zh = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    orcid = models.CharField(max_length=19, blank=True)
    language = models.CharField(max_length=10)
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["tenant", "ends_at"], name="registration_ends"),)

    def __str__(self) -> str:
        return f"registration {self.pk}"


class PlaceRequest(models.Model):
    """A person says that they work at an institution; its office says whether (A10).

    Global, as people and institutions are; `via` is the funder in whose chain and messages it stands."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="place_requests")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="place_requests")
    via = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    position = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    asked_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "institution"], condition=models.Q(state="waiting"), name="place_request_once"
            ),
            models.CheckConstraint(
                name="place_request_by_another",
                condition=models.Q(decided_by__isnull=True)
                | models.Q(state="withdrawn")
                | ~models.Q(decided_by=models.F("user")),
            ),
        )
        indexes = (
            models.Index(
                fields=["institution", "id"], condition=models.Q(state="waiting"), name="place_request_waiting"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} → {self.institution_id}"
