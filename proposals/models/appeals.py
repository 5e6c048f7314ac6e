"""Appeals against declarations of invalidity."""

from django.conf import settings
from django.db import models

from core.tenancy import TenantOwned
from documents.models import StoredFile
from proposals.enums import AppealState
from proposals.models.applications import PreliminaryCheck, Proposal
from proposals.workflow import AppealLifecycle


class Appeal(AppealLifecycle, TenantOwned):
    """The applicant's appeal against one declaration of invalidity; once for each, never taken back or changed.

    Who declared it stands here as well, so that the database sees that somebody else decides."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="appeals")
    against = models.OneToOneField(PreliminaryCheck, on_delete=models.PROTECT, related_name="appeal")
    against_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    evidence = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200, blank=True)
    filed_at = models.DateTimeField(help_text="when it came in: it counts for the deadline")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    article = models.CharField(max_length=20, blank=True, help_text="that the decision on it rests on")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="appeal_decided_with_reason",
                condition=models.Q(state=AppealState.FILED, decided_by__isnull=True, decided_at__isnull=True)
                | ~models.Q(state=AppealState.FILED)
                & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decision_reason="")
                & ~models.Q(article=""),
            ),
            models.CheckConstraint(
                name="appeal_decided_by_another",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("against_by")),
            ),
            models.CheckConstraint(
                name="appeal_evidence_named",
                condition=models.Q(evidence__isnull=True, filename="")
                | models.Q(evidence__isnull=False) & ~models.Q(filename=""),
            ),
        )
        indexes = (models.Index(fields=["tenant", "state", "proposal"], name="appeal_waiting"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.state}"
