"""Candidates for projects, and which call drew which."""

from django.conf import settings
from django.db import models

from accounts.models import Institution, local
from core import clock
from core.tenancy import TenantOwned
from programs.enums import Channel


class Candidate(TenantOwned):
    """A project that somebody proposed to the funder outside any call; the secretariat keeps it until it is closed."""

    title_zh = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=12, choices=Channel)
    proposer = models.CharField(max_length=200, help_text="who proposed it: a body or a person")
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    contact_email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    field = models.CharField(max_length=100, blank=True)
    keywords = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    amount_fen = models.BigIntegerField(default=0)
    notes = models.TextField(blank=True, help_text="the secretariat's own")
    revision = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField(default=clock.now, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    close_reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="candidate_has_a_title", condition=~models.Q(title_zh="") | ~models.Q(title_en="")
            ),
            models.CheckConstraint(name="candidate_amount", condition=models.Q(amount_fen__gte=0)),
            models.CheckConstraint(
                name="candidate_closed_with_a_reason",
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True, close_reason="")
                | models.Q(closed_at__isnull=False, closed_by__isnull=False) & ~models.Q(close_reason=""),
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-id"], name="candidate_newest"),
            models.Index(fields=["tenant", "channel", "-id"], name="candidate_channel"),
            models.Index(fields=["tenant", "amount_fen", "id"], name="candidate_amount_order"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """In the active language."""
        return local(self.title_zh, self.title_en)


class CandidateDraw(TenantOwned):
    """A call by invitation drew a candidate from the pool: whom it invited for it."""

    append_only = True

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="draws")
    call = models.ForeignKey("programs.Call", on_delete=models.PROTECT, related_name="draws")
    invitation = models.ForeignKey("programs.CallInvitation", on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "candidate", "call"], name="candidate_drawn_once"),)

    def __str__(self) -> str:
        return f"{self.candidate_id} → {self.call_id}"
