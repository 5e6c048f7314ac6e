"""Which projects a person sees, and what of their history."""

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.enums import STAFF_ROLES, AffiliationKind, Role
from accounts.models import Membership, User
from accounts.queries import current_affiliations
from audit.models import Event
from audit.queries import history_of
from core.errors import NotVisible
from documents.models import Revision
from projects.enums import ProjectState
from projects.models import Project, Signature
from reviews.models import Conflict

# The host institution gets to see a book when it is issued for signing; the finance expert while it is reviewed.
BOOK_STATES = (ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW)
# What applicants read of a project's history; reviewers' doings stay out of it (A16).
_FOR_APPLICANTS = ("project.", "acceptance.", "proposal.")


def visible_to(user: User) -> QuerySet[Project]:
    """The projects that the person sees: own ones, those of the institutions they act for, those they judge."""
    return Project.objects.filter(_own(user) | _judged(user))


def judged_by(user: User) -> QuerySet[Project]:
    """The projects that the person sees as staff, host or expert; those with a conflict are subtracted (A16)."""
    return Project.objects.filter(_judged(user))


def get_visible(user: User, pk: int) -> Project:
    """The project, if the person sees it. Raises NotVisible."""
    rows = visible_to(user).select_related(
        "tenant", "pi", "lead_institution", "call", "book_document", "version", "proposal", "finance_expert"
    )
    project = rows.annotate(is_judged=_as_flag(_judged(user))).filter(pk=pk).first()
    if project is None:
        raise NotVisible
    return project


def is_judged_by(user: User, project: Project) -> bool:
    """Whether the person sees the project as staff, host or expert. No query for one that `get_visible` gave."""
    known: bool | None = getattr(project, "is_judged", None)
    return judged_by(user).filter(pk=project.pk).exists() if known is None else known


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

    The applicants' side reads neither who reviewed nor what; the experts' names stay hidden from it."""
    rows = history_of(project, project.proposal).order_by("-seq")
    events = list(rows[:400])
    if is_judged_by(user, project):
        return events
    shown = [event for event in events if event.action.startswith(_FOR_APPLICANTS)]
    for event in shown:
        if event.data.get("is_anonymous"):
            event.actor = None
    return shown


def _own(user: User) -> Q:
    offices = current_affiliations(user).filter(kind=AffiliationKind.OFFICE)
    return Q(pi=user) | Q(lead_institution__in=offices.values("institution_id"))


def _judged(user: User) -> Q:
    def held(*roles: str) -> QuerySet[Membership, int]:
        return Membership.objects.filter(user=user, role__in=roles).values_list("tenant_id", flat=True)

    judging = (
        Q(tenant__in=held(*STAFF_ROLES))
        | (Q(tenant__in=held(Role.HOST)) & ~Q(state__in=BOOK_STATES))
        | Q(finance_expert=user, state__in=BOOK_STATES)
    )
    conflicts = Conflict.objects.filter(proposal=OuterRef("proposal"), user=user)
    return judging & ~Q(pi=user) & Q(~Exists(conflicts))


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
