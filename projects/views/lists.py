"""The list of projects, its export, and one project's page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest
from audit.models import Event
from core import clock
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible
from core.limits import at_most
from core.parameters import whole
from documents.models import Revision
from documents.qr import display_code
from documents.responses import as_attachment, attachment
from programs.policy import Policy
from projects.enums import CLOSING_STATES, ProjectState
from projects.exports import projects_workbook
from projects.forms import FilterForm
from projects.models import Project, Signature
from projects.queries import book_pdf, history, policy_of, rounds_of
from projects.queries.listing import all_of, calls_with_projects, page_of_projects
from projects.queries.signing import next_signatory
from projects.queries.visible import revisions_of_book, signatures_of
from projects.rules import can_sign_for
from projects.views.common import project_of, user_of

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@open_to(SIGNED_IN)
@require_safe
def project_list(request: TenantRequest) -> HttpResponse:
    """The projects that I see, newest first."""
    page = page_of_projects(user_of(request), request.GET)
    filters = FilterForm(request.GET or None, calls=calls_with_projects())
    context = {"rows": page.rows, "older": page.older, "newer": page.newer, "filters": filters}
    return render(request, "projects/list.html", context)


@open_to(SIGNED_IN)
@require_safe
@at_most("export")
def export(request: TenantRequest) -> HttpResponse:
    """The filtered list as Excel."""
    data = projects_workbook(all_of(user_of(request), request.GET))
    return attachment(data, filename=f"projects-{clock.today():%Y%m%d}.xlsx", media_type=EXCEL)


@open_to(SIGNED_IN)
@require_safe
def detail(request: TenantRequest, pk: int) -> HttpResponse:
    """One project: where it stands, what waits for me, documents, signatures, history."""
    project, user = project_of(request, pk), user_of(request)
    policy = policy_of(project)
    signatures = signatures_of(project)
    events = history(user, project)
    files = files_of(project, revisions_of_book(project))
    context = {
        "project": project,
        "policy": policy,
        "steps": steps_of(project, events),
        "parties": parties_of_book(project, policy, signatures),
        "files": files[:1],
        "earlier": files[1:],
        "code": display_code(project.book_document.code) if project.book_document else "",
        "acknowledgement": acknowledgement(project, policy),
        "rounds": rounds_of(project),
        "has_midterm": bool(project.established_at) and project.midterms.exists(),
        "is_closing": project.state in CLOSING_STATES,
        "events": events,
        "todo": todo(request, project, policy, signatures),
    }
    return render(request, "projects/detail.html", context)


@open_to(SIGNED_IN)
@require_safe
def pdf(request: TenantRequest, pk: int) -> HttpResponse:
    """The task book as it stands, or with `?revision=` as it stood."""
    project = project_of(request, pk)
    revisions, latest = revisions_of_book(project), book_pdf(project)
    if "revision" in request.GET:
        wanted = whole(request.GET["revision"])
        latest = next((one for one in revisions if one.number == wanted), None)
    if latest is None:
        raise NotVisible
    return as_attachment(latest.file, file_name(project, latest))


def file_name(project: Project, revision: Revision) -> str:
    """What the downloaded book is called."""
    number = project.grant_number or project.proposal.application_number or str(project.pk)
    return f"{_('Task book')} {number} r{revision.number}.pdf"


def files_of(project: Project, revisions: list[Revision]) -> list[dict[str, Any]]:
    """The book's revisions for the list of files, the one in force first."""
    files = []
    for revision in reversed(revisions):
        is_last = revision is revisions[-1]
        signed = ngettext("with %(n)d signature", "with %(n)d signatures", revision.number) % {"n": revision.number}
        note = signed if revision.number else _("as issued, unsigned")
        files.append(
            {
                "name": file_name(project, revision),
                "url": f"book.pdf{'' if is_last else f'?revision={revision.number}'}",
                "size": revision.file.size,
                "note": note,
                "at": revision.created_at,
            }
        )
    return files


def parties_of_book(project: Project, policy: Policy, signatures: list[Signature]) -> list[dict[str, Any]]:
    """The signatories in order, each with the signature or what it waits for."""
    done = {one.party: one for one in signatures}
    waiting = next_signatory(policy, len(signatures)) if project.state == ProjectState.SIGNING else None
    return [
        {
            "party": one,
            "signature": done.get(one.key),
            "status": "done" if one.key in done else "now" if waiting and waiting.key == one.key else "todo",
        }
        for one in policy.book.signatories
    ]


def acknowledgement(project: Project, policy: Policy) -> tuple[str, str] | None:
    """The two texts with the grant number, ready to copy (A42); None before there is one."""
    if policy.acknowledgement is None or not project.grant_number:
        return None
    return policy.acknowledgement.texts(project.grant_number)


def steps_of(project: Project, events: list[Event]) -> list[dict[str, Any]]:
    """The lifecycle as steps."""
    order = [
        ((ProjectState.BOOK_DRAFTING,), _("Task book written")),
        ((ProjectState.BOOK_REVIEW,), _("Task book reviewed")),
        ((ProjectState.SIGNING,), _("Signed by all parties")),
        ((ProjectState.ACTIVE, ProjectState.RECTIFYING, ProjectState.SUSPENDED), _("Research")),
        ((ProjectState.ACCEPTING,), _("Acceptance")),
        ((ProjectState.PASSED, ProjectState.FAILED, ProjectState.CLOSED), _("Project closed")),
    ]
    now = next((index for index, (states, _label) in enumerate(order) if project.state in states), len(order))
    is_stopped = project.state in (ProjectState.FAILED, ProjectState.TERMINATED)
    is_over = project.state in (ProjectState.PASSED, ProjectState.CLOSED)

    def status(index: int) -> str:
        if index < now or is_over:
            return "done"
        return "todo" if index > now else "stopped" if is_stopped else "now"

    return [{"label": label, "status": status(index)} for index, (_states, label) in enumerate(order)]


def todo(
    request: TenantRequest, project: Project, policy: Policy, signatures: list[Signature]
) -> tuple[str, str] | None:
    """(page, words) of what this person can do now, if anything."""
    user = user_of(request)
    if project.state == ProjectState.BOOK_DRAFTING and project.pi_id == user.pk:
        return "projects:book_edit", _("Complete the task and budget book")
    if project.state == ProjectState.BOOK_REVIEW:
        return "projects:book", _("Read the book and its opinions")
    if project.state == ProjectState.SIGNING:
        following = next_signatory(policy, len(signatures))
        if following is not None and can_sign_for(user, project, following):
            return "projects:sign", _("Sign the task book")
    return None
