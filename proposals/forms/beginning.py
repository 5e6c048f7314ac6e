"""What the first and the last page of an application show: where one may apply from, the rules, the figures."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Institution, User
from accounts.queries import institutions_of
from core.money import format_wan, format_yuan
from programs.findings import Stage
from programs.language import pick
from programs.models import Call
from programs.policy import Policy
from proposals.enums import ProposalState
from proposals.forms.desk import Desk
from proposals.models import Proposal


@dataclass(frozen=True)
class Rule:
    """A condition of the call in words, and its article."""

    text: str
    article: str


def my_places(user: User) -> list[Institution]:
    """The institutions one may apply for: where one works now."""
    return list(Institution.objects.filter(pk__in=institutions_of(user)))


def my_drafts(user: User, call: Call) -> list[Proposal]:
    """One's own applications to the call that are not yet handed in."""
    return list(Proposal.objects.filter(call=call, pi=user, state=ProposalState.DRAFT).order_by("-pk"))


def rules_of(policy: Policy) -> dict[str, list[Rule]]:
    """The conditions that an applicant's own writing must meet: those of the call's own document, then the rest."""
    source = policy.call.article[0] if policy.call else ""
    rules: dict[str, list[Rule]] = {"own": [], "rest": []}
    for clause in policy.clauses:
        if Stage.DRAFT in clause.stages and str(clause.summary):
            rule = Rule(str(clause.summary), policy.articles[clause.article].label)
            rules["own" if clause.article.startswith(source) else "rest"].append(rule)
    return rules


def figures_of(desk: Desk) -> list[tuple[str, Any]]:
    """The application in a few figures, to see at a glance that it is the right one."""
    dossier, fen = desk.dossier, desk.dossier.total_fen
    days = [date_format(day, "DATE_FORMAT") for day in (dossier.start_date, dossier.end_date) if day]
    return [
        (_("Requested"), pick(f"{format_wan(fen)} 万元", f"CNY {format_yuan(fen).removesuffix('.00')}")),
        (_("Period"), " – ".join(days) or "–"),
        (_("Partners (abroad)"), f"{len(dossier.parties)} ({len(dossier.foreign_parties)})"),
        (_("ANSO member"), len(desk.members)),
        (_("Files"), len(dossier.attachments)),
    ]
