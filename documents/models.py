"""Stored files and issued documents; neither is ever changed."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

from core import clock
from core.tenancy import TenantOwned


class StoredFile(TenantOwned):
    """Bytes under their hash. Holding this row's id grants nothing: its parent authorises (decision 9)."""

    append_only = True

    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "sha256"], name="stored_file_once"),)

    def __str__(self) -> str:
        return self.sha256


class Document(TenantOwned):
    """An issued document; `code` is printed on each page and answers at /verify/<code>."""

    append_only = True

    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=16, unique=True)
    language = models.CharField(max_length=10, default="zh-hans")
    title_zh = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    content_sha256 = models.CharField(max_length=64, help_text="of the dossier it was made from")
    policy_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["tenant", "subject_type", "subject_id"], name="document_subject"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"

    @property
    def title(self) -> str:
        return self.title_zh if (get_language() or "").startswith("zh") else self.title_en


class Revision(TenantOwned):
    """The document's bytes as issued (number 0) or after a signature (1, 2, …); each contains the one before."""

    append_only = True

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["tenant", "document", "number"], name="revision_once"),)

    def __str__(self) -> str:
        return f"{self.document_id}.{self.number}"


class VerificationCode(models.Model):
    """Which tenant issued a code: global, and empty of content, so that the public page can open the right scope."""

    code = models.CharField(max_length=16, primary_key=True)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.code
