"""Registrations that wait for their mail's link, people who wait for their institution's word, institutions that wait
for a funder's; and what no two institutions share."""

from django.conf import settings
from django.db import models

from accounts.enums import InstitutionKind
from accounts.models import Institution, Tenant, local
from core import clock
from core.tenancy import TenantOwned
from documents.models import StoredFile
from registry.enums import MarkKind, RequestState


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


class InstitutionMark(models.Model):
    """What no two institutions of the directory share: a code, or a name within a country. Kept whenever one is saved;
    of two that are there already, the first has it."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=4, choices=MarkKind)
    value = models.CharField(max_length=210)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "value"], name="institution_mark_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class InstitutionRequest(TenantOwned):
    """An institution asks to be put into the directory, with a proof; the funder's secretariat or administrator looks
    at it. Whoever asks becomes its office."""

    name_zh = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=30, choices=InstitutionKind)
    uscc = models.CharField(max_length=18, blank=True)
    ror = models.CharField(max_length=9, blank=True)
    email_domain = models.CharField(max_length=100, blank=True)
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    proof_name = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="institution_requests"
    )
    asked_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "uscc"],
                condition=models.Q(state="waiting") & ~models.Q(uscc=""),
                name="institution_request_uscc",
            ),
            models.UniqueConstraint(
                fields=["tenant", "ror"],
                condition=models.Q(state="waiting") & ~models.Q(ror=""),
                name="institution_request_ror",
            ),
            models.CheckConstraint(
                name="institution_request_by_another",
                condition=models.Q(decided_by__isnull=True)
                | models.Q(state="withdrawn")
                | ~models.Q(decided_by=models.F("asked_by")),
            ),
        )
        indexes = (models.Index(fields=["tenant", "state", "-id"], name="institution_request_state"),)

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return local(self.name_zh, self.name_en)
