"""Projects, rounds of their books with opinions, signatures, signing batches."""

from django.conf import settings
from django.db import models

from accounts.enums import Role
from accounts.models import Institution, local
from budgets.models import BudgetBook
from core import clock
from core.search import Searchable, Term, indexes_of_terms
from core.tenancy import TenantOwned
from documents.models import Document, Revision
from programs.models import Call
from projects.enums import IN_TERM, OPEN_STATES, ItemState, OpinionKind, OpinionVerdict, ProjectState
from projects.workflow import ProjectLifecycle
from proposals.models import Proposal, ProposalVersion


class Project(Searchable, ProjectLifecycle, TenantOwned):
    """An approved proposal on its way to a funded project, then that; numbered with the last signature (A26)."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="project")
    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="projects")
    pi = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="projects")
    lead_institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="projects")
    title_zh = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    approved_fen = models.BigIntegerField()
    start_date = models.DateField()
    end_date = models.DateField()
    grant_number = models.CharField(max_length=40, null=True, blank=True)
    established_at = models.DateTimeField(null=True, blank=True)
    book_draft = models.JSONField(default=dict, help_text="the working copy of the task book: a dossier")
    book_revision = models.PositiveIntegerField(default=0)
    book_due_at = models.DateTimeField(null=True, blank=True)
    finance_expert = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="reviews the budget book (A25)",
    )
    turn_party = models.CharField(
        max_length=40, blank=True, help_text="whose signature the issued book waits for: a signatory's key, and"
    )
    turn_role = models.CharField(max_length=20, blank=True, choices=Role, help_text="its role (A26)")
    book_document = models.OneToOneField(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    searched = ("title_zh", "title_en", "grant_number", "pi_id")
    found_through = ("pi", "proposal")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "grant_number"], name="grant_number_once"),
            models.CheckConstraint(name="project_amount", condition=models.Q(approved_fen__gte=0)),
            models.CheckConstraint(
                name="project_numbered_when_established",
                condition=models.Q(grant_number__isnull=True, established_at__isnull=True)
                | models.Q(grant_number__isnull=False, established_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-id"], name="project_newest"),
            models.Index(fields=["tenant", "state", "-id"], name="project_state"),
            models.Index(fields=["tenant", "pi", "-id"], name="project_pi"),
            models.Index(fields=["tenant", "lead_institution", "-id"], name="project_lead"),
            models.Index(fields=["tenant", "call", "-id"], name="project_call"),
            models.Index(fields=["tenant", "finance_expert", "-id"], name="project_finance_expert"),
            models.Index(fields=["tenant", "approved_fen", "id"], name="project_amount_order"),
            models.Index(
                fields=["tenant", "turn_role", "id"],
                condition=models.Q(state=ProjectState.SIGNING),
                name="project_turn",
            ),
            models.Index(
                fields=["tenant", "lead_institution", "turn_role"],
                condition=models.Q(state=ProjectState.SIGNING),
                name="project_turn_lead",
            ),
            models.Index(fields=["tenant", "id"], condition=models.Q(state__in=OPEN_STATES), name="project_open"),
            models.Index(
                fields=["tenant", "end_date", "id"], condition=models.Q(state__in=IN_TERM), name="project_term_end"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return local(self.title_zh, self.title_en)

    def texts(self) -> list[str]:
        numbers = self.grant_number or "", self.proposal.application_number or ""
        return [self.title_zh, self.title_en, *numbers, self.pi.name_zh, self.pi.name_en]


class ProjectTerm(Term):
    """A beginning of a word by which a project is found."""

    row = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="terms", db_index=False)

    class Meta:
        indexes = indexes_of_terms("project_term")


class BookRound(TenantOwned):
    """One handed-in round of the task book, frozen (A25)."""

    append_only = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    dossier_json = models.TextField()
    sha256 = models.CharField(max_length=64)
    budget_book = models.ForeignKey(BudgetBook, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(blank=True, help_text="the PI's answer to the last round's opinions")
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["tenant", "project", "number"], name="book_round_once"),)

    def __str__(self) -> str:
        return f"{self.project_id} round {self.number}"


class BookOpinion(TenantOwned):
    """The secretariat's or the finance expert's opinion on a round (A25)."""

    append_only = True

    round = models.ForeignKey(BookRound, on_delete=models.PROTECT, related_name="opinions")
    kind = models.CharField(max_length=20, choices=OpinionKind)
    verdict = models.CharField(max_length=10, choices=OpinionVerdict)
    comment = models.TextField(blank=True)
    field_comments = models.JSONField(default=dict, help_text="dossier path → comment")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "round", "kind"], name="book_opinion_once"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.kind} {self.verdict}"


class Signature(TenantOwned):
    """A party's signature on the issued book; `position` is the policy's order."""

    append_only = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="signatures")
    position = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=40)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(Institution, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "project", "party"], name="signature_once"),
            models.UniqueConstraint(fields=["tenant", "project", "position"], name="signature_position_once"),
        )

    def __str__(self) -> str:
        return f"{self.project_id} {self.party}"


class SigningBatch(TenantOwned):
    """One confirmation by one signer over a tray of books; the job works it off item by item."""

    party = models.CharField(max_length=40)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last gave a sign of life")
    paused_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"batch {self.pk}"


class SigningItem(TenantOwned):
    """A book of a batch; `expected_sha256` binds the confirmation to the bytes that were shown."""

    batch = models.ForeignKey(SigningBatch, on_delete=models.PROTECT, related_name="items")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    expected_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    done_at = models.DateTimeField(null=True, blank=True)
    message_zh = models.CharField(max_length=300, blank=True)
    message_en = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "batch", "project"], name="signing_item_once"),)

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.project_id} {self.state}"

    @property
    def message(self) -> str:
        """Why it was not signed, in the active language."""
        return local(self.message_zh, self.message_en)
