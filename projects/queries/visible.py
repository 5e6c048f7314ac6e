"""Which projects a person sees, and what of their history."""

from typing import Any, cast

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.enums import STAFF_ROLES, Role
from accounts.models import User
from accounts.standing import standing_of
from audit.models import Event
from audit.queries import history_of
from core.errors import NotVisible
from core.rows import only
from core.tenancy import active_among
from documents.models import Revision
from projects.enums import ProjectState
from projects.models import Project, Signature
from proposals.queries import without_conflict

# The host institution gets to see a book when it is issued for signing; the finance expert while it is reviewed.
BOOK_STATES = (ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW)
# What all but staff read of a project's history; reviewers' doings stay out of it (A16), among them who of all its
# readers first asked for a document.
_OPEN = ("project.", "midterm.", "acceptance.", "proposal.")
_HIDDEN = ("proposal.issue_pdf",)
MOST_EVENTS = 100


def visible_to(user: User) -> QuerySet[Project]:
    """The projects that the person sees: own ones, those of the institutions they act for, those they judge."""
    return Project.objects.filter(_own(user) | judged(user))


def arms_for(user: User) -> list[QuerySet[Project]]:
    """What `visible_to` gives as queries for lists, each of which reads its newest rows from one index."""
    standing = standing_of(user)
    if active_among(standing.where(*STAFF_ROLES, Role.HOST)):
        # They see most of what there is: any other reason is looked at on the way.
        return [visible_to(user)]
    offices = [Project.objects.filter(lead_institution=office) for office in sorted(standing.offices)]
    return [*offices, Project.objects.filter(Q(pi=user) | reviewed_by(user))]


def judged_by(user: User) -> QuerySet[Project]:
    """The projects that the person sees as staff, host or expert; those with a conflict are subtracted (A16)."""
    return Project.objects.filter(judged(user))


def get_visible(user: User, pk: int) -> Project:
    """The project, if the person sees it. Raises NotVisible for whatever `visible_to` would not give.

    One query, and one for the person's standing: what ties the person is asked once, the rest is judged here."""
    standing = standing_of(user)
    rows = with_freedom(Project.objects.filter(pk=pk), user).select_related(
        "tenant", "pi", "lead_institution", "call", "book_document", "version", "proposal", "finance_expert"
    )
    project: Any = only(rows)
    if project is None:
        raise NotVisible
    is_book = project.state in BOOK_STATES
    reviews = is_book and project.finance_expert_id == user.pk
    hosts = not is_book and project.tenant_id in standing.where(Role.HOST)
    project.is_staffed = project.tenant_id in standing.employers and project.is_free
    project.is_judged = project.is_staffed or (reviews and project.is_free) or (hosts and project.is_free_to_host)
    owns = project.pi_id == user.pk or project.lead_institution_id in standing.offices
    if not (owns or project.is_judged):
        raise NotVisible
    return cast(Project, project)


def is_judged_by(user: User, project: Project) -> bool:
    """Whether the person sees the project as staff, host or expert. No query for one that `get_visible` gave."""
    known: bool | None = getattr(project, "is_judged", None)
    return judged_by(user).filter(pk=project.pk).exists() if known is None else known


def with_freedom(rows: QuerySet[Project], user: User) -> QuerySet[Project]:
    """Each project with `is_free` (nothing keeps the person from judging it) and `is_free_to_host` (from signing it
    for the host institution)."""
    return rows.annotate(
        is_free=_as_flag(without_conflict(user, key="proposal_id")),
        is_free_to_host=_as_flag(without_conflict(user, key="proposal_id", with_institutions=False)),
    )


def may_act_as(project: Any, role: str) -> bool:
    """Whether nothing keeps the person of `with_freedom` from acting in that role of the funder's side."""
    return bool(project.is_free_to_host if role == Role.HOST else project.is_free)


def _as_flag(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def book_pdf(project: Project) -> Revision | None:
    """The issued task book as it stands: its latest revision, with every signature so far. None before it is issued."""
    if project.book_document_id is None:
        return None
    rows = Revision.objects.filter(document_id=project.book_document_id).select_related("file", "document")
    return rows.order_by("-number").first()


def history(user: User, project: Project) -> list[Event]:
    """What happened to the proposal and the project, newest first, as far as the person may know it.

    Only the funder's staff read who reviewed and what; the experts' names stay hidden from all others."""
    rows = history_of(project, project.proposal).order_by("-seq")
    events = list(rows[:MOST_EVENTS])
    if _is_staffed_by(user, project):
        return events
    shown = [event for event in events if event.action.startswith(_OPEN) and event.action not in _HIDDEN]
    for event in shown:
        if event.data.get("is_anonymous"):
            event.actor = None
    return shown


def _own(user: User) -> Q:
    offices = standing_of(user).offices
    return Q(pi=user) | Q(lead_institution__in=offices) if offices else Q(pi=user)


def judged(user: User) -> Q:
    """Staff and experts whom nothing ties to it; the host institution, which signs but doesn't judge."""
    # What ties them is asked once: the database plans each of its probes anew.
    reasons = (_employed(user) | _reviewing(user)) & without_conflict(user, key="proposal_id")
    if hosted := active_among(standing_of(user).where(Role.HOST)):
        signing = Q(tenant__in=hosted) & ~Q(state__in=BOOK_STATES)
        reasons |= signing & without_conflict(user, key="proposal_id", with_institutions=False)
    return reasons


def reviewed_by(user: User) -> Q:
    """Books whose budget the person judges."""
    return _reviewing(user) & without_conflict(user, key="proposal_id")


def _reviewing(user: User) -> Q:
    return Q(finance_expert=user, state__in=BOOK_STATES)


def _employed(user: User) -> Q:
    employers = active_among(standing_of(user).employers)
    return Q(tenant__in=employers) if employers else Q(pk__in=())


def _staffed(user: User) -> Q:
    return _employed(user) & without_conflict(user, key="proposal_id")


def _is_staffed_by(user: User, project: Project) -> bool:
    known: bool | None = getattr(project, "is_staffed", None)
    return Project.objects.filter(_staffed(user), pk=project.pk).exists() if known is None else known


def signatures_of(project: Project) -> list[Signature]:
    """The signatures so far, in order."""
    rows = Signature.objects.filter(project=project).select_related("signer", "institution", "revision__file")
    return list(rows.order_by("position"))


def revisions_of_book(project: Project) -> list[Revision]:
    """All revisions of the issued book, oldest first."""
    rows = Revision.objects.filter(document_id=project.book_document_id or 0).select_related("file")
    return list(rows.order_by("number"))


def latest_files(projects: list[Project]) -> dict[int, str]:
    """SHA-256 of each book's latest revision, by project id. One query."""
    by_document = {one.book_document_id: one.pk for one in projects}
    rows = Revision.objects.filter(document__in=by_document).order_by("number")
    return {by_document[document]: sha256 for document, sha256 in rows.values_list("document_id", "file__sha256")}
