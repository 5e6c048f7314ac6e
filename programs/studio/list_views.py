"""The policy studio's list of programmes and versions, where drafts begin."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import open_to
from core.errors import NotVisible, Refused
from programs.enums import DraftKind
from programs.models import PolicyDraft, PolicyVersion, Programme
from programs.policy import parse_programme
from programs.policy.changes import changes
from programs.studio import actions as drafting
from programs.studio.forms import NewCallDraftForm, NewProgrammeForm
from programs.studio.queries import drafts, newest_version, newest_versions, text_difference

GET_POST = ["GET", "HEAD", "POST"]


@open_to(Role.ADMIN)
@require_safe
def studio(request: TenantRequest) -> HttpResponse:
    """The funder's programmes with all their versions, and the drafts."""
    versions = PolicyVersion.objects.select_related("programme", "created_by").defer("source")
    by_programme: dict[Programme, list[PolicyVersion]] = {}
    for one in versions.order_by("programme__slug", "-number"):
        by_programme.setdefault(one.programme, []).append(one)
    current = list(drafts().defer("source", "base__source"))
    context = {
        "programmes": list(by_programme.items()),
        "drafts": current,
        "drafted": {one.slug: one.pk for one in current if one.kind == DraftKind.PROGRAMME},
    }
    return render(request, "programs/studio/list.html", context)


@open_to(Role.ADMIN)
@require_http_methods(GET_POST)
def studio_new(request: TenantRequest, kind: str) -> HttpResponse:
    """Begin a programme or a call."""
    tenant = request.tenant
    versions = newest_versions()
    make = NewCallDraftForm if kind == DraftKind.CALL else NewProgrammeForm
    form = make(tenant, versions, *([request.POST] if request.method == "POST" else []))
    obstacles: list[Any] = []
    if form.is_valid():
        base = form.base if isinstance(form, NewCallDraftForm) else None
        try:
            draft = drafting.begin_draft(
                tenant=tenant,
                by=request.user,  # type: ignore[arg-type]
                kind=kind,
                slug=form.cleaned_data["slug"],
                source=form.source(),
                base=base,
            )
        except Refused as refusal:
            obstacles = refusal.findings
        else:
            return redirect("programs:studio_draft", tenant.slug, draft.pk)
    context = {"form": form, "kind": kind, "obstacles": obstacles, "has_programmes": bool(versions)}
    return render(request, "programs/studio/new.html", context, status=422 if form.errors or obstacles else 200)


@open_to(Role.ADMIN)
@require_POST
def studio_edit(request: TenantRequest, pk: int) -> HttpResponse:
    """A draft of the programme's next version, or the one that there is."""
    programme = Programme.objects.filter(pk=pk).first()
    base = newest_version(programme) if programme else None
    if programme is None or base is None:
        raise NotVisible
    tenant = request.tenant
    draft = PolicyDraft.objects.filter(kind=DraftKind.PROGRAMME, slug=programme.slug).first()
    if draft is None:
        draft = drafting.begin_draft(
            tenant=tenant,
            by=request.user,  # type: ignore[arg-type]
            kind=DraftKind.PROGRAMME,
            slug=programme.slug,
            source=base.source,
            base=base,
        )
    return redirect("programs:studio_draft", tenant.slug, draft.pk)


@open_to(Role.ADMIN)
@require_safe
def studio_version(request: TenantRequest, pk: int) -> HttpResponse:
    """One immutable version: its text, and what it changed."""
    version = PolicyVersion.objects.select_related("programme", "created_by").filter(pk=pk).first()
    if version is None:
        raise NotVisible
    before = PolicyVersion.objects.filter(programme=version.programme, number=version.number - 1).first()
    context: dict[str, Any] = {"version": version, "calls": version.calls.order_by("-pk")[:50]}
    if before:
        context |= {
            "before": before,
            "changes": changes(parse_programme(before.source), parse_programme(version.source)),
            "lines": text_difference(before.source, version.source),
        }
    return render(request, "programs/studio/version.html", context)
