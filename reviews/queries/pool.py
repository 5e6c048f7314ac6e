"""Reads of the expert pool, and of who could review a proposal."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from accounts.models import Institution
from audit.queries import history_of
from core.countries import country_name
from core.errors import NotVisible
from core.parameters import whole
from programs.dossier import Dossier
from programs.models import Call
from programs.queries import effective_policy
from proposals.models import Proposal
from reviews.conflicts import Evidence, evidence_for
from reviews.enums import WAITING_STATES, ReviewKind
from reviews.models import Assignment, Conflict, Expert

PAGE = 25
INVITED = "expert.invite"
# More than anybody asks at once.
MOST_CHOSEN = 100


def pool() -> QuerySet[Expert]:
    """The active tenant's experts with person, institution and `load`, their number of open reviews."""
    load = (
        Assignment.objects.filter(expert=OuterRef("pk"), state__in=WAITING_STATES)
        .order_by()
        .values("expert")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Expert.objects.select_related("user", "institution").annotate(load=Coalesce(Subquery(load), 0))


def find_experts(filters: Mapping[str, str]) -> QuerySet[Expert]:
    """The pool narrowed by `q` (name, e-mail, keywords, institution), `kind`, `availability`; newest first."""
    rows = pool()
    if text := (filters.get("q") or "").strip():
        rows = rows.filter(_matches(text))
    if filters.get("kind") == ReviewKind.DOMAIN:
        rows = rows.filter(is_domain=True)
    elif filters.get("kind") == ReviewKind.FINANCE:
        rows = rows.filter(is_finance=True)
    if filters.get("availability") == "available":
        rows = rows.filter(is_available=True, user__is_active=True)
    elif filters.get("availability") == "away":
        rows = rows.filter(Q(is_available=False) | Q(user__is_active=False))
    return rows.order_by("-pk")


def _matches(text: str) -> Q:
    return (
        Q(user__name_zh__icontains=text)
        | Q(user__name_en__icontains=text)
        | Q(user__email__icontains=text)
        | Q(keywords__icontains=text)
        | Q(institution__name_zh__icontains=text)
        | Q(institution__name_en__icontains=text)
    )


def institutions() -> list[Institution]:
    """Where experts may work, in order of their English names."""
    return list(Institution.objects.order_by("name_en", "name_zh", "pk"))


def topics(calls: Iterable[Call]) -> list[tuple[str, str]]:
    """Key and label of every field that the policies of these calls name, each once."""
    found: dict[str, str] = {}
    for call in calls:
        for choice in effective_policy(call).fields:
            found.setdefault(choice.key, choice.label)
    return list(found.items())


def page_of(rows: QuerySet[Expert], *, after: int | None) -> tuple[list[Expert], int | None]:
    """One keyset page, and the key after which the next one begins."""
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], (found[PAGE - 1].pk if len(found) > PAGE else None)


def get_expert(pk: int) -> Expert:
    """An expert of the active tenant's pool. Raises NotVisible."""
    expert = pool().filter(pk=pk).first()
    if expert is None:
        raise NotVisible
    return expert


def invited_at(expert: Expert) -> datetime | None:
    """When the expert was last sent an invitation to set a password; None if never."""
    return max((event.at for event in history_of(expert) if event.action == INVITED), default=None)


@dataclass
class CandidateRow:
    """An expert who might review a proposal, as the one who assigns sees them."""

    expert: Expert
    is_match: bool
    evidence: list[Evidence] = field(default_factory=list)
    assigned: Assignment | None = None

    @property
    def country(self) -> str:
        """The expert's country in the active language."""
        return country_name(self.expert.country)

    @property
    def load(self) -> int:
        """How many open reviews the expert has."""
        return int(getattr(self.expert, "load", 0))

    @property
    def is_full(self) -> bool:
        """Whether the expert's capacity is used up."""
        return self.load >= self.expert.capacity

    @property
    def has_consented(self) -> bool:
        """Whether the expert has agreed to stand in the pool."""
        return self.expert.consented_at is not None

    @property
    def can_be_assigned(self) -> bool:
        """Whether nothing speaks against it; checked again when it is done."""
        return self.has_consented and not (self.evidence or self.assigned or self.is_full)

    @property
    def order(self) -> tuple[bool, bool, int, int]:
        """Those who can and whose field matches first, the least busy first."""
        return not self.can_be_assigned, not self.is_match, self.load, self.expert.pk


def page_of_candidates(kind: str, topic: str, *, text: str = "", after: str = "") -> tuple[list[Expert], str]:
    """A page of the available experts of a kind with load and `is_match` (of the field `topic`), matching ones first,
    then the newest; and the key of the next page, "" if this is the last. One query."""
    is_kind = Q(is_finance=True) if kind == ReviewKind.FINANCE else Q(is_domain=True)
    # The list of fields is JSON text with the keys in quotes, on every database.
    matches = Q(topics__contains=f'"{topic}"') if topic else Q(pk__in=())
    rows = (
        pool()
        .filter(is_kind, is_available=True, user__is_active=True)
        .annotate(topics=Cast("fields", TextField()))
        .annotate(is_match=ExpressionWrapper(matches, output_field=BooleanField()))
    )
    if text := text.strip():
        rows = rows.filter(_matches(text))
    matched, _, last = after.partition("_")
    if (key := whole(last)) is not None:
        rows = rows.filter(Q(is_match=False, pk__lt=key) if matched == "0" else Q(is_match=False) | Q(pk__lt=key))
    found: list[Any] = list(rows.order_by("-is_match", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    return shown, f"{int(shown[-1].is_match)}_{shown[-1].pk}" if len(found) > PAGE else ""


def chosen_candidates(kind: str, ids: Iterable[int]) -> list[Expert]:
    """The available experts of a kind among `ids`. One query."""
    is_kind = Q(is_finance=True) if kind == ReviewKind.FINANCE else Q(is_domain=True)
    rows = pool().filter(is_kind, is_available=True, user__is_active=True, pk__in=list(ids)[:MOST_CHOSEN])
    return list(rows.order_by("pk"))


def candidates(
    proposal: Proposal,
    dossier: Dossier,
    experts: Collection[Expert],
    *,
    conflicts: Iterable[Conflict],
    assigned: Iterable[Assignment],
) -> list[CandidateRow]:
    """The experts of a page with what ties them to the proposal (A16), those who can be asked first, then those whose
    field matches, then the least busy. At most four queries.

    `conflicts` and `assigned` are all those of the proposal."""
    found = evidence_for(proposal, dossier, experts)
    for conflict in conflicts:
        evidence = Evidence(conflict.kind, conflict.evidence_zh, conflict.evidence_en)
        if conflict.user_id in found and evidence.kind not in {one.kind for one in found[conflict.user_id]}:
            found[conflict.user_id].append(evidence)
    asked = {row.expert_id: row for row in assigned}
    listed = [
        CandidateRow(
            expert=expert,
            is_match=bool(getattr(expert, "is_match", False)),
            evidence=found[expert.user_id],
            assigned=asked.get(expert.pk),
        )
        for expert in experts
    ]
    return sorted(listed, key=lambda row: row.order)


def known_conflicts(proposal: Proposal) -> QuerySet[Conflict]:
    """The conflicts of interest on record for a proposal. For staff."""
    return Conflict.objects.filter(proposal=proposal).select_related("user").order_by("pk")


def assigned_to(proposal: Proposal) -> list[Assignment]:
    """Everyone who was asked to review the proposal, in that order. For staff. One query."""
    rows = Assignment.objects.filter(proposal=proposal)
    return list(rows.select_related("expert__user", "expert__institution").order_by("pk"))
