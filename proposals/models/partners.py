"""A partner institution fills in its own part of a draft by a link, and confirms it."""

from django.conf import settings
from django.db import models

from core.tenancy import TenantOwned
from proposals.models.applications import Proposal


class PartnerLink(TenantOwned):
    """The applicant's side lets whoever holds the link write one partner's part of the draft, without an account.

    The link itself stands nowhere: what it ends in is made from the portal's key and `nonce`, and only its hash is
    kept. It holds until it runs out, is taken back, is replaced, or the draft is handed in or withdrawn."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="partner_links")
    party_key = models.CharField(max_length=40)
    name = models.CharField(max_length=300, help_text="whom it was sent to")
    email = models.EmailField()
    language = models.CharField(max_length=10)
    nonce = models.CharField(max_length=32)
    token_sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="replaced, handed in or withdrawn")
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="taken back: what it confirmed counts no more")
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "token_sha256"], name="partner_link_token_once"),
            models.UniqueConstraint(
                fields=["tenant", "proposal", "party_key"],
                condition=models.Q(ended_at__isnull=True, revoked_at__isnull=True),
                name="partner_link_open_once",
            ),
            models.CheckConstraint(
                name="partner_link_revoked_by_somebody",
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.party_key}"


class PartnerConfirmation(TenantOwned):
    """Somebody confirmed a partner's part on behalf of the institution, word for word as kept here.

    It counts as long as the part still says the same, whoever changes it."""

    append_only = True

    link = models.ForeignKey(PartnerLink, on_delete=models.PROTECT, related_name="confirmations")
    part_json = models.TextField(help_text="what they saw, as canonical JSON")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=300)
    position = models.CharField(max_length=300)
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.link_id} {self.sha256[:12]}"
