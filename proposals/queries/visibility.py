"""Who sees which proposals. A conflict of interest subtracts last, whatever other roles say (A16)."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import BooleanField, CharField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.enums import Role
from accounts.models import Affiliation, User
from accounts.standing import standing_of
from core import clock
from core.conditions import Holds, Sql
from core.errors import NotVisible
from core.rows import only
from core.tenancy import active_among
from proposals.enums import Extent, ProposalState
from proposals.grants import GRANTS
from proposals.models import EndorsementTurn, HandedIn, Proposal, ProposalUserObjectPermission, VersionScan
from proposals.queries.impartiality import without_conflict
from proposals.queries.turns import NOBODY, is_beyond_office, reached

# reviews.enums.READING_STATES, which lies a layer above; a test keeps them equal.
READING = ("accepted", "in_progress", "submitted")
# Nobody's but the writers' unless it was handed in once.
BEGUN = (ProposalState.DRAFT, ProposalState.WITHDRAWN)


def visible_to(user: User) -> QuerySet[Proposal]:
    """The proposals of the active tenants that `user` sees as applicant, office, staff or expert.

    Applicant side: own ones, ones to co-write, those ever handed to an office of theirs, and those that reached it as a
    further step of the chain. For one proposal or a few; lists ask `arms_for`, whose queries each follow an index. One
    query more, for the person's standing."""
    return Proposal.objects.filter(Q(pi=user) | _co_written(user) | _at_office(user) | reached(user) | _judged(user))


def calls_by_proposals(user: User) -> QuerySet[Any]:
    """Ids of the calls of the proposals that `user` sees: whoever sees one sees its call, by invitation or not."""
    return visible_to(user).values("call_id")


def arms_for(user: User) -> list[QuerySet[Proposal]]:
    """What `visible_to` gives as queries for lists, each of which reads its newest rows from one index.

    One query more, for the proposals that the person has to do with personally."""
    own, read, endorsing = _personal(user)
    personal = Q(pk__in=own)
    if read:
        personal |= Q(pk__in=read) & without_conflict(user)
    further = reached(user) if endorsing else NOBODY
    if _employers(user):
        # They see most of what there is: any other reason is looked at on the way.
        return [Proposal.objects.filter(_staffed(user) | _at_office(user) | further | personal)]
    offices = standing_of(user).offices
    arms = [Proposal.objects.filter(_kept_from_begun(), lead_institution=office) for office in sorted(offices)]
    if endorsing:
        turns = EndorsementTurn.objects.filter(institution__in=endorsing, reached_at__isnull=False)
        arms.append(Proposal.objects.filter(further, pk__in=turns.values("proposal")))
    return [*arms, Proposal.objects.filter(personal)] if own or read else arms


def judged_by(user: User) -> QuerySet[Proposal]:
    """The proposals that `user` sees as staff or expert of the funder; never an own or a conflicted one (A16)."""
    return Proposal.objects.filter(_judged(user))


@dataclass(frozen=True)
class Access:
    """What one person is to one proposal that they see."""

    user: User
    proposal: Proposal
    owns: bool
    extent: Extent | None
    """What they may do with the draft; all, as the applicant."""
    is_office: bool
    """Of the lead institution's office, and not the applicant."""
    is_endorser: bool
    """Of the office of a further step that it has reached."""
    decides: bool
    """Whether the step of the endorsement chain that waits is theirs."""
    is_secretary: bool
    """Of the secretariat, and without a conflict."""
    judges: bool
    """Sees it as staff or expert."""
    was_handed_in: bool
    has_scans: bool
    """Whether a stamped scan of a version was filed."""

    @property
    def reads_draft(self) -> bool:
        """Is of the applicant's side, and reads the draft as it is being written."""
        return self.extent is not None

    @property
    def writes(self) -> bool:
        """May write the draft, or its budget."""
        return self.extent in (Extent.EDIT, Extent.BUDGET)


def access_of(user: User, pk: int) -> Access:
    """The proposal with its call, policy sources, PI and lead institution, and what `user` is to it.

    One query, and one for the person's standing.

    Raises NotVisible for whatever `visible_to` would not give."""
    rows = Proposal.objects.filter(pk=pk).annotate(
        grant=_grant_of(user),
        judges=ExpressionWrapper(_judged(user), output_field=BooleanField()),
        was_handed_in=was_handed_in(),
        has_scans=Exists(VersionScan.objects.filter(version__proposal=OuterRef("pk"))),
        **_turns(user),
        pi_works_at_lead=Holds(
            _PI_AT_LEAD, *[clock.today().isoformat()] * 2, places=Affiliation, pi="pi", lead="lead_institution"
        ),
    )
    found: Any = only(
        rows.select_related("tenant", "call__programme", "call__policy_version", "pi", "lead_institution")
    )
    if found is None:
        raise NotVisible
    standing, owns = standing_of(user), found.pi_id == user.pk
    at_office = found.lead_institution_id in standing.offices
    is_begun = found.state in BEGUN and not found.was_handed_in
    if not (owns or found.grant or found.judges or found.has_reached or (at_office and not is_begun)):
        raise NotVisible
    is_office, is_endorsing = at_office and not owns, found.state == ProposalState.ENDORSING
    return Access(
        user=user,
        proposal=found,
        owns=owns,
        extent=Extent.EDIT if owns else Extent(found.grant) if found.grant else None,
        is_office=is_office,
        is_endorser=found.has_reached,
        decides=is_endorsing and (found.waits_here or (is_office and not found.is_beyond_office)),
        is_secretary=Role.SECRETARY in standing.roles.get(found.tenant_id, ()) and found.judges,
        judges=found.judges,
        was_handed_in=found.was_handed_in,
        has_scans=found.has_scans,
    )


def _turns(user: User) -> dict[str, Any]:
    conditions = {"has_reached": reached(user), "waits_here": reached(user, is_open=True)}
    found = {name: ExpressionWrapper(one, output_field=BooleanField()) for name, one in conditions.items()}
    return {**found, "is_beyond_office": is_beyond_office()}


def get_visible(user: User, pk: int) -> Proposal:
    """The proposal with its call, policy sources, PI and lead institution. Raises NotVisible."""
    return access_of(user, pk).proposal


# ---------------------------------------------------------------- reasons to see one
def _judged(user: User) -> Q:
    """Staff and experts, less whatever they are tied to."""
    # What ties them is asked once: the database plans each of its probes anew.
    return (_received_by(user) | Q(_read_by(user))) & without_conflict(user)


def _staffed(user: User) -> Q:
    return _received_by(user) & without_conflict(user)


def _received_by(user: User) -> Q:
    employers = _employers(user)
    return Q(tenant_id__in=employers, received_at__isnull=False) if employers else NOBODY


def _employers(user: User) -> list[int]:
    return active_among(standing_of(user).employers)


def _at_office(user: User) -> Q:
    offices = standing_of(user).offices
    return Q(lead_institution__in=offices) & _kept_from_begun() if offices else NOBODY


def _kept_from_begun() -> Q:
    return ~Q(state__in=BEGUN) | Q(was_handed_in())


def was_handed_in() -> Holds:
    """Whether the draft was ever handed to the institution."""
    return Holds("EXISTS (SELECT 1 FROM {rounds} h WHERE h.proposal_id = {key} {probe})", rounds=HandedIn, key="pk")


def _co_written(user: User) -> Holds:
    return Holds(
        "{key} IN (SELECT g.content_object_id FROM {grants} g JOIN {permissions} p ON p.id = g.permission_id "
        "WHERE g.user_id = %s AND p.codename IN %s)",
        *(user.pk, GRANTS),
        grants=ProposalUserObjectPermission,
        permissions=Permission,
        key="pk",
    )


def _grant_of(user: User) -> Sql:
    return Sql(
        "SELECT max(p.codename) FROM {grants} g JOIN {permissions} p ON p.id = g.permission_id "
        "WHERE g.content_object_id = {key} AND g.user_id = %s AND p.codename IN %s",
        *(user.pk, GRANTS),
        gives=CharField(),
        grants=ProposalUserObjectPermission,
        permissions=Permission,
        key="pk",
    )


def _read_by(user: User) -> Holds:
    return Holds(
        "EXISTS (SELECT 1 FROM {assignments} a JOIN {experts} e ON e.id = a.expert_id WHERE a.proposal_id = {key} "
        "AND e.user_id = %s AND a.state IN %s {probe})",
        *(user.pk, READING),
        **_of_reviews(),
        key="pk",
    )


def _of_reviews() -> dict[str, Any]:
    # The models lie a layer above.
    assignment: Any = Proposal._meta.get_field("assignments").related_model
    return {"assignments": assignment, "experts": assignment._meta.get_field("expert").related_model}


def _personal(user: User) -> tuple[list[int], list[int], list[int]]:
    """Ids of what the person wrote or writes, and of what they were given to read: a person's own, hence few. Then of
    their offices that were ever reached as a further step of a chain."""
    offices = sorted(standing_of(user).offices)
    names = {"proposals": Proposal, "grants": ProposalUserObjectPermission, "permissions": Permission, **_of_reviews()}
    tables = {name: f'"{model._meta.db_table}"' for name, model in names.items()}
    sql = _PERSONAL.format(**tables)
    values: list[int | str] = [user.pk, user.pk, *GRANTS, user.pk, *READING]
    if offices:
        turns = EndorsementTurn._meta.db_table
        sql += "".join(_FURTHER.format(turns=turns) for _ in offices)
        values += [value for office in offices for value in (office, office)]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    own, read, endorsing = ([pk for pk, what in rows if what == kind] for kind in range(3))
    return own, read, endorsing


_PERSONAL = """
SELECT id, 0 FROM {proposals} WHERE pi_id = %s
UNION
SELECT g.content_object_id, 0 FROM {grants} g JOIN {permissions} p ON p.id = g.permission_id
WHERE g.user_id = %s AND p.codename IN (%s, %s, %s)
UNION
SELECT a.proposal_id, 1 FROM {assignments} a JOIN {experts} e ON e.id = a.expert_id
WHERE e.user_id = %s AND a.state IN (%s, %s, %s)
"""
_FURTHER = """
UNION
SELECT %s, 2 WHERE EXISTS (SELECT 1 FROM {turns} t WHERE t.institution_id = %s AND t.reached_at IS NOT NULL)
"""
_PI_AT_LEAD = """
EXISTS (SELECT 1 FROM {places} f WHERE f.user_id = {pi} AND f.institution_id = {lead}
    AND (f.until_date IS NULL OR f.until_date >= %s) AND (f.since_date IS NULL OR f.since_date <= %s) {probe})
"""
