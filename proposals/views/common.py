"""What the pages share: who asks, and the answers that every decision page gives."""

from collections.abc import Collection, Iterable
from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.enums import STAFF_ROLES, Role
from accounts.models import User
from audit.models import Event
from audit.queries import history_of
from core.errors import WrongState
from programs.queries import effective_policy
from proposals.enums import CheckDecision
from proposals.models import PreliminaryCheck, Proposal
from proposals.queries import Access
from proposals.queries.checks import defects_of

# Everyone whom `visible_to` may let see a proposal.
READERS = (
    Role.APPLICANT,
    Role.OFFICE,
    Role.SECRETARY,
    Role.FINANCE,
    Role.DIRECTOR,
    Role.ADMIN,
    Role.REVIEWER,
    Role.FINANCE_EXPERT,
)


def person(request: HttpRequest) -> User:
    """Who asks; views are open to nobody anonymous."""
    return cast(User, request.user)


def to_detail(proposal: Proposal) -> HttpResponseRedirect:
    """303 to the proposal's page."""
    return seen(reverse("proposals:detail", args=[proposal.tenant.slug, proposal.pk]))


def seen(address: str) -> HttpResponseRedirect:
    """POST → GET."""
    answer = HttpResponseRedirect(address)
    answer.status_code = 303
    return answer


def moved_on(request: HttpRequest, proposal: Proposal, error: WrongState) -> HttpResponse:
    """A second click or a stale page: say so on the proposal's page, which shows how it stands now, and give back what
    was written on the page that is out of date."""
    for finding in error.findings:
        messages.info(request, finding.message)
    posted = {key: str(value).strip() for key, value in request.POST.items()}
    texts = [text for key, text in posted.items() if text and (key in {"comment", "reason"} or key.startswith("at:"))]
    if texts:
        messages.warning(request, _("This was not sent: %(text)s") % {"text": "\n".join(texts)})
    return to_detail(proposal)


def crumbs(proposal: Proposal, *, to_this: bool = False) -> list[tuple[str, str]]:
    """The way here from the list."""
    slug = proposal.tenant.slug
    trail = [(reverse("proposals:list", args=[slug]), _("Proposals"))]
    if to_this:
        name = proposal.application_number or proposal.title or _("Untitled draft")
        trail.append((reverse("proposals:detail", args=[slug, proposal.pk]), Truncator(name).chars(60)))
    return trail


def language() -> str:
    """The language of documents for this page."""
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"


# What applicants and experts read of the history: nothing of who reviews or what is planned. Who first asked for a
# document may be a reviewer, so that its issue is not among it.
OPEN_ACTIONS = (
    "proposal.create",
    "proposal.attach",
    "proposal.detach",
    "proposal.share",
    "proposal.unshare",
    "proposal.change_extent",
    "proposal.consent",
    "proposal.ask_partner",
    "proposal.revoke_partner_link",
    "proposal.partner_save",
    "proposal.partner_confirm",
    "proposal.ask_waiver",
    "proposal.grant_waiver",
    "proposal.refuse_waiver",
    "proposal.hand_in",
    "proposal.take_back",
    "proposal.return",
    "proposal.endorse_step",
    "proposal.endorse",
    "proposal.check_pass",
    "proposal.check_return",
    "proposal.check_invalid",
    "proposal.appeal",
    "proposal.uphold_invalid",
    "proposal.grant_appeal",
    "proposal.withdraw",
)


def history(access: Access, roles: Collection[str]) -> list[Event]:
    """The proposal's history, newest first: all of it for the funder's staff, the open part for the others.

    `roles` are the person's in the proposal's tenant."""
    rows: Any = history_of(access.proposal).order_by("-seq")
    if not (access.judges and STAFF_ROLES.intersection(roles)):
        rows = rows.filter(action__in=OPEN_ACTIONS)
    return list(rows[:100])


def rulings(proposal: Proposal, checks: Iterable[PreliminaryCheck]) -> list[dict[str, Any]]:
    """Decisions of the preliminary check that did not let it pass, with all that was wrong and the appeals."""
    policy = effective_policy(proposal.call)
    articles = {key: article.label for key, article in policy.articles.items()}
    found = []
    for check in checks:
        if check.decision == CheckDecision.PASS:
            continue
        appeal = getattr(check, "appeal", None)
        found.append(
            {
                "check": check,
                "is_invalid": check.decision == CheckDecision.INVALID,
                "article": articles.get(check.article, check.article),
                "defects": defects_of(check, policy),
                "appeal": appeal,
                "rests_on": articles.get(appeal.article, appeal.article) if appeal else "",
            }
        )
    return found


def download(data: bytes, media_type: str, name: str) -> HttpResponse:
    """A file for the person's own disk: never opened in place, never kept by anybody on the way."""
    answer = HttpResponse(data, content_type=media_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
