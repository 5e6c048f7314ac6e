"""What mid-term evaluation and acceptance have in common: opinions filed, conclusions proposed and decided."""

from django.conf import settings
from django.db import models

from core.tenancy import TenantOwned
from documents.models import Document, StoredFile


class FiledOpinion(TenantOwned):
    """An opinion with its signed scan, if there is one; it stands as it was filed (A27 A31)."""

    text = models.TextField()
    organised_as = models.CharField(max_length=20, help_text="expert panel or audit firm")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200, blank=True)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ProposedConclusion(TenantOwned):
    """What the secretariat proposes and the executive director decides (A28 A32)."""

    number = models.PositiveIntegerField()
    comment = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64, help_text="what an approval binds")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_approved = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_comment = models.TextField(blank=True)
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
