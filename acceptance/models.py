"""Acceptances, the opinions filed, the conclusions proposed and approved."""

from django.conf import settings
from django.db import models

from acceptance.enums import OpinionKind, OpinionResult, Outcome
from acceptance.workflow import AcceptanceLifecycle
from core.tenancy import TenantOwned
from documents.models import Document
from projects.models import FiledOpinion, Project, ProposedConclusion


class Acceptance(AcceptanceLifecycle, TenantOwned):
    """The acceptance of one project."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="acceptance")
    notified_at = models.DateTimeField()
    notified_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(help_text="two months after the notice for research (A30)")
    notice = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["tenant", "state", "-id"], name="acceptance_state"),)

    def __str__(self) -> str:
        return f"{self.project_id}"


class PublicResult(TenantOwned):
    """A result published through an ANSO or another non-academic channel: without one, no closing (A41)."""

    append_only = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="public_results")
    title = models.CharField(max_length=300)
    channel = models.CharField(max_length=200)
    published_date = models.DateField()
    url = models.URLField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("published_date", "pk")
        indexes = (models.Index(fields=["tenant", "project"], name="public_result_project"),)

    def __str__(self) -> str:
        return self.title


class Opinion(FiledOpinion):
    """One opinion organised and filed by the institution (A31)."""

    append_only = True

    acceptance = models.ForeignKey(Acceptance, on_delete=models.PROTECT, related_name="opinions")
    kind = models.CharField(max_length=10, choices=OpinionKind)
    result = models.CharField(max_length=10, choices=OpinionResult)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "acceptance", "kind"], name="opinion_once"),)

    def __str__(self) -> str:
        return f"{self.acceptance_id} {self.kind} {self.result}"


class Conclusion(ProposedConclusion):
    """Pass or fail, as proposed by the secretariat and decided by the director (A32 A33)."""

    acceptance = models.ForeignKey(Acceptance, on_delete=models.PROTECT, related_name="conclusions")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reasons = models.JSONField(default=list, help_text="for a fail: [{code, article, evidence}] of A33")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "acceptance", "number"], name="conclusion_once"),
            models.CheckConstraint(
                name="conclusion_approver_is_not_proposer",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="conclusion_decided_together",
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True, is_approved__isnull=True)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False, is_approved__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.acceptance_id} {self.outcome}"
