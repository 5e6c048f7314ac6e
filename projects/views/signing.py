"""Signing one book, a tray of books, and watching the job."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import throttle
from accounts.enums import Role
from accounts.http import TenantRequest
from core.access import SIGNED_IN, open_to
from core.errors import NotVisible, Obstacle, Refused, WrongState
from core.parameters import whole
from documents.qr import display_code
from programs.dossier import diff
from projects import actions
from projects.enums import ItemState
from projects.forms import BatchForm, SigningForm
from projects.models import Project, SigningItem
from projects.queries import (
    approved_dossier,
    batch_progress,
    book_findings,
    book_pdf,
    dossier_of_round,
    get_batch,
    latest_round,
    next_signatory,
    policy_of,
)
from projects.queries.batches import batches_of, in_running_batches
from projects.queries.signing import Waiting, risk_of, trays_of
from projects.queries.visible import latest_files, signatures_of
from projects.rules import parties_of
from projects.views.common import project_of, tenant_of, user_of
from projects.views.lists import parties_of_book

SIGNERS = (Role.SECRETARY, Role.HOST, Role.DIRECTOR)
REASONS = {
    "cut": gettext_lazy("The amount lies a fifth or more below the request"),
    "large": gettext_lazy("More than CNY 5,000,000"),
    "late": gettext_lazy("Waiting for more than a week"),
}
_PAUSED = Obstacle(
    code="password-paused",
    field="password",
    message_zh="密码错误次数过多，请十分钟后再试。",
    message_en="Too many wrong passwords. Please try again in ten minutes.",
)
_WRONG = Obstacle(code="password", field="password", message_zh="密码不正确。", message_en="The password is not right.")


def confirm_password(request: TenantRequest, password: str) -> None:
    """Raises Refused unless it is the signer's; guessing is slowed as at the sign-in."""
    user = user_of(request)
    if throttle.is_paused(request, f"sign:{user.email}"):
        raise Refused([_PAUSED])
    if not user.check_password(password):
        throttle.count_failure(request, f"sign:{user.email}")
        raise Refused([_WRONG])
    throttle.forget_failures(request, f"sign:{user.email}")


@open_to(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: TenantRequest, pk: int) -> HttpResponse:
    """The issued book with its facts, and the signature that binds exactly the file shown here."""
    project, user = project_of(request, pk), user_of(request)
    policy, latest = policy_of(project), book_pdf(project)
    mine = parties_of(user, project, policy)
    if latest is None or not mine:
        raise NotVisible
    form, refused = SigningForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        try:
            confirm_password(request, form.cleaned_data["password"])
            signature = actions.sign_book(
                project=project,
                party=form.cleaned_data["party"],
                by=user,
                expected_sha256=form.cleaned_data["sha256"],
            )
        except WrongState as error:
            messages.warning(request, " ".join(one.message for one in error.findings))
            return redirect("projects:detail", tenant_of(request).slug, project.pk)
        except Refused as error:
            refused = [one for one in error.findings if one.field != "password"]
            for one in error.findings:
                if one.field == "password":
                    form.add_error("password", one.message)
        else:
            _thank(request, signature.project)
            return redirect("projects:detail", tenant_of(request).slug, project.pk)
    status = 409 if refused else 422 if form.errors else 200
    return render(
        request, "projects/sign.html", _sign_context(project, policy, latest, mine, form, refused), status=status
    )


def _thank(request: TenantRequest, project: Project) -> None:
    if project.grant_number:
        words = _("You have signed. All parties have signed: the project is established as %(number)s.")
        messages.success(request, words % {"number": project.grant_number})
    else:
        messages.success(request, _("You have signed. The next party has been told."))


def _sign_context(
    project: Project, policy: Any, latest: Any, mine: list[Any], form: SigningForm, refused: list[Any]
) -> dict[str, Any]:
    signatures = signatures_of(project)
    following = next_signatory(policy, len(signatures))
    my_turn = next((one for one in mine if following and one.key == following.key), None)
    round_ = latest_round(project)
    dossier = dossier_of_round(round_) if round_ else approved_dossier(project)
    return {
        "project": project,
        "policy": policy,
        "latest": latest,
        "code": display_code(latest.document.code),
        "parties": parties_of_book(project, policy, signatures),
        "my_turn": my_turn,
        "following": following,
        "form": form,
        "refused": refused,
        "findings": book_findings(project, dossier),
        "deviations": diff(approved_dossier(project), dossier),
        "sign_title": _("Sign as: %(party)s") % {"party": my_turn.label} if my_turn else "",
        "sign_effect": _("With this last signature the project is established and gets its grant number.")
        if len(signatures) == len(policy.book.signatories) - 1
        else _("After you the next party signs; the grant number comes with the last signature."),
    }


# So many are read before one signs them; the next follow.
MOST_SHOWN = 50


@open_to(*SIGNERS)
@require_http_methods(["GET", "HEAD", "POST"])
def signing_tray(request: TenantRequest) -> HttpResponse:
    """The books that wait for my party; POST confirms the chosen ones with one password."""
    user = user_of(request)
    is_whole = request.method == "POST" or bool(request.GET.get("q"))
    trays = trays_of(user, most=0 if is_whole else MOST_SHOWN)
    parties = {key: one for key, (one, _waiting) in trays.items()}
    party = request.POST.get("party") or request.GET.get("party", "")
    if party not in parties:
        party = next(iter(parties), "")
    waiting = trays[party][1] if party else []
    form, refused = BatchForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        try:
            confirm_password(request, form.cleaned_data["password"])
            batch = actions.confirm_batch(
                party=party,
                by=user,
                projects=_chosen(request, waiting),
                password=form.cleaned_data["password"],
                seen=_seen(request),
            )
        except Refused as error:
            refused = [one for one in error.findings if one.field != "password"]
            for one in error.findings:
                if one.field == "password":
                    form.add_error("password", one.message)
        else:
            return redirect("projects:batch", tenant_of(request).slug, batch.pk)
    shown = [one for one in waiting if _matches(one, request.GET.get("q", ""))]
    context = {
        "rows": _rows(shown),
        "most": MOST_SHOWN if not is_whole and len(waiting) >= MOST_SHOWN else 0,
        "party": party,
        "parties": parties,
        "form": form,
        "refused": refused,
        "batches": batches_of(user),
        "chosen": set(request.POST.getlist("items")),
    }
    return render(request, "projects/tray.html", context, status=409 if refused else 422 if form.errors else 200)


def _matches(one: Waiting, text: str) -> bool:
    project, wanted = one.project, text.strip().casefold()
    names = (project.title_zh, project.title_en, project.proposal.application_number or "", project.pi.display_name)
    return not wanted or any(wanted in name.casefold() for name in (*names, project.lead_institution.display_name))


def _rows(shown: list[Waiting]) -> list[dict[str, Any]]:
    files = latest_files([one.project for one in shown])
    busy = in_running_batches([one.project for one in shown])
    rows = []
    for one in shown:
        level, reasons = risk_of(one)
        words = [REASONS[reason] for reason in reasons]
        rows.append(
            {
                "one": one,
                "level": level,
                "reasons": words,
                "sha256": files.get(one.project.pk, ""),
                "is_busy": one.project.pk in busy,
            }
        )
    return rows


def _chosen(request: TenantRequest, waiting: list[Waiting]) -> list[Project]:
    """The chosen books. Raises Refused when one of them waits no longer: the page is out of date."""
    by_key = {str(one.project.pk): one.project for one in waiting}
    wanted = dict.fromkeys(request.POST.getlist("items"))
    if missing := [key for key in wanted if key not in by_key]:
        raise Refused(
            [
                Obstacle(
                    code="not-waiting",
                    article="A26",
                    message_zh=f"所选任务书中有 {len(missing)} 份已不再等待您签署，请核对后重新确认。",
                    message_en=f"{len(missing)} of the chosen books no longer wait for you; please check again.",
                )
            ]
        )
    return [by_key[key] for key in wanted]


def _seen(request: TenantRequest) -> dict[int, str]:
    prefix = "sha256."
    named = ((whole(name.removeprefix(prefix)), value) for name, value in request.POST.items() if prefix in name)
    return {pk: str(value) for pk, value in named if pk is not None}


@open_to(*SIGNERS)
@require_safe
def batch(request: TenantRequest, pk: int) -> HttpResponse:
    """Progress and a receipt per book; the page polls itself."""
    progress = batch_progress(get_batch(user_of(request), pk))
    context = {
        "progress": progress,
        "batch": progress.batch,
        "receipts": [_receipt(request, one) for one in progress.items],
    }
    return render(request, "projects/batch.html", context)


def _receipt(request: TenantRequest, item: SigningItem) -> dict[str, Any]:
    status = {ItemState.SIGNED: "ok", ItemState.FAILED: "block"}.get(ItemState(item.state), "waiting")
    number = item.project.grant_number if item.state == ItemState.SIGNED else ""
    return {
        "title": f"{item.project.proposal.application_number or ''} {item.project.title}".strip(),
        "url": reverse("projects:detail", args=[tenant_of(request).slug, item.project_id]),
        "status": status,
        "text": item.message or (_("Grant number %(number)s") % {"number": number} if number else ""),
        "at": item.done_at,
    }


@open_to(*SIGNERS)
@require_POST
def batch_control(request: TenantRequest, pk: int) -> HttpResponse:
    """Pause or go on."""
    found = get_batch(user_of(request), pk)
    act = actions.resume_batch if request.POST.get("do") == "resume" else actions.pause_batch
    act(batch=found, by=user_of(request))
    return redirect("projects:batch", tenant_of(request).slug, pk)
