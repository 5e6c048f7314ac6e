"""Who sees which proposals. A conflict of interest subtracts last, whatever other roles say (A16)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import STAFF_ROLES, AffiliationKind, Role
from accounts.models import Affiliation, Membership, User
from accounts.queries import current_affiliations
from core import clock
from core.errors import NotVisible
from proposals.enums import ProposalState
from proposals.grants import CO_WRITE
from proposals.models import HandedIn, Proposal, ProposalUserObjectPermission
from proposals.queries.impartiality import without_conflict

# reviews.enums.READING_STATES, which lies a layer above; a test keeps them equal.
READING = ("accepted", "in_progress", "submitted")
# Nobody's but the writers' unless it was handed in once.
BEGUN = (ProposalState.DRAFT, ProposalState.WITHDRAWN)


def visible_to(user: User) -> QuerySet[Proposal]:
    """The proposals of the active tenants that `user` sees as applicant, office, staff or expert.

    Applicant side: own ones, ones to co-write, and those ever handed to an office of theirs. Two queries in all."""
    applicant, judged = _applicant_side(user), _reading(user)
    mine = applicant[0].union(*applicant[1:], judged)
    staff = _staff_tenants(user)
    condition = Q(pk__in=mine)
    if staff:
        condition |= Q(tenant_id__in=staff, received_at__isnull=False) & without_conflict(user)
    return Proposal.objects.filter(condition)


def judged_by(user: User) -> QuerySet[Proposal]:
    """The proposals that `user` sees as staff or expert of the funder; never an own or a conflicted one (A16)."""
    employers = Membership.objects.filter(user=user, role__in=STAFF_ROLES).values("tenant_id")
    received = Q(tenant_id__in=employers, received_at__isnull=False)
    return Proposal.objects.filter(received | Q(pk__in=_reading(user)), without_conflict(user))


@dataclass(frozen=True)
class Access:
    """What one person is to one proposal that they see."""

    user: User
    proposal: Proposal
    owns: bool
    co_writes: bool
    is_office: bool
    """Of the lead institution's office, and not the applicant."""
    is_secretary: bool
    """Of the secretariat, and without a conflict."""
    judges: bool
    """Sees it as staff or expert."""
    was_handed_in: bool

    @property
    def writes(self) -> bool:
        """May write the draft."""
        return self.owns or self.co_writes


def access_of(user: User, pk: int) -> Access:
    """The proposal with its call, policy sources, PI and lead institution, and what `user` is to it: one query.

    Raises NotVisible for whatever `visible_to` would not give."""
    here = OuterRef("pk")
    grants = ProposalUserObjectPermission.objects.filter(user=user, permission__codename=CO_WRITE, content_object=here)
    secretaries = Membership.objects.filter(user=user, role=Role.SECRETARY, tenant=OuterRef("tenant"))
    of_pi = _affiliations_at(OuterRef("lead_institution"), user=OuterRef("pi"))
    rows = Proposal.objects.filter(pk=pk).annotate(
        co_writes=Exists(grants),
        at_office=Exists(_affiliations_at(OuterRef("lead_institution"), user=user, kind=AffiliationKind.OFFICE)),
        is_secretary=Exists(secretaries),
        judges=Exists(judged_by(user).filter(pk=here)),
        was_handed_in=Exists(HandedIn.objects.filter(proposal=here)),
        pi_works_at_lead=Exists(of_pi),
    )
    found: Any = rows.select_related(
        "tenant", "call__programme", "call__policy_version", "pi", "lead_institution"
    ).first()
    if found is None:
        raise NotVisible
    owns = found.pi_id == user.pk
    is_begun = found.state in BEGUN and not found.was_handed_in
    if not (owns or found.co_writes or found.judges or (found.at_office and not is_begun)):
        raise NotVisible
    return Access(
        user=user,
        proposal=found,
        owns=owns,
        co_writes=found.co_writes,
        is_office=found.at_office and not owns,
        is_secretary=found.is_secretary and found.judges,
        judges=found.judges,
        was_handed_in=found.was_handed_in,
    )


def get_visible(user: User, pk: int) -> Proposal:
    """The proposal with its call, policy sources, PI and lead institution. Raises NotVisible."""
    return access_of(user, pk).proposal


def _affiliations_at(institution: Any, **which: Any) -> QuerySet[Affiliation]:
    today = clock.today()
    return Affiliation.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today),
        Q(since_date__isnull=True) | Q(since_date__lte=today),
        institution=institution,
        **which,
    )


def _staff_tenants(user: User) -> list[int]:
    return list(Membership.objects.filter(user=user, role__in=STAFF_ROLES).values_list("tenant_id", flat=True))


def _applicant_side(user: User) -> list[QuerySet[Proposal]]:
    granted = ProposalUserObjectPermission.objects.filter(user=user, permission__codename=CO_WRITE)
    offices = current_affiliations(user).filter(kind=AffiliationKind.OFFICE)
    handed_in = Exists(HandedIn.objects.filter(proposal=OuterRef("pk")))
    begun = Q(state__in=BEGUN)
    return [
        _ids(Proposal.objects.filter(pi=user)),
        _ids(Proposal.objects.filter(pk__in=granted.values("content_object_id"))),
        _ids(Proposal.objects.filter(~begun | handed_in, lead_institution__in=offices.values("institution_id"))),
    ]


def _reading(user: User) -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(assignments__expert__user=user, assignments__state__in=READING)
    return _ids(rows.filter(without_conflict(user)))


def _ids(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return rows.order_by().values("pk")  # type: ignore[return-value] # rows of one column, for use inside IN
