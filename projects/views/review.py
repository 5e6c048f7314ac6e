"""The funder's pages on a book: the round with its differences, the opinions, the choice of the finance expert."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.http import TenantRequest
from budgets.queries import lines_of
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Refused
from core.parameters import whole
from programs.dossier import Dossier, diff
from programs.language import pick
from projects import actions
from projects.enums import OpinionKind, ProjectState
from projects.forms import ExpertForm, OpinionForm
from projects.models import Project
from projects.queries import (
    approved_dossier,
    book_findings,
    dossier_of_round,
    finance_candidates,
    policy_of,
    rounds_of,
)
from projects.queries.books import Round
from projects.queries.visible import is_judged_by
from projects.rules import can_assign_finance_expert, can_judge_book, can_judge_budget
from projects.views.common import project_of, tenant_of, user_of


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: TenantRequest, pk: int) -> HttpResponse:
    """A round (`?round=`, the last one) with its differences and opinions; POST gives my opinion."""
    project = project_of(request, pk)
    rounds = rounds_of(project)
    shown = _chosen(rounds, request.GET.get("round", ""))
    kind = _my_kind(request, project)
    form, refused = OpinionForm(request.POST or None), []
    if request.method == "POST":
        if kind == "":
            raise NotVisible
        if form.is_valid():
            try:
                _give(request, project, kind, form.cleaned_data)
            except Refused as error:
                refused = error.findings
            else:
                return _after_opinion(request, project)
    context = _context(request, project, rounds, shown, kind)
    context |= {"form": form, "refused": refused, "typed": request.POST}
    return render(request, "projects/book.html", context, status=409 if refused else 422 if form.errors else 200)


def _after_opinion(request: TenantRequest, project: Project) -> HttpResponse:
    """To the project; home for the finance expert, who sees it no more once the book is issued."""
    try:
        project_of(request, project.pk)
    except NotVisible:
        return redirect("home")
    return redirect("projects:detail", tenant_of(request).slug, project.pk)


def _give(request: TenantRequest, project: Project, kind: str, words: dict[str, Any]) -> None:
    comments = {name.removeprefix("on."): str(text) for name, text in request.POST.items() if name.startswith("on.")}
    opinion = actions.give_opinion(
        project=project,
        by=user_of(request),
        kind=kind,
        verdict=words["verdict"],
        comment=words["comment"],
        field_comments=comments,
        seen_round=_round_number(request.POST.get("round", "")) or 0,
    )
    project.refresh_from_db(fields=["state"])
    said = {
        ProjectState.BOOK_DRAFTING.value: _("Your opinion is in; the book went back to the PI for revision."),
        ProjectState.SIGNING.value: _(
            "Your opinion is in; both sides agree, and the official book was issued for signing."
        ),
    }
    waiting = _("Your opinion is in; the other one is still to come.")
    messages.success(request, said.get(project.state, waiting) if opinion else waiting)


def _chosen(rounds: list[Round], text: str) -> Round | None:
    wanted = _round_number(text)
    return next((one for one in rounds if one.row.number == wanted), rounds[0] if rounds else None)


def _round_number(text: str) -> int | None:
    return whole(text, digits=5)


def _my_kind(request: TenantRequest, project: Project) -> str:
    """Which opinion the person gives on this project, "" for none."""
    user = user_of(request)
    if can_judge_budget(user, project):
        return OpinionKind.FINANCE
    return OpinionKind.SECRETARIAT if can_judge_book(user, project) else ""


def _context(
    request: TenantRequest, project: Project, rounds: list[Round], shown: Round | None, kind: str
) -> dict[str, Any]:
    user = user_of(request)
    is_judge = is_judged_by(user, project)
    context: dict[str, Any] = {
        "project": project,
        "rounds": rounds,
        "shown": shown,
        "kind": kind,
        "is_judge": is_judge,
        "may_choose_expert": project.state == ProjectState.BOOK_REVIEW and can_assign_finance_expert(user, project),
        "policy": policy_of(project),
    }
    if shown is None:
        return context
    dossier = dossier_of_round(shown.row)
    approved = approved_dossier(project)
    before = next((one for one in rounds if one.row.number == shown.row.number - 1), None)
    last = dossier_of_round(before.row) if before else None
    is_open = project.state == ProjectState.BOOK_REVIEW and shown is rounds[0]
    given = shown.opinion(kind) if kind else None
    return context | {
        "dossier": dossier,
        "findings": book_findings(project, dossier),
        "deviations": diff(approved, dossier),
        "before": before,
        "changes": diff(last, dossier) if last else None,
        "lines": _lines(project, shown, dossier, approved, last, request.POST),
        "may_speak": bool(kind) and is_open and given is None,
        "allocation": [
            {"name": pick(*dossier.party_name(row.party_key)), "year": row.year, "amount_fen": row.amount_fen}
            for row in dossier.partner_allocation
        ],
    }


def _lines(
    project: Project, shown: Round, dossier: Dossier, approved: Dossier, last: Dossier | None, typed: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The frozen lines of the budget book, each with its amounts before and the comments made on it."""
    labels = {one.key: one.label for one in policy_of(project).budget_categories}
    units = {line.key: line.party_key for line in dossier.budget_lines}
    proposed = {line.key: line.amount_fen for line in approved.budget_lines}
    earlier = {line.key: line.amount_fen for line in (last or approved).budget_lines}
    return [
        {
            "line": line,
            "path": f"budget_lines.{line.key}",
            "category": labels.get(line.category, line.category),
            "unit": pick(*dossier.party_name(units.get(line.key, "lead"))),
            "proposed_fen": proposed.get(line.key),
            "before_fen": earlier.get(line.key),
            "typed": typed.get(f"on.budget_lines.{line.key}", ""),
            "comments": [
                (one, text)
                for one in shown.opinions
                for path, text in one.field_comments.items()
                if path == f"budget_lines.{line.key}"
            ],
        }
        for line in lines_of(shown.row.budget_book_id)
    ]


@open_to(Role.SECRETARY, Role.FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def expert(request: TenantRequest, pk: int) -> HttpResponse:
    """Choose who reviews the budget book, from the pool's free finance experts."""
    project, user = project_of(request, pk), user_of(request)
    if not can_assign_finance_expert(user, project):
        raise NotVisible
    candidates = finance_candidates(project)
    form = ExpertForm(request.POST or None, experts=[(one.expert.pk, one.label) for one in candidates])
    refused: list[Any] = []
    if request.method == "POST" and form.is_valid():
        chosen = next(one.expert for one in candidates if one.expert.pk == form.cleaned_data["expert"])
        try:
            actions.assign_finance_expert(project=project, expert=chosen, by=user)
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, _("%(name)s reviews the budget book.") % {"name": chosen.user.display_name})
            return redirect("projects:book", tenant_of(request).slug, project.pk)
    context = {"project": project, "form": form, "candidates": candidates, "refused": refused}
    return render(request, "projects/expert.html", context, status=409 if refused else 422 if form.errors else 200)
