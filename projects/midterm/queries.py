"""Which projects are due for a mid-term evaluation, and how each stands (A27)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from audit.models import Event
from audit.queries import history_of
from core import clock
from core.errors import NotVisible
from core.money import FEN_PER_YUAN
from core.rows import only
from documents.models import Document
from programs.models import Call
from programs.policy.sections import MidTerm as Rules
from programs.queries import effective_policy
from projects.enums import IN_TERM, MidTermForm, MidTermOpinionKind, MidTermOutcome, ProjectState
from projects.models import MidTerm, MidTermConclusion, MidTermDraw, MidTermOpinion, Project
from projects.queries import judged_by, visible_to

WANTED = {
    MidTermForm.ANSWER: (MidTermOpinionKind.REPORT, MidTermOpinionKind.SCIENCE, MidTermOpinionKind.FINANCE),
    MidTermForm.INSPECTION: (MidTermOpinionKind.INSPECTION,),
}
# A page of inspections to begin; the next follow when these have their notice.
MOST_DUE = 25


@dataclass(frozen=True)
class Sample:
    """A call whose projects are sampled, and how many of them may be drawn."""

    call: Call
    candidates: int


def rules_of(call: Call) -> Rules | None:
    """What the call's policy says of mid-term evaluation; None when it has none."""
    return effective_policy(call).mid_term


def is_long_enough(start: date, end: date, rules: Rules) -> bool:
    """Whether a term of these first and last days is longer than the policy's limit (A27)."""
    return end >= clock.add_months(start, rules.above_months)


def is_large(project: Project, rules: Rules) -> bool:
    """Whether the secretariat inspects the project itself for its amount (A27: above 5,000,000 yuan)."""
    limit = rules.on_site_above_yuan
    return limit is not None and project.approved_fen > limit * FEN_PER_YUAN


def form_for(project: Project, rules: Rules) -> MidTermForm:
    """Drawn projects are answered by the lead institution; platforms and large ones inspected (A27)."""
    is_drawn = rules.is_sampled and not is_large(project, rules)
    return MidTermForm.ANSWER if is_drawn else MidTermForm.INSPECTION


def due_of(call: Call, form: str) -> list[Project]:
    """The call's running projects without an evaluation that this form is for; by grant number. All of them, whoever
    asks: the draw takes nobody out."""
    rules = rules_of(call)
    if rules is None:
        return []
    rows = _unevaluated(Project.objects.filter(call=call), clock.today(call.tenant.zone)).order_by("grant_number")
    rows = rows.select_related("tenant", "call", "call__policy_version", "pi", "lead_institution", "proposal")
    return [
        row
        for row in rows.defer("book_draft")
        if form_for(row, rules) == form and is_long_enough(row.start_date, row.end_date, rules)
    ]


def samples(user: Any) -> list[Sample]:
    """The calls from which a sample may be drawn, newest first, with those projects counted that the person may
    judge (A16)."""
    free = set(judged_by(user).filter(state__in=IN_TERM).values_list("pk", flat=True))
    due = ((call, due_of(call, MidTermForm.ANSWER)) for call in _calls_in_term(user))
    found = ((call, sum(row.pk in free for row in rows)) for call, rows in due)
    return [Sample(call, count) for call, count in found if count]


def inspections_due(user: Any) -> list[Project]:
    """The projects that the person may judge and the secretariat inspects, the earliest to end first."""
    free = set(judged_by(user).filter(state__in=IN_TERM).values_list("pk", flat=True))
    rows = [row for call in _calls_in_term(user) for row in due_of(call, MidTermForm.INSPECTION) if row.pk in free]
    return sorted(rows, key=lambda row: (row.end_date, row.pk))


def _calls_in_term(user: Any) -> list[Call]:
    running = _unevaluated(judged_by(user).filter(call=OuterRef("pk")), clock.today())
    calls = Call.objects.filter(Exists(running)).select_related("tenant", "policy_version", "programme")
    return [call for call in calls.order_by("-pk") if rules_of(call)]


def _unevaluated(rows: QuerySet[Project], today: date) -> QuerySet[Project]:
    evaluated = MidTerm.objects.filter(project=OuterRef("pk"))
    return rows.filter(~Exists(evaluated), state=ProjectState.ACTIVE, end_date__gte=today, start_date__lte=today)


def visible_midterms(user: Any) -> QuerySet[MidTerm]:
    """The evaluations of the projects the person may see."""
    seen = visible_to(user).filter(pk=OuterRef("project"))
    rows = MidTerm.objects.filter(Exists(seen))
    return rows.select_related("project", "project__lead_institution", "project__pi", "tenant").defer(
        "project__book_draft"
    )


def project_of(user: Any, pk: int) -> Project:
    """That project, if the person may see it. Raises NotVisible."""
    rows = visible_to(user).select_related(
        "call", "call__policy_version", "pi", "lead_institution", "tenant", "version", "proposal"
    )
    project: Project | None = only(rows.filter(pk=pk))
    if project is None:
        raise NotVisible
    return project


def midterm_of(project: Project) -> MidTerm | None:
    """The project's evaluation, once its notice was sent."""
    return MidTerm.objects.filter(project=project).select_related("notice", "draw").order_by("pk").last()


def opinions_of(midterm: MidTerm) -> list[MidTermOpinion]:
    """What was filed so far, oldest first."""
    return list(midterm.opinions.select_related("filed_by", "file"))


def conclusions_of(midterm: MidTerm) -> list[MidTermConclusion]:
    """All conclusions, the last one last."""
    return list(midterm.conclusions.select_related("proposed_by", "decided_by", "document"))


def waiting_conclusion(midterm: MidTerm) -> MidTermConclusion | None:
    """The conclusion that is before the director."""
    return midterm.conclusions.filter(decided_at__isnull=True).last()


def conclusion_to_decide(midterm: MidTerm, pk: int | None) -> MidTermConclusion:
    """The conclusion that the director's page showed, decided since or not. Raises NotVisible."""
    conclusion = midterm.conclusions.filter(pk=pk).first() if pk else None
    if conclusion is None:
        raise NotVisible
    return conclusion


def turn_of(midterm: MidTerm) -> int:
    """How many rectifications the director has approved so far."""
    return midterm.conclusions.filter(outcome=MidTermOutcome.RECTIFY, is_approved=True).count()


def still_wanted(midterm: MidTerm, opinions: list[MidTermOpinion], turn: int) -> list[MidTermOpinionKind]:
    """What is still to be filed: the answer or the inspection; after a rectification, its report."""
    wanted = WANTED[MidTermForm(midterm.form)] if turn == 0 else (MidTermOpinionKind.RECTIFICATION,)
    filed = {one.kind for one in opinions if one.turn == turn}
    return [kind for kind in wanted if kind not in filed]


def opinion_file(user: Any, project_pk: int, opinion_pk: int) -> MidTermOpinion:
    """A filed paper with its scan, if the person may see the project. Raises NotVisible."""
    rows = MidTermOpinion.objects.filter(pk=opinion_pk, midterm__project_id=project_pk, file__isnull=False)
    opinion = rows.filter(midterm__in=visible_midterms(user)).select_related("file").first()
    if opinion is None:
        raise NotVisible
    return opinion


def letter(user: Any, project_pk: int, document_pk: int) -> Document:
    """A letter issued in the project's evaluation, if the person may see the project. Raises NotVisible."""
    rows = visible_midterms(user).filter(project=project_of(user, project_pk))
    issued = {
        *rows.values_list("notice_id", flat=True),
        *MidTermConclusion.objects.filter(midterm__in=rows).values_list("document_id", flat=True),
    }
    document = Document.objects.filter(pk=document_pk).first() if document_pk in issued else None
    if document is None:
        raise NotVisible
    return document


def draws() -> QuerySet[MidTermDraw]:
    """The funder's draws, for its staff."""
    return MidTermDraw.objects.select_related("call", "drawn_by")


def get_draw(pk: int) -> MidTermDraw:
    """One draw. Raises NotVisible."""
    found: MidTermDraw | None = only(draws().filter(pk=pk))
    if found is None:
        raise NotVisible
    return found


def history(project: Project, midterm: MidTerm | None) -> list[Event]:
    """What happened in the project's evaluation, newest first."""
    events = history_of(project, midterm) if midterm else history_of(project)
    return list(events.filter(action__startswith="midterm.").order_by("-seq"))
