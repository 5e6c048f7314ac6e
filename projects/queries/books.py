"""Reads of the task book: its dossiers, findings and rounds."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from core import clock
from core.countries import country_name
from core.errors import Obstacle
from programs.differences import label_of
from programs.dossier import Dossier, DraftProblem
from programs.facts import Facts
from programs.findings import Stage
from programs.language import pick
from programs.policy import evaluate
from projects.editing import EDITABLE, draft_of
from projects.models import BookOpinion, BookRound, Project
from projects.queries.signing import policy_of
from proposals.models import ProposalVersion
from proposals.queries import impartial, problem_findings
from reviews.conflicts import evidence_for
from reviews.enums import AssignmentState, ReviewKind
from reviews.models import Assignment, Expert


def approved_dossier(project: Project) -> Dossier:
    """The frozen dossier to which the approval was given."""
    return _parse(project.version)


def _parse(version: ProposalVersion) -> Dossier:
    return Dossier.model_validate_json(version.dossier_json)


def book_dossier(project: Project) -> tuple[Dossier, list[DraftProblem]]:
    """The book's working copy as a dossier, and what could not be read of it."""
    frozen = approved_dossier(project)
    return Dossier.from_draft(draft_of(frozen, project.book_draft))


def book_findings(project: Project, dossier: Dossier | None = None) -> list[Any]:
    """What stands between the book and its submission: the policy's clauses at the book stage (A4 A34 A35), unreadable
    values, and a budget that isn't the approved amount."""
    problems: list[DraftProblem] = []
    if dossier is None:
        dossier, problems = book_dossier(project)
    facts = Facts(now=clock.now(), proposed_fen=project.approved_fen)
    found: list[Any] = [*problem_findings([one for one in problems if one.path.split(".")[0] in EDITABLE])]
    found += evaluate(policy_of(project), dossier, facts, stage=Stage.BOOK)
    if dossier.total_fen != project.approved_fen and not any(one.code == "award_kept" for one in found):
        found.insert(0, _SUM)
    return found


def may_be_submitted(findings: list[Any]) -> bool:
    """Whether none of the findings blocks; a justified warning doesn't."""
    return not any(getattr(one, "blocks", True) for one in findings)


_SUM = Obstacle(
    code="award_kept",
    article="A11",
    field="budget_lines",
    message_zh="预算合计与批准金额不一致。",
    message_en="The budget does not add up to the approved amount.",
    who_can_clear="applicant",
)


# ---------------------------------------------------------------- rounds
@dataclass(frozen=True)
class Round:
    """A handed-in round with its opinions, for pages."""

    row: BookRound
    opinions: list[BookOpinion]

    @property
    def spoken(self) -> list[tuple[BookOpinion, list[tuple[str, str, str]]]]:
        """The opinions, each with its comments at fields as (path, label, text)."""
        dossier = dossier_of_round(self.row) if any(one.field_comments for one in self.opinions) else Dossier()
        return [
            (one, [(path, path_label(dossier, path), text) for path, text in one.field_comments.items()])
            for one in self.opinions
        ]

    def opinion(self, kind: str) -> BookOpinion | None:
        """The opinion of one side, if it was given."""
        return next((one for one in self.opinions if one.kind == kind), None)


def rounds_of(project: Project) -> list[Round]:
    """All rounds, newest first. Two queries."""
    rows = BookRound.objects.filter(project=project).select_related("submitted_by", "budget_book")
    rows = rows.prefetch_related("opinions__given_by").order_by("-number")
    return [Round(row, list(row.opinions.all())) for row in rows]


def latest_round(project: Project) -> BookRound | None:
    """The round that was handed in last."""
    return BookRound.objects.filter(project=project).order_by("-number").first()


def dossier_of_round(row: BookRound) -> Dossier:
    """The frozen book of that round."""
    return Dossier.model_validate_json(row.dossier_json)


@dataclass(frozen=True)
class Candidate:
    """A finance expert who may be asked."""

    expert: Expert
    has_reviewed: bool

    @property
    def label(self) -> str:
        """The person and the place."""
        place = self.expert.institution.display_name if self.expert.institution else country_name(self.expert.country)
        return f"{self.expert.user.display_name} · {place}"


def path_label(dossier: Dossier, path: str) -> str:
    """How people call a place of the book: a budget line by its name, a section by its label."""
    name, _dot, rest = path.partition(".")
    if name == "budget_lines":
        line = next((one for one in dossier.budget_lines if one.key == rest.split(".")[0]), None)
        if line is not None and line.name:
            return line.name
    if name not in Dossier.model_fields:
        return path
    label = label_of(Dossier, name)
    return pick(label.zh, label.en)


def finance_candidates(project: Project) -> list[Candidate]:
    """Available finance experts of the pool: those who reviewed the proposal first, then the least busy. People with a
    conflict, declared or found, are left out (A16)."""
    reviewed = Assignment.objects.filter(
        proposal=project.proposal_id, expert=OuterRef("pk"), kind=ReviewKind.FINANCE, state=AssignmentState.SUBMITTED
    )
    rows = Expert.objects.filter(is_finance=True, is_available=True, consented_at__isnull=False)
    experts = list(
        rows.filter(user__in=impartial(User.objects.all(), project.proposal))
        .annotate(has_reviewed=Exists(reviewed), load=Count("assignments"))
        .select_related("user", "institution")
        .order_by("-has_reviewed", "load", "pk")[:100]
    )
    evidence = evidence_for(project.proposal, approved_dossier(project), experts)
    return [Candidate(one, one.has_reviewed) for one in experts if not evidence.get(one.user_id)]
