"""Programmes, their immutable policy versions, calls and their number counters."""

from django.conf import settings
from django.db import models

from accounts.models import local
from core import clock
from core.tenancy import TenantOwned
from programs.workflow import CallLifecycle


class Programme(TenantOwned):
    """A funding programme, e.g. ANSO joint research (A5.1)."""

    slug = models.SlugField(max_length=60)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("slug",)
        constraints = (models.UniqueConstraint(fields=["tenant", "slug"], name="programme_once"),)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return local(self.title_zh, self.title_en)


class PolicyVersion(TenantOwned):
    """One immutable version of a programme's policy file; calls pin one."""

    append_only = True

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField(help_text="the TOML as given")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "programme", "number"], name="policy_version_once"),)

    def __str__(self) -> str:
        return f"{self.programme_id} v{self.number}"


class Call(CallLifecycle, TenantOwned):
    """A call for proposals: a programme's policy, narrowed by the call's own file."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="calls")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="calls")
    slug = models.SlugField(max_length=60)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    source = models.TextField(help_text="the call's own TOML as given")
    policy_sha256 = models.CharField(max_length=64, help_text="of the effective policy")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(help_text="exclusive")
    shifted_days = models.IntegerField(default=0, help_text="how far a demonstration moved the call's dates")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "slug"], name="call_once"),
            models.CheckConstraint(
                name="call_closes_after_opening", condition=models.Q(closes_at__gt=models.F("opens_at"))
            ),
            models.CheckConstraint(
                name="call_published_pair",
                condition=models.Q(published_at__isnull=True, published_by__isnull=True)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return local(self.title_zh, self.title_en)


class NumberCounter(TenantOwned):
    """The last number given in one series of a call; its row lock makes numbers gapless (decision 6)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="counters")
    series = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "call", "series"], name="counter_once"),)

    def __str__(self) -> str:
        return f"{self.call_id}/{self.series}: {self.last}"
