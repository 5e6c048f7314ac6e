"""Programmes, their immutable policy versions and drafts of new ones, calls, longer deadlines, number counters;
yearly guides with their consultation and comments."""

import tomllib
from datetime import datetime

from django.conf import settings
from django.db import models

from accounts.models import Institution, local
from core import clock
from core.tenancy import TenantOwned
from programs.enums import DraftKind, ExtensionScope, GuidePart, GuideState
from programs.guides.content import GuideContent
from programs.policy.toml import read_toml_data
from programs.pool.models import Candidate, CandidateDraw  # noqa: F401 # Django looks for models here
from programs.workflow import CallLifecycle, GuideLifecycle


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


class PolicyDraft(TenantOwned):
    """A programme's next version, or a call's file, while an administrator writes it in the policy studio.

    Its text is what counts; forms are made from it and written back into it. It goes when it is published."""

    kind = models.CharField(max_length=10, choices=DraftKind)
    slug = models.SlugField(max_length=60, help_text="of the programme, or of the call")
    base = models.ForeignKey(
        PolicyVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="drafts",
        help_text="the version it changes; of a call, the version it narrows; none for a new programme",
    )
    source = models.TextField(help_text="the TOML as it stands, right or wrong")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(default=clock.now)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("kind", "slug")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "kind", "slug"], name="policy_draft_once"),
            models.CheckConstraint(
                name="policy_draft_of_a_call_has_a_base",
                condition=~models.Q(kind=DraftKind.CALL) | models.Q(base__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}, revision {self.revision}"

    @property
    def title(self) -> str:
        """The title that the text gives, in the active language; the name in addresses while it gives none."""
        try:
            data = read_toml_data(self.source)
        except tomllib.TOMLDecodeError:
            return self.slug
        return local(str(data.get("title_zh") or ""), str(data.get("title_en") or "")) or self.slug


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
    drafts_close_at = models.DateTimeField(null=True, blank=True, help_text="exclusive; for what was begun earlier")
    drafts_begun_before = models.DateTimeField(null=True, blank=True)
    is_targeted = models.BooleanField(default=False, help_text="by invitation only, as its policy says (A3)")
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
                name="call_drafts_pair",
                condition=models.Q(drafts_close_at__isnull=True, drafts_begun_before__isnull=True)
                | models.Q(drafts_close_at__isnull=False, drafts_begun_before__isnull=False),
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

    def closes_for(self, begun_at: datetime) -> datetime:
        """The deadline, exclusive, of an application begun at that instant."""
        return deadline(self.closes_at, self.drafts_close_at, self.drafts_begun_before, begun_at=begun_at)


def deadline(
    closes_at: datetime, drafts_close_at: datetime | None, drafts_begun_before: datetime | None, *, begun_at: datetime
) -> datetime:
    """The same from a call's columns, for queries that read no more of it."""
    if drafts_close_at and drafts_begun_before and begun_at < drafts_begun_before:
        return max(closes_at, drafts_close_at)
    return closes_at


class DeadlineExtension(TenantOwned):
    """A decision to take applications longer than the call said; shown on the call's page for good."""

    append_only = True

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="extensions")
    scope = models.CharField(max_length=10, choices=ExtensionScope)
    previous_at = models.DateTimeField(help_text="exclusive")
    closes_at = models.DateTimeField(help_text="exclusive")
    reason_zh = models.TextField()
    reason_en = models.TextField()
    decided_at = models.DateTimeField(default=clock.now, editable=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="extension_is_longer", condition=models.Q(closes_at__gt=models.F("previous_at"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.call_id} → {self.closes_at}"

    @property
    def reason(self) -> str:
        return local(self.reason_zh, self.reason_en)


class CallInvitation(TenantOwned):
    """An institution, or a person, that a call by invitation is for (A3). One that is ended stays on record."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="invitations")
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField(default=clock.now, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="call_invitation_of_one",
                condition=models.Q(institution__isnull=True, user__isnull=False)
                | models.Q(institution__isnull=False, user__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["tenant", "call", "institution"],
                condition=models.Q(ended_at__isnull=True),
                name="call_institution_invited_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "call", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="call_person_invited_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.call_id}: {self.name}"

    @property
    def name(self) -> str:
        return self.institution.display_name if self.institution else self.user.display_name if self.user else ""


class NumberCounter(TenantOwned):
    """The last number given in one series of a call; its row lock makes numbers gapless (decision 6)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="counters")
    series = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "call", "series"], name="counter_once"),)

    def __str__(self) -> str:
        return f"{self.call_id}/{self.series}: {self.last}"


OPEN_GUIDES = (GuideState.DRAFTING, GuideState.CONSULTING, GuideState.APPROVING, GuideState.APPROVED)
"""States before a version is public."""


class Guide(GuideLifecycle, TenantOwned):
    """One version of a year's guide. A public version never changes; a correction is the next version."""

    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1, help_text="of the content, for stale tabs")
    content = models.JSONField(default=dict, help_text="programs.guides.content.GuideContent")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    notice_zh = models.TextField(blank=True, help_text="why it corrects, shown with it for good")
    notice_en = models.TextField(blank=True)
    consult_until = models.DateTimeField(null=True, blank=True, help_text="exclusive")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_sha256 = models.CharField(max_length=64, blank=True, help_text="of the content before the director")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_comment = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="corrected or withdrawn")
    end_reason_zh = models.TextField(blank=True)
    end_reason_en = models.TextField(blank=True)

    class Meta:
        ordering = ("-year", "-version")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "year", "version"], name="guide_version_once"),
            models.UniqueConstraint(
                fields=["tenant", "year"], condition=models.Q(state__in=OPEN_GUIDES), name="guide_one_open_a_year"
            ),
            models.UniqueConstraint(
                fields=["tenant", "year"], condition=models.Q(state=GuideState.PUBLISHED), name="guide_one_in_force"
            ),
            models.CheckConstraint(
                name="guide_approver_is_not_preparer",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("submitted_by")),
            ),
            models.CheckConstraint(
                name="guide_public_is_decided",
                condition=~models.Q(state__in=[GuideState.PUBLISHED, GuideState.CORRECTED, GuideState.WITHDRAWN])
                | models.Q(published_at__isnull=False, decided_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.year} v{self.version}"

    @property
    def text(self) -> GuideContent:
        """The content, typed."""
        return GuideContent.of(self.content)

    @property
    def title(self) -> str:
        return self.text.title or str(self.year)

    @property
    def notice(self) -> str:
        return local(self.notice_zh, self.notice_en)

    @property
    def end_reason(self) -> str:
        return local(self.end_reason_zh, self.end_reason_en)


class GuideConsultation(TenantOwned):
    """A strategy expert's invitation to comment on a version."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="consultations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "guide", "user"], name="consultation_once"),)

    def __str__(self) -> str:
        return f"{self.guide_id}: {self.user_id}"


class GuideComment(TenantOwned):
    """What an expert says about a version; it stays as it was said."""

    append_only = True

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=20, choices=GuidePart, default=GuidePart.WHOLE)
    text = models.TextField()
    revision = models.PositiveIntegerField(help_text="of the content that it speaks of")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.guide_id}: {self.author_id}"
