"""Reads of acceptances: what a person may see, and which projects are due."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from acceptance.models import Acceptance, Conclusion, Opinion, PublicResult
from audit.models import Event
from audit.queries import history_of
from core import clock
from core.errors import NotVisible
from core.rows import only
from documents.models import Document
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Finding, Stage
from programs.policy import blocking, evaluate
from programs.queries import effective_policy
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import visible_to as projects_visible_to


def due_projects(user: Any, *, today: date | None = None) -> QuerySet[Project]:
    """Visible active projects whose term is over, the longest over first (A30)."""
    return (
        projects_visible_to(user)
        .filter(state__in=(ProjectState.ACTIVE, ProjectState.RECTIFYING), end_date__lt=today or clock.today())
        .select_related("lead_institution", "pi")
        .defer("book_draft")
        .order_by("end_date", "pk")
    )


def visible_to(user: Any) -> QuerySet[Acceptance]:
    """The acceptances of the projects the person may see."""
    # Correlated, so that a page of the newest asks only about these.
    seen = projects_visible_to(user).filter(pk=OuterRef("project"))
    rows = Acceptance.objects.filter(Exists(seen))
    return rows.select_related("project", "project__lead_institution", "project__pi", "tenant").defer(
        "project__book_draft"
    )


def project_of(user: Any, project_pk: int) -> Project:
    """That project, if the person may see it. Raises NotVisible."""
    rows = projects_visible_to(user).select_related(
        "call", "call__policy_version", "pi", "lead_institution", "tenant", "version"
    )
    project: Project | None = only(rows.filter(pk=project_pk))
    if project is None:
        raise NotVisible
    return project


def acceptance_of(project: Project) -> Acceptance | None:
    """The project's acceptance, once the notice was sent."""
    found: Acceptance | None = only(Acceptance.objects.filter(project=project).select_related("notice"))
    return found


def opinions_of(acceptance: Acceptance) -> list[Opinion]:
    """The opinions filed so far (A31)."""
    return list(acceptance.opinions.select_related("filed_by", "file"))


def conclusions_of(acceptance: Acceptance) -> list[Conclusion]:
    """All conclusions proposed, the last one last."""
    return list(acceptance.conclusions.select_related("proposed_by", "decided_by", "document"))


def waiting_conclusion(acceptance: Acceptance) -> Conclusion | None:
    """The conclusion that is before the director."""
    return acceptance.conclusions.filter(decided_at__isnull=True).last()


def opinion_file(user: Any, project_pk: int, opinion_pk: int) -> Opinion:
    """A filed opinion with its scan, if the person may see the project. Raises NotVisible."""
    opinion = (
        Opinion.objects.filter(pk=opinion_pk, acceptance__project_id=project_pk, file__isnull=False)
        .filter(acceptance__in=visible_to(user))
        .select_related("file")
        .first()
    )
    if opinion is None:
        raise NotVisible
    return opinion


def notice_document(user: Any, project_pk: int, document_pk: int) -> Document:
    """A notice issued in the project's acceptance, if the person may see the project. Raises NotVisible."""
    acceptances = visible_to(user).filter(project=project_of(user, project_pk))
    issued = {
        *acceptances.values_list("notice_id", flat=True),
        *Conclusion.objects.filter(acceptance__in=acceptances).values_list("document_id", flat=True),
    }
    document = Document.objects.filter(pk=document_pk).first() if document_pk in issued else None
    if document is None:
        raise NotVisible
    return document


def conclusion_to_decide(acceptance: Acceptance, pk: int | None) -> Conclusion:
    """The conclusion that the director's page showed, decided since or not. Raises NotVisible."""
    conclusion = acceptance.conclusions.filter(pk=pk).first() if pk else None
    if conclusion is None:
        raise NotVisible
    return conclusion


def is_due(project: Project) -> bool:
    """Whether the acceptance notice may be sent now (A30)."""
    running = project.state in (ProjectState.ACTIVE, ProjectState.RECTIFYING)
    return running and clock.today(project.tenant.zone) > project.end_date


def history(project: Project, acceptance: Acceptance | None) -> list[Event]:
    """What happened to the project's acceptance, newest first."""
    events = history_of(project, acceptance) if acceptance else history_of(project)
    return list(events.filter(action__startswith="acceptance.").order_by("-seq"))


def public_results_of(project: Project) -> list[PublicResult]:
    """The results published through non-academic channels, oldest first (A41)."""
    return list(project.public_results.all())


def closing_findings(project: Project) -> list[Finding]:
    """What the policy still asks before the project may be closed as passed (A41)."""
    dossier = Dossier.model_validate_json(project.version.dossier_json)
    facts = Facts(now=clock.now(), public_results=project.public_results.count())
    return blocking(evaluate(effective_policy(project.call), dossier, facts, stage=Stage.CLOSE))
