"""Proposals, their frozen versions, attachments, and what offices and secretaries decided about them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from guardian.models import UserObjectPermissionBase

from accounts.models import Institution, local
from budgets.models import BudgetBook
from core import clock
from core.search import Searchable, Term, indexes_of_terms
from core.tenancy import TenantOwned
from documents.models import StoredFile
from programs.models import Call
from proposals.enums import (
    OPEN_INVITATIONS,
    CheckDecision,
    Extent,
    InvitationPurpose,
    InvitationState,
    WaiverState,
)
from proposals.grants import CO_BUDGET, CO_READ, CO_WRITE
from proposals.workflow import InvitationLifecycle, ProposalLifecycle, WaiverLifecycle


class Proposal(Searchable, ProposalLifecycle, TenantOwned):
    """An application. `draft` is the working copy (a dossier's JSON); what was submitted are its versions."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="proposals")
    pi = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals")
    lead_institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="proposals")
    title_zh = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    requested_fen = models.BigIntegerField(default=0)
    field = models.CharField(max_length=300, blank=True, help_text="key of the policy's field in the newest version")
    draft = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    application_number = models.CharField(max_length=40, null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now)

    searched = ("title_zh", "title_en", "application_number", "pi_id")
    found_through = ("pi",)

    class Meta:
        # Personal grants; proposals/grants.py.
        permissions = (
            (CO_WRITE, "Can write the draft"),
            (CO_BUDGET, "Can write the draft's budget"),
            (CO_READ, "Can read the draft"),
        )
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
            models.Index(fields=["tenant", "received_at"], name="proposal_received"),
            models.Index(fields=["tenant", "field", "-id"], name="proposal_field"),
        )

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def title(self) -> str:
        return local(self.title_zh, self.title_en)

    @property
    def closes_at(self) -> datetime:
        """Its deadline, exclusive: the call's, or a longer one for what was begun before that was decided."""
        return self.call.closes_for(self.created_at)

    def texts(self) -> list[str]:
        return [self.title_zh, self.title_en, self.application_number or "", self.pi.name_zh, self.pi.name_en]


class ProposalTerm(Term):
    """A beginning of a word by which a proposal is found."""

    row = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="terms", db_index=False)

    class Meta:
        indexes = indexes_of_terms("proposal_term")


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


class Invitation(InvitationLifecycle, TenantOwned):
    """The applicant asks whoever has this e-mail address to write with them, or to stand by their name in the team.

    The row is made whether or not anybody has an account with that address, so that nobody learns who has one. A
    participant's account is known by an accepted one only, as long as the draft says of them what they agreed to."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="invitations")
    purpose = models.CharField(max_length=12, choices=InvitationPurpose)
    email = models.EmailField(help_text="lower-case, as accounts have it")
    extent = models.CharField(max_length=12, choices=Extent, default=Extent.EDIT, help_text="of a co-writer's")
    participant_key = models.CharField(max_length=40, blank=True)
    participant_name = models.CharField(max_length=300, blank=True)
    participant_role = models.CharField(max_length=300, blank=True)
    is_main = models.BooleanField(default=False)
    invited_at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "proposal", "purpose", "email"],
                condition=models.Q(state__in=OPEN_INVITATIONS),
                name="invitation_open_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "proposal", "participant_key"],
                condition=models.Q(state__in=OPEN_INVITATIONS, purpose=InvitationPurpose.PARTICIPANT),
                name="invitation_participant_once",
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=~models.Q(state=InvitationState.ACCEPTED)
                | models.Q(user__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_names_participant",
                condition=models.Q(purpose=InvitationPurpose.CO_WRITER, participant_key="")
                | models.Q(purpose=InvitationPurpose.PARTICIPANT) & ~models.Q(participant_key=""),
            ),
        )
        indexes = (models.Index(fields=["tenant", "email", "state"], name="invitation_email"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.purpose} {self.state}"


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


class ProposalCountry(TenantOwned):
    """A country of the partners in the newest frozen version, for statistics; once, however many partners it has."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="countries")
    country = models.CharField(max_length=2)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "proposal", "country"], name="proposal_country_once"),)
        indexes = (models.Index(fields=["tenant", "country", "proposal"], name="proposal_country"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.country}"


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


class VersionScan(TenantOwned):
    """A version's PDF as it was printed, stamped and scanned (B6); the codes on its pages say that it is this one."""

    append_only = True

    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="scans")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "version", "file"], name="version_scan_once"),)

    def __str__(self) -> str:
        return self.filename


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
    uploaded_through = models.ForeignKey(
        "proposals.PartnerLink",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="a partner's contact uploaded it by the link that `uploaded_by` sent",
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "proposal"], name="attachment_proposal"),)

    def __str__(self) -> str:
        return self.filename


class PreliminaryCheck(TenantOwned):
    """The secretariat's preliminary check of one version (A20)."""

    append_only = True

    version = models.ForeignKey(ProposalVersion, on_delete=models.PROTECT, related_name="checks")
    number = models.PositiveSmallIntegerField(default=1, help_text="of the version's checks: 2 after a granted appeal")
    decision = models.CharField(max_length=10, choices=CheckDecision)
    points = models.JSONField(default=dict, help_text="manual checklist: point → {ok, note}")
    findings = models.JSONField(default=list, help_text="automatic findings at that moment")
    article = models.CharField(max_length=20, blank=True, help_text="that the secretariat named for an invalid one")
    reason = models.TextField(blank=True)
    appeal_until = models.DateTimeField(null=True, blank=True, help_text="exclusive; of an invalid one")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["tenant", "version", "number"], name="check_once_a_number"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.decision}"


class Waiver(WaiverLifecycle, TenantOwned):
    """The applicant asks the secretariat to waive one condition (一事一议); it covers no more than was asked."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="waivers")
    ref = models.CharField(max_length=200, help_text="`Finding.ref`: article, code and field")
    article = models.CharField(max_length=20)
    message_zh = models.TextField(help_text="what the finding said")
    message_en = models.TextField()
    extent = models.BigIntegerField(null=True, blank=True, help_text="how far it went: fen or a count")
    reason = models.TextField(help_text="the applicant's")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "proposal", "ref"],
                condition=models.Q(state=WaiverState.ASKED),
                name="waiver_asked_once",
            ),
            models.CheckConstraint(
                name="waiver_decided_with_reason",
                condition=models.Q(state=WaiverState.ASKED)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False) & ~models.Q(decision_reason=""),
            ),
        )
        indexes = (models.Index(fields=["tenant", "state", "proposal"], name="waiver_waiting"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.ref} {self.state}"

    @property
    def message(self) -> str:
        """What was to be waived, in the reader's language."""
        return local(self.message_zh, self.message_en)
