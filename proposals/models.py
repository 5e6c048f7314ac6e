"""Proposals, their frozen versions, attachments, and what offices and secretaries decided about them."""

from django.conf import settings
from django.db import models
from guardian.models import UserObjectPermissionBase

from accounts.models import Institution, local
from budgets.models import BudgetBook
from core import clock
from core.tenancy import TenantOwned
from documents.models import StoredFile
from programs.models import Call
from proposals.enums import CheckDecision, EndorsementDecision
from proposals.grants import CO_WRITE
from proposals.workflow import ProposalLifecycle


class Proposal(ProposalLifecycle, TenantOwned):
    """An application. `draft` is the working copy (a dossier's JSON); what was submitted are its versions."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="proposals")
    pi = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals")
    lead_institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="proposals")
    title_zh = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    requested_fen = models.BigIntegerField(default=0)
    draft = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    application_number = models.CharField(max_length=40, null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        # Personal grants; proposals/grants.py.
        permissions = ((CO_WRITE, "Can write the draft"),)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "application_number"], name="application_number_once"),
            models.CheckConstraint(
                name="proposal_numbered_when_received",
                condition=models.Q(application_number__isnull=True, received_at__isnull=True)
                | models.Q(application_number__isnull=False, received_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-id"], name="proposal_newest"),
            models.Index(fields=["tenant", "state", "-id"], name="proposal_state"),
            models.Index(fields=["tenant", "call", "-id"], name="proposal_call"),
            models.Index(fields=["tenant", "pi", "-id"], name="proposal_pi"),
            models.Index(fields=["tenant", "lead_institution", "-id"], name="proposal_lead"),
            models.Index(fields=["tenant", "requested_fen", "id"], name="proposal_amount"),
            models.Index(fields=["tenant", "updated_at", "id"], name="proposal_updated"),
        )

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def title(self) -> str:
        return local(self.title_zh, self.title_en)


class ProposalUserObjectPermission(UserObjectPermissionBase):
    """Personal grants on a draft (co-writers); a direct foreign key, as the generic one is slow."""

    content_object = models.ForeignKey(Proposal, on_delete=models.CASCADE)


class TeamMember(TenantOwned):
    """A person with an account in the team of the newest frozen version; main participants count for A19."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_main = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "proposal", "user"], name="team_member_once"),)
        indexes = (models.Index(fields=["tenant", "user"], name="team_member_user"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.user_id}"


class ProposalParty(TenantOwned):
    """An institution of the directory on the side of the newest frozen version: the lead, the PI's employer, partners.

    Conflicts of interest are computed from these rows, joint work of the past among them (A16)."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="institutions")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "proposal", "institution"], name="proposal_party_once"),
        )
        indexes = (models.Index(fields=["tenant", "institution"], name="proposal_party_institution"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.institution_id}"


class ProposalVersion(TenantOwned):
    """A submitted dossier, frozen as canonical JSON. Every later page, document and difference is made from it."""

    append_only = True

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    dossier_json = models.TextField()
    sha256 = models.CharField(max_length=64)
    policy_sha256 = models.CharField(max_length=64)
    budget_book = models.ForeignKey(BudgetBook, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["tenant", "proposal", "number"], name="version_once"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} v{self.number}"


class HandedIn(TenantOwned):
    """The draft as the PI handed it to the institution, so that the office sees what changed since its return."""

    append_only = True

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="handed_in")
    round = models.PositiveIntegerField()
    dossier_json = models.TextField()
    sha256 = models.CharField(max_length=64)
    handed_in_at = models.DateTimeField()
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("round",)
        constraints = (models.UniqueConstraint(fields=["tenant", "proposal", "round"], name="handed_in_once"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} round {self.round}"


class Attachment(TenantOwned):
    """A file of a draft; the row, not the bytes, is what a person may or may not open."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    party_key = models.CharField(max_length=40, blank=True)
    filename = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField(default=clock.now)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "proposal"], name="attachment_proposal"),)

    def __str__(self) -> str:
        return self.filename


class Endorsement(TenantOwned):
    """One decision of one step of the endorsement chain (A10 A18)."""

    append_only = True

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="endorsements")
    step = models.CharField(max_length=40)
    round = models.PositiveIntegerField()
    decision = models.CharField(max_length=10, choices=EndorsementDecision)
    comment = models.TextField(blank=True)
    field_comments = models.JSONField(default=dict, help_text="dossier path → comment")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "proposal", "step", "round"], name="endorsement_once"),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.step} {self.decision}"


class PreliminaryCheck(TenantOwned):
    """The secretariat's preliminary check of one version (A20)."""

    append_only = True

    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="checks")
    decision = models.CharField(max_length=10, choices=CheckDecision)
    points = models.JSONField(default=dict, help_text="manual checklist: point → {ok, note}")
    findings = models.JSONField(default=list, help_text="automatic findings at that moment")
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "version"], name="check_once"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.decision}"
