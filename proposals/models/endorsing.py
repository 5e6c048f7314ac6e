"""The endorsement chain: whose turn it is, what was decided, and many decided at once."""

from django.conf import settings
from django.db import models

from accounts.models import Institution, local
from core import clock
from core.tenancy import TenantOwned
from documents.models import StoredFile
from programs.models import Call
from proposals.enums import EndorsementDecision, ItemState
from proposals.models.applications import Proposal


class Endorsement(TenantOwned):
    """One decision of one step of the endorsement chain (A10 A18), over exactly what `sha256` says."""

    append_only = True

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="endorsements")
    step = models.CharField(max_length=40)
    round = models.PositiveIntegerField()
    decision = models.CharField(max_length=10, choices=EndorsementDecision)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the hand-in; empty where it was not kept")
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


class Recommender(TenantOwned):
    """The funder's word on which institution endorses, after its own office, what `institution` hands in: as its
    recommending department, the secretariat of its consortium, or whatever `unit` a policy's step names (C17 E1)."""

    unit = models.CharField(max_length=60, help_text="as the step of the policy names it")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    endorser = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "unit", "institution", "endorser"], name="recommender_once"),
        )

    def __str__(self) -> str:
        return f"{self.unit}: {self.institution_id} → {self.endorser_id}"


class EndorsementTurn(TenantOwned):
    """Whose turn a further step of the chain is in one round: named at the hand-in, reached when the steps before it
    have endorsed, closed when it has decided or the application went back."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="turns")
    round = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    reached_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "proposal", "round", "step"], name="endorsement_turn_once"),
        )
        indexes = (
            models.Index(
                fields=["tenant", "institution", "proposal"],
                name="endorsement_turn_reached",
                condition=models.Q(reached_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.step} round {self.round}"


class EndorsementBatch(TenantOwned):
    """One confirmation over many applications that wait for one person; the job works it off item by item."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(help_text="when the confirmation arrived: it counts for deadlines")
    worked_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last gave a sign of life")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "by", "-id"], name="endorsement_batch_by"),)

    def __str__(self) -> str:
        return f"batch {self.pk}"


class EndorsementItem(TenantOwned):
    """An application of a batch, bound to the hand-in and the step that the person was shown."""

    batch = models.ForeignKey(EndorsementBatch, on_delete=models.PROTECT, related_name="items")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    expected_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    done_at = models.DateTimeField(null=True, blank=True)
    message_zh = models.CharField(max_length=600, blank=True)
    message_en = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "batch", "proposal"], name="endorsement_item_once"),)
        indexes = (
            models.Index(
                fields=["tenant", "proposal"],
                name="endorsement_item_waiting",
                condition=models.Q(state=ItemState.WAITING),
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.proposal_id} {self.state}"

    @property
    def message(self) -> str:
        """What came of it, in the active language."""
        return local(self.message_zh, self.message_en)


class EndorsementSummary(TenantOwned):
    """The summary list (推荐汇总表) of what an institution endorsed at one step for one call, as it stood when issued.

    Its document is printed, sealed and filed; `content` is canonical JSON and what the document's hash is of."""

    append_only = True

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="from 1, by call, institution and step")
    language = models.CharField(max_length=10)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    applications = models.PositiveIntegerField()
    total_fen = models.BigIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "call", "institution", "step", "number"], name="endorsement_summary_once"
            ),
        )
        indexes = (models.Index(fields=["tenant", "institution", "-id"], name="endorsement_summary_place"),)

    def __str__(self) -> str:
        return f"{self.call_id} {self.institution_id} {self.step} list {self.number}"


class EndorsementScan(TenantOwned):
    """The sealed summary list as it was scanned; the codes on its pages say that it is this one."""

    append_only = True

    summary = models.ForeignKey(EndorsementSummary, on_delete=models.PROTECT, related_name="scans")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "summary", "file"], name="endorsement_scan_once"),)

    def __str__(self) -> str:
        return self.filename
