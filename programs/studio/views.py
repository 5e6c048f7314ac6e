"""The policy studio's pages of one draft: its parts as forms, its TOML, what it changes, a trial, its publication."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import Role
from core.access import open_to
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from programs.enums import DraftKind
from programs.models import PolicyDraft, PolicyVersion
from programs.policy.lines import Loc
from programs.policy.places import NoSuchPlace, parse_place, part_at, place_text
from programs.studio import actions as drafting
from programs.studio.forms import TextForm, TrialForm
from programs.studio.pages import (
    Pages,
    at_fields,
    crumbs,
    heading,
    is_list,
    may_be_left_out,
    problem_lines,
    rail,
    rows_of,
    tabs,
)
from programs.studio.queries import Checked, get_draft, newer_version, text_difference
from programs.studio.schema_forms import PartForm, Surroundings
from programs.studio.words import label
from programs.trying import read_facts, try_draft

GET_POST = ["GET", "HEAD", "POST"]


@open_to(Role.ADMIN)
@require_http_methods(GET_POST)
def studio_part(request: HttpRequest, pk: int, place: str = "") -> HttpResponse:
    """One part of the draft as a form, or a list of parts."""
    checked, where = Checked(get_draft(pk)), parse_place(place)
    if request.method == "POST":
        return _save_part(request, checked, where)
    if checked.data is None:
        return redirect("programs:studio_text", checked.draft.tenant.slug, pk)
    return _part_page(request, checked, where)


def _part_page(
    request: HttpRequest, checked: Checked, place: Loc, form: PartForm | None = None, **more: Any
) -> HttpResponse:
    """The form of a part, or the list at `place`. Raises NotVisible where there is neither."""
    try:
        model, here = part_at(checked.root, checked.data or {}, place)
    except NoSuchPlace as error:
        if not place or not is_list(checked, place):
            raise NotVisible from error
        rows = rows_of(checked, place[:-1], only=str(place[-1]))
        return render(request, "programs/studio/part.html", _context(checked, place, rows=rows, **more))
    form = form or PartForm(model, here, Surroundings(checked.around, checked.data or {}))
    more.setdefault("status", 200)
    context = _context(
        checked,
        place,
        form=form,
        rows=rows_of(checked, place),
        single={"owner": place_text(place[:-1]), "name": place[-1]} if may_be_left_out(checked, place) else None,
        findings=at_fields(checked, place, form.fields),
        **more,
    )
    return render(request, "programs/studio/part.html", context, status=more["status"])


def _context(checked: Checked, place: Loc, **more: Any) -> dict[str, Any]:
    draft = checked.draft
    return {
        "draft": draft,
        "sections": rail(checked, str(place[0]) if place else ""),
        "tabs": tabs(draft, "draft"),
        "crumbs": crumbs(checked, place),
        "heading": heading(checked, place),
        "problems": problem_lines(checked),
        "place": place,
        **more,
    }


def _save_part(request: HttpRequest, checked: Checked, place: Loc) -> HttpResponse:
    """Save the part's values; who is late gets both, the typed and the present ones."""
    draft = checked.draft
    try:
        model, here = part_at(checked.root, checked.data or {}, place)
    except NoSuchPlace:
        return _typed_in_vain(request, checked)
    form = PartForm(model, here, Surroundings(checked.around, checked.data or {}), request.POST)
    if not form.is_valid():
        return _part_page(request, checked, place, form, status=422)
    seen = request.POST.get("seen", "")
    try:
        saved = drafting.save_part(draft=draft, by=_user(request), place=place, values=form.changes(), seen=seen)
    except StaleRevision:
        now = Checked(get_draft(draft.pk))
        try:
            model, here = part_at(now.root, now.data or {}, place)
        except NoSuchPlace:
            return _typed_in_vain(request, now)
        form = PartForm(model, here, Surroundings(now.around, now.data or {}), request.POST)
        form.is_valid()
        present = [(form.fields[name].label, value) for name, value in form.shown.items() if name in form.fields]
        return _part_page(request, now, place, form, status=409, present=present)
    except WrongState:
        return _typed_in_vain(request, Checked(get_draft(draft.pk)))
    _say(request, saved)
    return redirect(Pages(draft).part(place))


def _typed_in_vain(request: HttpRequest, checked: Checked) -> HttpResponse:
    """The part is gone: what was typed is shown, to be copied."""
    skipped = {"csrfmiddlewaretoken", "seen"}
    typed = [(label(name), "\n".join(request.POST.getlist(name))) for name in request.POST if name not in skipped]
    context = {"draft": checked.draft, "typed": typed, "tabs": tabs(checked.draft, "draft")}
    return render(request, "programs/studio/gone.html", context, status=409)


@open_to(Role.ADMIN)
@require_POST
def studio_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Add, remove or reorder rows; a new one is opened."""
    draft, data = get_draft(pk), request.POST
    owner, name, do, key = parse_place(data.get("owner", "")), *(data.get(one, "") for one in ("name", "do", "key"))
    kind = data.get("kind", "")
    new = {"kind": kind} if kind else {}
    key = key.strip()[:60]
    try:
        saved = drafting.change_rows(
            draft=draft, by=_user(request), place=owner, name=name, do=do, key=key,
            revision=_number(data.get("revision", "")), new=new,
        )  # fmt: skip
    except StaleRevision:
        messages.warning(request, _("Somebody changed the draft meanwhile. Look at it, then do it again."))
        return redirect(_near(draft, owner, name))
    except Refused as refusal:
        for finding in refusal.findings:
            messages.error(request, finding.message)
        return redirect(_near(draft, owner, name))
    _say(request, saved)
    if do == "add":
        return redirect(Pages(draft).part(_added(saved.draft, owner, name, key)))
    return redirect(_near(saved.draft, owner, name))


def _added(draft: PolicyDraft, owner: Loc, name: str, key: str) -> Loc:
    _model, here = part_at(Checked(draft).root, Checked(draft).data or {}, owner)
    held = here[name]
    return (*owner, name, len(held) - 1) if isinstance(held, list) else (*owner, name, *([key] if key else []))


def _near(draft: PolicyDraft, owner: Loc, name: str) -> str:
    """The page on which the rows stand: the part's, or of a section the list's own."""
    checked = Checked(draft)
    place = owner or (name,)
    try:
        part_at(checked.root, checked.data or {}, place)
    except NoSuchPlace:
        return Pages(draft).part(place if is_list(checked, place) else ())
    return Pages(draft).part(place)


@open_to(Role.ADMIN)
@require_http_methods(GET_POST)
def studio_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole text, with what is wrong by line."""
    draft = get_draft(pk)
    checked, status, more = Checked(draft), 200, {}
    form = TextForm(request.POST or None, initial={"source": draft.source, "revision": draft.revision})
    if request.method == "POST" and form.is_valid():
        source = form.cleaned_data["source"]
        try:
            drafting.save_text(draft=draft, by=_user(request), source=source, revision=form.cleaned_data["revision"])
        except StaleRevision as stale:
            checked, status = Checked(get_draft(pk)), 409
            more = {"theirs": text_difference(stale.current["source"], source), "present": stale.current["source"]}
            form = TextForm({"source": source, "revision": stale.current_revision})
        except Refused as refusal:
            status = 422
            for finding in refusal.findings:
                form.add_error("source", finding.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("programs:studio_text", draft.tenant.slug, pk)
    elif form.errors:
        status = 422
    context = {"draft": checked.draft, "form": form, "problems": problem_lines(checked), "tabs": tabs(draft, "text")}
    return render(request, "programs/studio/text.html", context | more, status=status)


@open_to(Role.ADMIN)
@require_safe
def studio_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What the draft changes, in words and in its text."""
    draft = get_draft(pk)
    checked = Checked(draft)
    context = {
        "draft": draft,
        "changes": checked.changes,
        "lines": checked.lines,
        "problems": problem_lines(checked),
        "newer": newer_version(draft),
        "tabs": tabs(draft, "changes"),
    }
    return render(request, "programs/studio/changes.html", context)


@open_to(Role.ADMIN)
@require_POST
def studio_rebase(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare with the newest version from now on."""
    draft = get_draft(pk)
    drafting.rebase(draft=draft, by=_user(request))
    return redirect("programs:studio_changes", draft.tenant.slug, pk)


@open_to(Role.ADMIN)
@require_http_methods(GET_POST)
def studio_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge a sample or an uploaded dossier by the draft."""
    draft = get_draft(pk)
    checked = Checked(draft)
    policy = checked.policy
    name = f"{draft.tenant.slug}/{'calls/' if draft.kind == DraftKind.CALL else ''}{draft.slug}"
    form = TrialForm(name, *([request.POST, request.FILES] if request.method == "POST" else []))
    trial = None
    if policy and form.is_valid():
        data = form.cleaned_data
        trial = try_draft(policy, data["draft"], read_facts(data["facts"]), data["at"])
    context = {
        "draft": draft,
        "form": form,
        "trial": trial,
        "problems": problem_lines(checked),
        "tabs": tabs(draft, "try"),
    }
    return render(request, "programs/studio/try.html", context, status=422 if form.errors else 200)


@open_to(Role.ADMIN)
@require_http_methods(GET_POST)
def studio_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the draft, with everything that keeps it from that."""
    draft = get_draft(pk)
    obstacles: list[Any] = []
    if request.method == "POST":
        revision = _number(request.POST.get("revision", ""))
        try:
            made = drafting.publish_draft(draft=draft, by=_user(request), revision=revision)
        except StaleRevision:
            messages.warning(request, _("Somebody changed the draft meanwhile. Read it as it stands now."))
            return redirect("programs:studio_publish", draft.tenant.slug, pk)
        except Refused as refusal:
            obstacles = refusal.findings
        else:
            return _published(request, draft, made)
    checked = Checked(draft)
    context = {
        "draft": draft,
        "policy": checked.policy,
        "changes": checked.changes,
        "problems": problem_lines(checked),
        "obstacles": obstacles,
        "newer": newer_version(draft),
        "tabs": tabs(draft, "publish"),
    }
    return render(request, "programs/studio/publish.html", context, status=409 if obstacles else 200)


def _published(request: HttpRequest, draft: PolicyDraft, made: Any) -> HttpResponse:
    slug = draft.tenant.slug
    if isinstance(made, PolicyVersion):
        messages.success(
            request, _("Version %(number)d is published. Calls that exist keep theirs.") % {"number": made.number}
        )
        return redirect("programs:studio_version", slug, made.pk)
    messages.success(request, _("The call is ready. The secretariat reads its policy and publishes it."))
    return redirect("programs:call", slug, made.pk)


@open_to(Role.ADMIN)
@require_POST
def studio_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away."""
    draft = get_draft(pk)
    drafting.discard_draft(draft=draft, by=_user(request))
    messages.success(request, _("The draft is gone."))
    return redirect("programs:studio", draft.tenant.slug)


def _say(request: HttpRequest, saved: drafting.Saved) -> None:
    messages.success(request, _("Saved."))
    if saved.lost:
        text = _("The lines were written anew, and these comments of the TOML text are gone: %(comments)s")
        messages.warning(request, text % {"comments": " ".join(saved.lost)[:2000]})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _user(request: HttpRequest) -> Any:
    return request.user
