"""Budget books frozen with a dossier, and the annotations laid on top of their lines, never over them (A8)."""

from django.conf import settings
from django.db import models

from budgets.enums import BookPurpose, Verdict
from core import clock
from core.tenancy import TenantOwned


class BudgetBook(TenantOwned):
    """The lines of one frozen dossier; its total is their sum."""

    append_only = True

    purpose = models.CharField(max_length=10, choices=BookPurpose)
    source_sha256 = models.CharField(max_length=64, help_text="of the dossier whose lines these are")
    total_fen = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.CheckConstraint(name="budget_book_total", condition=models.Q(total_fen__gte=0)),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.total_fen}"


class BudgetLine(TenantOwned):
    """One line, as the PI wrote it."""

    append_only = True

    book = models.ForeignKey(BudgetBook, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=40, help_text="stable across versions of the dossier")
    category = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    year = models.PositiveIntegerField(null=True, help_text="the calendar year it is spent in")
    amount_fen = models.BigIntegerField()
    basis = models.TextField(blank=True)
    relation = models.TextField(blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "book", "key"], name="budget_line_once"),
            models.CheckConstraint(name="budget_line_amount", condition=models.Q(amount_fen__gte=0)),
        )

    def __str__(self) -> str:
        return self.name


class Annotation(TenantOwned):
    """A finance expert's view of one line: reasonable? relevant? what amount instead, and why (A8 A21)."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="annotations")
    expert = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_reasonable = models.CharField(max_length=10, choices=Verdict, blank=True)
    is_relevant = models.CharField(max_length=10, choices=Verdict, blank=True)
    suggested_fen = models.BigIntegerField()
    reason = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "line", "expert"], name="annotation_once"),
            models.CheckConstraint(name="annotation_amount", condition=models.Q(suggested_fen__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.line_id}: {self.suggested_fen}"
