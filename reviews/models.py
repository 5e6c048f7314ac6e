"""Experts, assignments, scores, conflicts of interest, funding plans."""

from django.conf import settings
from django.db import models

from accounts.models import Institution
from core import clock
from core.tenancy import TenantOwned
from documents.models import StoredFile
from programs.models import Call
from proposals.models import Proposal, ProposalVersion
from reviews.enums import (
    ConflictKind,
    ConflictSource,
    LineDecision,
    PanelConclusion,
    PanelForm,
    Recommendation,
    ReviewKind,
)
from reviews.workflow import AssignmentLifecycle, PlanLifecycle


class Expert(TenantOwned):
    """A person in the funder's pool (A9 A21)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_domain = models.BooleanField(default=False)
    is_finance = models.BooleanField(default=False)
    is_international = models.BooleanField(default=False, help_text="works outside China")
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    fields = models.JSONField(default=list, help_text="keys of the policy's fields")
    keywords = models.CharField(max_length=300, blank=True)
    capacity = models.PositiveIntegerField(default=10)
    consented_at = models.DateTimeField(null=True, blank=True)
    is_available = models.BooleanField(default=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "user"], name="expert_once"),)

    def __str__(self) -> str:
        return str(self.user)


class Conflict(TenantOwned):
    """A person must not learn that this proposal is discussed (A16); each with its evidence."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="conflicts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40, choices=ConflictKind)
    source = models.CharField(max_length=10, choices=ConflictSource)
    evidence_zh = models.TextField()
    evidence_en = models.TextField()
    found_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "proposal", "user", "kind"], name="conflict_once"),)
        indexes = (models.Index(fields=["tenant", "user"], name="conflict_user"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.user_id} {self.kind}"


class Assignment(AssignmentLifecycle, TenantOwned):
    """One expert's review of one version."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="assignments")
    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField(max_length=10, choices=ReviewKind)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True, blank=True)
    no_conflict_declared_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    recommendation = models.CharField(max_length=20, choices=Recommendation, blank=True)
    revision = models.PositiveIntegerField(default=0)
    unread = models.JSONField(default=dict, help_text="what was typed and could not be understood, by form field")
    saved_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reopen_reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "proposal", "expert", "kind"], name="assignment_once"),
        )
        indexes = (
            models.Index(fields=["tenant", "expert", "state"], name="assignment_expert"),
            models.Index(fields=["tenant", "proposal"], name="assignment_proposal"),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.kind} {self.expert_id}"


class Score(TenantOwned):
    """Points and comment for one criterion (B4)."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=40)
    points = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "assignment", "criterion"], name="score_once"),)

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.criterion}: {self.points}"


class Panel(TenantOwned):
    """What the secretariat recorded of a panel's meeting on one version (A22). The record with the highest number
    holds; the others stay readable beside it."""

    append_only = True

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="panels")
    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    reason = models.TextField(blank=True, help_text="why it takes the place of the record before")
    held_date = models.DateField(help_text="in the funder's zone")
    form = models.CharField(max_length=10, choices=PanelForm)
    place = models.CharField(max_length=200)
    conclusion = models.CharField(max_length=12, choices=PanelConclusion)
    opinion = models.TextField()
    minutes = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "proposal", "number"], name="panel_once"),
            models.CheckConstraint(
                name="panel_superseded_with_reason", condition=models.Q(number=1) | ~models.Q(reason="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} panel {self.number}"


class PanelMember(TenantOwned):
    """Somebody who sat on a panel: an expert of the pool, or for the secretariat (no `expert`)."""

    append_only = True

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expert = models.ForeignKey(Expert, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "panel", "user"], name="panel_member_once"),)

    def __str__(self) -> str:
        return f"{self.panel_id} {self.user_id}"


class FundingPlan(PlanLifecycle, TenantOwned):
    """The secretariat's plan with amounts, before the executive director (A23)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    comment = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, help_text="what an approval binds")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(default=clock.now)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_comment = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "call", "number"], name="plan_once"),
            models.CheckConstraint(
                name="plan_approver_is_not_preparer",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("prepared_by")),
            ),
            models.CheckConstraint(
                name="plan_decided_pair",
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.call_id} plan {self.number}"


class PlanLine(TenantOwned):
    """One proposal of a plan, with the amount proposed for it."""

    plan = models.ForeignKey(FundingPlan, on_delete=models.PROTECT, related_name="lines")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="plan_lines")
    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=LineDecision, default=LineDecision.FUND)
    amount_fen = models.BigIntegerField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "plan", "proposal"], name="plan_line_once"),
            models.CheckConstraint(name="plan_line_amount", condition=models.Q(amount_fen__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.proposal_id} {self.amount_fen}"
