"""The PI's pages: writing the book, and handing it in."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import TenantRequest
from core import clock
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused, StaleRevision
from core.limits import at_most
from documents.rendering import DRAFT, render_pdf
from documents.responses import attachment
from programs.dossier import diff
from projects import actions
from projects.editing import read_post
from projects.enums import ProjectState
from projects.forms import AnswerForm
from projects.models import Project
from projects.papers import LANGUAGE, TEMPLATE, book_context, signatories_of
from projects.queries import (
    approved_dossier,
    book_dossier,
    book_findings,
    dossier_of_round,
    may_be_submitted,
    policy_of,
    rounds_of,
)
from projects.rules import can_edit_book
from projects.sheet import Sheet, flat
from projects.views.common import project_of, revision_of, tenant_of, user_of


def _own(request: TenantRequest, pk: int) -> Project:
    """The PI's own project. Raises NotVisible for anybody else."""
    project = project_of(request, pk)
    if not can_edit_book(user_of(request), project):
        raise NotVisible
    return project


def _back(request: TenantRequest, project: Project, anchor: str = "") -> HttpResponse:
    url = reverse("projects:book_edit", args=[tenant_of(request).slug, project.pk])
    return redirect(f"{url}#{anchor}" if anchor else url)


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, pk: int) -> HttpResponse:
    """The book as a form; POST saves it, and scales, adds or removes rows by the button pressed."""
    project = _own(request, pk)
    if project.state != ProjectState.BOOK_DRAFTING:
        return redirect("projects:book", tenant_of(request).slug, project.pk)
    if request.method != "POST":
        return _page(request, project, project.book_draft)
    data = read_post(project.book_draft, _pairs(request))
    anchor = _add_or_remove(data, request)
    try:
        project = actions.save_book(project=project, by=user_of(request), data=data, revision=revision_of(request))
        if request.POST.get("do") == "scale":
            actions.scale_book(project=project, by=user_of(request), revision=project.book_revision)
            messages.success(request, _("All amounts were brought to the approved total, in proportion."))
            return _back(request, project, "budget")
    except StaleRevision as stale:
        return _page(request, project, {**stale.current, **data}, stale=stale)
    except Refused as refused:
        return _page(request, project, {**project.book_draft, **data}, refused=refused)
    if request.POST.get("do") == "submit":
        return redirect("projects:book_submit", tenant_of(request).slug, project.pk)
    if not anchor:
        messages.success(request, _("Saved."))
    return _back(request, project, anchor)


def _pairs(request: TenantRequest) -> list[tuple[str, str]]:
    return [(name, values[-1]) for name, values in request.POST.lists() if values]


def _add_or_remove(data: dict[str, Any], request: TenantRequest) -> str:
    """Carries out an add or remove button in the posted data; answers where the page should go on."""
    path = request.POST.get("add_row", "")
    if path and (rows := _rows_at(data, path)) is not None:
        key = f"n{uuid4().hex[:10]}"
        rows.append({"key": key, **({"party_key": "lead"} if path == "budget_lines" else {})})
        return f"field-{path}.{key}"
    path, _colon, key = request.POST.get("remove_row", "").partition(":")
    if key and (rows := _rows_at(data, path)) is not None:
        rows[:] = [row for row in rows if row.get("key") != key]
        return path.split(".")[0]
    return ""


def _rows_at(data: Mapping[str, Any], path: str) -> list[dict[str, Any]] | None:
    if path == "budget_lines":
        rows: list[dict[str, Any]] | None = data.get("budget_lines")
        return rows
    steps = path.split(".")
    if len(steps) == 3 and steps[0] == "yearly_plan" and steps[2] == "indicators":
        for row in data.get("yearly_plan") or []:
            if row.get("key") == steps[1]:
                found: list[dict[str, Any]] = row.setdefault("indicators", [])
                return found
    return None


def _page(
    request: TenantRequest,
    project: Project,
    data: Mapping[str, Any],
    stale: StaleRevision | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    dossier, _problems = book_dossier(project)
    findings = book_findings(project)
    sheet = Sheet(project, policy_of(project), dossier, approved_dossier(project), data, findings)
    rounds = rounds_of(project)
    context = {
        "project": project,
        "sheet": sheet,
        "findings": findings,
        "may_submit": may_be_submitted(findings),
        "stale": stale,
        "refused": refused.findings if refused else None,
        "last_round": rounds[0] if rounds else None,
        "revision": stale.current_revision if stale else project.book_revision,
    }
    return render(request, "projects/book_edit.html", context, status=409 if stale or refused else 200)


@open_to(SIGNED_IN)
@require_POST
def autosave(request: TenantRequest, pk: int) -> HttpResponse:
    """Saves the form's present state for the script on the page; answers JSON."""
    project = _own(request, pk)
    data = read_post(project.book_draft, _pairs(request))
    try:
        project = actions.save_book(project=project, by=user_of(request), data=data, revision=revision_of(request))
    except StaleRevision as stale:
        return JsonResponse({"revision": stale.current_revision, "theirs": flat(stale.current)}, status=409)
    except Refused as refused:
        return JsonResponse({"errors": {one.field: one.message for one in refused.findings}}, status=422)
    findings = render_to_string("projects/_findings.html", {"findings": book_findings(project)}, request=request)
    saved_at = clock.now().isoformat()
    return JsonResponse({"revision": project.book_revision, "saved_at": saved_at, "findings_html": findings})


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: TenantRequest, pk: int) -> HttpResponse:
    """Before handing in: all findings, the differences, the answer to the opinions; POST hands in the round."""
    project = _own(request, pk)
    slug = tenant_of(request).slug
    if request.method != "POST" and project.state != ProjectState.BOOK_DRAFTING:
        return redirect("projects:book", slug, project.pk)
    form = AnswerForm(request.POST or None)
    refused: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            round_ = actions.submit_book(project=project, by=user_of(request), answer=form.cleaned_data["answer"])
        except Refused as error:
            refused = error.findings
            for one in refused:
                if one.field == "answer":
                    form.add_error("answer", one.message)
        else:
            messages.success(request, _("Round %(n)d was handed in.") % {"n": round_.number})
            return redirect("projects:detail", slug, project.pk)
    rounds = rounds_of(project)
    dossier, _problems = book_dossier(project)
    context = {
        "project": project,
        "form": form,
        "findings": refused or book_findings(project),
        "may_submit": may_be_submitted(book_findings(project)),
        "last_round": rounds[0] if rounds else None,
        "deviations": diff(approved_dossier(project), dossier),
        "changes": diff(dossier_of_round(rounds[0].row), dossier) if rounds else None,
        "dossier": dossier,
    }
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "projects/book_submit.html", context, status=status)


@open_to(SIGNED_IN)
@require_safe
@at_most("preview")
def preview(request: TenantRequest, pk: int) -> HttpResponse:
    """The book as it would be issued, marked as a draft: the working copy for the PI, the last round for the others."""
    project = project_of(request, pk)
    rounds = rounds_of(project)
    is_working_copy = can_edit_book(user_of(request), project) and project.state == ProjectState.BOOK_DRAFTING
    if not is_working_copy and not rounds:
        raise NotVisible
    dossier = book_dossier(project)[0] if is_working_copy else dossier_of_round(rounds[0].row)
    policy = policy_of(project)
    round_ = None if is_working_copy else rounds[0].row
    context = book_context(project, round_, dossier, policy, signatories_of(project, policy))
    data = render_pdf(TEMPLATE, context, language=LANGUAGE, watermark=DRAFT)
    name = f"{_('Task book, draft')} {project.proposal.application_number or project.pk}.pdf"
    return attachment(data, filename=name, media_type="application/pdf")
