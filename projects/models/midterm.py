"""Mid-term evaluations: who was drawn and how, what was answered, what followed (A27 A28)."""

from django.conf import settings
from django.db import models

from core.tenancy import TenantOwned
from documents.models import Document
from programs.models import Call
from projects.enums import (
    MidTermForm,
    MidTermOpinionKind,
    MidTermOutcome,
    MidTermResult,
    MidTermState,
)
from projects.models.books import Project
from projects.models.judgement import FiledOpinion, ProposedConclusion
from projects.workflow import MidTermLifecycle


class MidTermDraw(TenantOwned):
    """A random sample of a call's projects, on the record: anybody can draw it again from seed and list (A27)."""

    append_only = True

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="midterm_draws")
    seed = models.CharField(max_length=100)
    drawn = models.PositiveSmallIntegerField(help_text="how many of the candidates, from the first on")
    candidates = models.JSONField(help_text="[[grant number, lot]] in the order of the lots; lots.py says how")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["tenant", "-id"], name="midterm_draw_newest"),)

    def __str__(self) -> str:
        return f"{self.drawn} of {len(self.candidates)}"


class MidTerm(MidTermLifecycle, TenantOwned):
    """The mid-term evaluation of one project: answered by the applicant side, or an inspection (A27)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="midterms")
    form = models.CharField(max_length=12, choices=MidTermForm)
    draw = models.ForeignKey(MidTermDraw, null=True, blank=True, on_delete=models.PROTECT, related_name="midterms")
    notified_at = models.DateTimeField()
    notified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True, help_text="two months after the notice; none for inspections")
    rectify_by = models.DateField(null=True, blank=True, help_text="last day of a rectification, in the funder's zone")
    notice = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "project"],
                condition=~models.Q(state=MidTermState.CONCLUDED),
                name="midterm_one_at_a_time",
            ),
        )
        indexes = (models.Index(fields=["tenant", "state", "-id"], name="midterm_state"),)

    def __str__(self) -> str:
        return f"{self.project_id} {self.state}"


class MidTermOpinion(FiledOpinion):
    """One paper of the answer: the PI's report, science, finance, the inspection, the report of a rectification."""

    append_only = True

    midterm = models.ForeignKey(MidTerm, on_delete=models.PROTECT, related_name="opinions")
    kind = models.CharField(max_length=16, choices=MidTermOpinionKind)
    turn = models.PositiveSmallIntegerField(default=0, help_text="how many rectifications were asked for before")
    result = models.CharField(max_length=10, choices=MidTermResult)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "midterm", "kind", "turn"], name="midterm_opinion_once"),
        )

    def __str__(self) -> str:
        return f"{self.midterm_id} {self.kind} {self.result}"


class MidTermConclusion(ProposedConclusion):
    """Go on, rectify, adjust the budget or terminate; all but the first only with the director's approval (A28)."""

    midterm = models.ForeignKey(MidTerm, on_delete=models.PROTECT, related_name="conclusions")
    outcome = models.CharField(max_length=12, choices=MidTermOutcome)
    rectify_by = models.DateField(null=True, blank=True)
    amount_fen = models.BigIntegerField(null=True, blank=True, help_text="the amount granted from now on, in fen")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["tenant", "midterm", "number"], name="midterm_conclusion_once"),
            models.CheckConstraint(
                name="midterm_approver_is_not_proposer",
                condition=models.Q(decided_by__isnull=True)
                | models.Q(outcome=MidTermOutcome.CONTINUE)
                | ~models.Q(decided_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="midterm_decided_together",
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True, is_approved__isnull=True)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False, is_approved__isnull=False),
            ),
            models.CheckConstraint(
                name="midterm_amount_when_adjusted",
                condition=models.Q(outcome=MidTermOutcome.ADJUST, amount_fen__gt=0)
                | (~models.Q(outcome=MidTermOutcome.ADJUST) & models.Q(amount_fen__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.midterm_id} {self.outcome}"
