"""Users, institutions, tenants, memberships, affiliations."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import GRANTED_ROLES, AffiliationKind, InstitutionKind, Role
from core import clock

RESERVED_SLUGS = frozenset(
    {"login", "logout", "healthz", "verify", "i18n", "static", "account", "resume", "demo", "styleguide", "register"}
)


def local(zh: str, en: str) -> str:
    """The text of the active language, or the other one where it is empty."""
    return (zh or en) if (get_language() or "").startswith("zh") else (en or zh)


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new active user; addresses are kept lower-case, since people don't remember the case they typed."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. One account for every role with every funder."""

    email = models.EmailField(_("e-mail"), unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    name_en = models.CharField(_("name in Latin letters"), max_length=120, blank=True)
    orcid = models.CharField("ORCID", max_length=19, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return local(self.name_zh, self.name_en) or self.email

    def get_full_name(self) -> str:
        return self.display_name


class Institution(models.Model):
    """A legal person or body that leads, joins, endorses or hosts projects."""

    name_zh = models.CharField(_("name in Chinese"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text="ISO 3166-1 alpha-2")
    kind = models.CharField(_("kind"), max_length=30, choices=InstitutionKind)
    is_chinese_legal_person = models.BooleanField(_("legal person in China"), default=False)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    email_domain = models.CharField(_("e-mail domain"), max_length=100, blank=True)
    is_anso_member = models.BooleanField(_("ANSO member"), default=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        ordering = ("name_en", "pk")
        constraints = (
            models.CheckConstraint(
                name="institution_chinese_legal_person_is_in_china",
                condition=models.Q(is_chinese_legal_person=False) | models.Q(country="CN"),
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return local(self.name_zh, self.name_en)

    @property
    def is_cas_institute(self) -> bool:
        return self.kind == InstitutionKind.CAS_INSTITUTE


class Tenant(models.Model):
    """A science funder."""

    slug = models.SlugField(unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9-]+$")])
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    short_name_zh = models.CharField(max_length=40)
    short_name_en = models.CharField(max_length=40)
    zone_name = models.CharField(max_length=40, default="Asia/Shanghai")
    brand_colour = models.CharField(max_length=7, default="#1d4e6b", validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    host_institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="hosted_tenants"
    )
    secretariat = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="secretariat_of"
    )

    joint_work_years = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="for how long joint work keeps an expert out of reviewing (A16; the sources name no number)",
    )
    invitation_days = models.PositiveSmallIntegerField(
        default=14, validators=[MinValueValidator(1), MaxValueValidator(90)], help_text="how long invitations hold"
    )
    appeal_days = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text="for how many days an application declared invalid may be appealed for (A18 A20 name no number)",
    )

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.CheckConstraint(
                name="tenant_joint_work_years",
                condition=models.Q(joint_work_years__gte=1, joint_work_years__lte=20),
            ),
            models.CheckConstraint(
                name="tenant_invitation_days", condition=models.Q(invitation_days__gte=1, invitation_days__lte=90)
            ),
            models.CheckConstraint(
                name="tenant_appeal_days", condition=models.Q(appeal_days__gte=1, appeal_days__lte=90)
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return local(self.name_zh, self.name_en)

    @property
    def short_name(self) -> str:
        return local(self.short_name_zh, self.short_name_en)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


class Membership(models.Model):
    """A granted role of a person in a tenant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in GRANTED_ROLES])
    granted_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "user", "role"], name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {Role(self.role).label}"


class Affiliation(models.Model):
    """A person's place at an institution; OFFICE lets them examine and endorse for it (A10)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="affiliations")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="affiliations")
    kind = models.CharField(max_length=10, choices=AffiliationKind, default=AffiliationKind.STAFF)
    position = models.CharField(max_length=80, blank=True)
    since_date = models.DateField(null=True, blank=True)
    until_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "institution", "kind"], name="affiliation_once"),
            models.CheckConstraint(
                name="affiliation_ends_after_it_begins",
                condition=models.Q(until_date__isnull=True)
                | models.Q(since_date__isnull=True)
                | models.Q(until_date__gte=models.F("since_date")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.institution_id}"
