"""What the funder keeps on record about how institutions and people kept to the rules (C32 C45-C49)."""

from typing import Any

from django.conf import settings
from django.db import models

from accounts.models import Institution
from core.tenancy import TenantOwned
from documents.models import StoredFile
from proposals.enums import Capacity, SanctionKind


class Sanction(TenantOwned):
    """A sanction of one institution or one person, by a decision; never changed, lifted by a row of its own."""

    append_only = True

    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    capacity = models.CharField(max_length=20, choices=Capacity, help_text="as what it was sanctioned")
    kind = models.CharField(max_length=20, choices=SanctionKind)
    reason = models.TextField()
    decision = models.CharField(max_length=200, help_text="number of the decision; the applicant reads it")
    paper = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200, blank=True, help_text="of the decision's paper")
    starts_on = models.DateField(help_text="first day, in the funder's zone")
    ends_on = models.DateField(null=True, blank=True, help_text="last day, in the funder's zone; a notice has none")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="sanction_of_one",
                condition=models.Q(institution__isnull=True, person__isnull=False)
                | models.Q(institution__isnull=False, person__isnull=True),
            ),
            models.CheckConstraint(
                name="sanction_ban_has_an_end",
                condition=models.Q(kind=SanctionKind.NOTICE, ends_on__isnull=True)
                | (
                    ~models.Q(kind=SanctionKind.NOTICE)
                    & models.Q(ends_on__isnull=False, ends_on__gte=models.F("starts_on"))
                ),
            ),
            models.CheckConstraint(
                name="sanction_paper_named",
                condition=models.Q(paper__isnull=True, filename="")
                | models.Q(paper__isnull=False) & ~models.Q(filename=""),
            ),
            models.UniqueConstraint(
                fields=["tenant", "institution", "kind", "decision"],
                condition=models.Q(institution__isnull=False),
                name="sanction_of_institution_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "person", "kind", "decision"],
                condition=models.Q(person__isnull=False),
                name="sanction_of_person_once",
            ),
        )
        indexes = (models.Index(fields=["tenant", "ends_on"], name="sanction_running"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.institution_id or self.person_id} {self.decision}"

    @property
    def subject(self) -> Any:
        """The institution or the person."""
        return self.institution or self.person

    @property
    def is_ban(self) -> bool:
        """Whether it keeps anybody from applying or taking part."""
        return bool(self.kind != SanctionKind.NOTICE)


class SanctionLift(TenantOwned):
    """A sanction was lifted before its end; once, and never taken back."""

    append_only = True

    sanction = models.OneToOneField(Sanction, on_delete=models.PROTECT, related_name="lift")
    reason = models.TextField()
    lifted_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.sanction_id} lifted"
