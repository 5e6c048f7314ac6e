"""What an institution has endorsed for each call, for its summary lists (推荐汇总表)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import Institution, User
from accounts.standing import standing_of
from core.errors import NotVisible
from documents.models import Document
from documents.queries import documents_of
from programs.models import Call
from programs.policy.endorsing import EndorsementStep
from programs.queries import effective_policy
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import Endorsement, EndorsementScan, EndorsementSummary, EndorsementTurn, HandedIn, Proposal
from proposals.queries.turns import reached

MOST_LISTED = 5_000
MOST_SHOWN = 50
# Not what went back to the applicant.
_STANDING = ~Q(proposal__state__in=(ProposalState.DRAFT, ProposalState.WITHDRAWN))


@dataclass(frozen=True)
class Chapter:
    """What one institution endorsed at one step for one call, and how many applications that are."""

    call: Call
    institution: Institution
    step: EndorsementStep
    applications: int

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.call.pk} {self.institution.pk} {self.step.key}"


def endorsed_for(user: User) -> QuerySet[Endorsement]:
    """The endorsements that stand, of the institutions that the person acts for; without their own applications and
    those to which something else ties them (A16)."""
    offices = standing_of(user).offices
    if not offices:
        return Endorsement.objects.none()
    same = {"proposal": OuterRef("proposal"), "round": OuterRef("round"), "step": OuterRef("step")}
    turns = EndorsementTurn.objects.filter(**same)
    mine = Exists(turns.filter(institution__in=offices)) & Q(proposal__in=Proposal.objects.filter(reached(user)))
    own = Q(~Exists(turns), proposal__lead_institution__in=offices) & ~Q(proposal__pi=user)
    later = HandedIn.objects.filter(proposal=OuterRef("proposal"), round__gt=OuterRef("round"))
    standing = Endorsement.objects.filter(_STANDING, ~Exists(later), decision=EndorsementDecision.ENDORSE)
    return standing.filter(own | mine)


def chapters(user: User) -> list[Chapter]:
    """By call, newest first, then step. Four queries."""
    rows = endorsed_for(user)
    offices = sorted(standing_of(user).offices)
    turn = EndorsementTurn.objects.filter(
        proposal=OuterRef("proposal"), round=OuterRef("round"), step=OuterRef("step"), institution__in=offices
    )
    further = rows.filter(Exists(turn)).values_list("proposal__call", "proposal__turns__institution", "step")
    further = further.filter(proposal__turns__step=F("step"), proposal__turns__round=F("round"))
    first = rows.filter(~Exists(turn)).values_list("proposal__call", "proposal__lead_institution", "step")
    counts: dict[tuple[int, int, str], int] = {}
    for found in (first, further):
        for call, place, step, many in found.annotate(many=Count("proposal", distinct=True)).order_by():
            counts[call, place, step] = counts.get((call, place, step), 0) + many
    calls = Call.objects.select_related("policy_version").in_bulk({call for call, _place, _step in counts})
    places = Institution.objects.in_bulk({place for _call, place, _step in counts})
    made = [
        Chapter(calls[call], places[place], step, many)
        for (call, place, key), many in counts.items()
        if place in offices and (step := effective_policy(calls[call]).endorsement_step(key)) is not None
    ]
    return sorted(made, key=lambda one: (-one.call.pk, one.step.key, one.institution.pk))


def chapter_of(user: User, key: str) -> Chapter:
    """The one that a form names. Raises NotVisible."""
    found = next((one for one in chapters(user) if one.key == key), None)
    if found is None:
        raise NotVisible
    return found


def applications_of(user: User, chapter: Chapter) -> list[Any]:
    """The endorsements of a chapter with application, applicant and lead institution, in order of endorsement."""
    rows = endorsed_for(user).filter(proposal__call=chapter.call, step=chapter.step.key)
    if chapter.step.unit is None:
        rows = rows.filter(proposal__lead_institution=chapter.institution)
    else:
        turns = EndorsementTurn.objects.filter(
            proposal=OuterRef("proposal"), round=OuterRef("round"), step=OuterRef("step")
        )
        rows = rows.filter(Exists(turns.filter(institution=chapter.institution)))
    rows = rows.select_related("proposal__pi", "proposal__lead_institution").defer("proposal__draft")
    return list(rows.order_by("decided_at", "pk")[:MOST_LISTED])


def issued_for(user: User) -> list[EndorsementSummary]:
    """The lists issued for the person's institutions, newest first; at most MOST_SHOWN."""
    rows = EndorsementSummary.objects.filter(institution__in=standing_of(user).offices)
    rows = rows.select_related("call", "institution", "issued_by").defer("content", "call__source")
    return list(rows.prefetch_related("scans")[:MOST_SHOWN])


def summary_document(user: User, pk: int) -> tuple[EndorsementSummary, Document]:
    """An issued list of an institution of the person's, and its document. Raises NotVisible."""
    row = EndorsementSummary.objects.filter(pk=pk, institution__in=standing_of(user).offices).first()
    document = documents_of(row).first() if row is not None else None
    if row is None or document is None:
        raise NotVisible
    return row, document


def scan_of(user: User, pk: int) -> EndorsementScan:
    """A sealed list of an institution of the person's. Raises NotVisible."""
    rows = EndorsementScan.objects.filter(pk=pk, summary__institution__in=standing_of(user).offices)
    row = rows.select_related("file").first()
    if row is None:
        raise NotVisible
    return row
