"""Who must keep out of judging a proposal, whatever roles they hold (A16): for queries of things and of people.

Barred are those with a conflict on record, the PI, co-writers and team members, and everyone who is or was at the lead
institution, the PI's employer or a partner."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Model, Q, QuerySet

from accounts.models import Affiliation, User
from accounts.standing import standing_of
from core.conditions import Holds
from proposals.grants import GRANTS
from proposals.models import Proposal, ProposalParty, ProposalUserObjectPermission, TeamMember


def without_conflict(user: User, *, key: str = "pk", path: str = "", with_institutions: bool = True) -> Q:
    """The condition that nothing ties `user` to a row's proposal, for a filter of any such rows.

    `key` is the row's column with the proposal's id, `path` what leads to its `pi` and `lead_institution`. The host
    institution's signer acts for an institution and not as a judge: `with_institutions=False`."""
    condition, ties = "{pi} <> %s", _TIES
    values: list[Any] = [user.pk]
    names: dict[str, Any] = {"key": key, "pi": f"{path}pi", "conflicts": _conflicts(), **_OF_TIES}
    places = standing_of(user).all_places if with_institutions else ()
    if places:
        condition, ties = condition + " AND {lead} NOT IN %s", ties + _PARTIES
        values.append(places)
        names |= {"lead": f"{path}lead_institution", "parties": ProposalParty}
    values += [user.pk, user.pk, user.pk, GRANTS, *([places] if places else ())]
    # One subquery: the planner takes each for half of the rows, and would think that few are left.
    return Q(Holds(f"{condition} AND NOT EXISTS ({ties} {{probe}})", *values, **names))


def untied(user: User) -> Q:
    """The same condition for counting over proposals by the hundred thousand: what ties the person is read once and
    not probed for each row. Not for lists, which look at a page's rows only."""
    condition, ties = "{pi} <> %s", _ALL_TIES
    values: list[Any] = [user.pk]
    names: dict[str, Any] = {"key": "pk", "pi": "pi", "conflicts": _conflicts(), **_OF_TIES}
    places = standing_of(user).all_places
    if places:
        condition, ties = condition + " AND {lead} NOT IN %s", ties + _ALL_PARTIES
        values.append(places)
        names |= {"lead": "lead_institution", "parties": ProposalParty}
    values += [user.pk, user.pk, user.pk, GRANTS, *([places] if places else ())]
    return Q(Holds(f"{condition} AND {{key}} NOT IN ({ties})", *values, **names))


_ALL_TIES = """
SELECT t.proposal_id FROM {conflicts} t WHERE t.user_id = %s
UNION ALL
SELECT t.proposal_id FROM {team} t WHERE t.user_id = %s
UNION ALL
SELECT g.content_object_id FROM {grants} g JOIN {permissions} p ON p.id = g.permission_id
WHERE g.user_id = %s AND p.codename IN %s"""
_ALL_PARTIES = """
UNION ALL
SELECT t.proposal_id FROM {parties} t WHERE t.institution_id IN %s"""
_OF_TIES = {"team": TeamMember, "grants": ProposalUserObjectPermission, "permissions": Permission}
_TIES = """
SELECT 1 FROM {conflicts} t WHERE t.proposal_id = {key} AND t.user_id = %s
UNION ALL
SELECT 1 FROM {team} t WHERE t.proposal_id = {key} AND t.user_id = %s
UNION ALL
SELECT 1 FROM {grants} g JOIN {permissions} p ON p.id = g.permission_id
WHERE g.content_object_id = {key} AND g.user_id = %s AND p.codename IN %s"""
_PARTIES = """
UNION ALL
SELECT 1 FROM {parties} t WHERE t.proposal_id = {key} AND t.institution_id IN %s"""


def _conflicts() -> type[Model]:
    # The model lies a layer above.
    return Proposal._meta.get_field("conflicts").related_model


def impartial(
    people: QuerySet[User], proposal: Proposal, *, with_institutions: bool = True, but_for: int | None = None
) -> QuerySet[User]:
    """Those of `people` whom nothing ties to the proposal: who may be told of it and judge it. `but_for` is an
    institution that they act for, which ties nobody."""
    tied: list[QuerySet[Any, Any]] = [
        Proposal.objects.filter(pk=proposal.pk, conflicts__isnull=False).order_by().values("conflicts__user"),
        ProposalUserObjectPermission.objects.filter(content_object=proposal.pk, permission__codename__in=GRANTS).values(
            "user"
        ),
        TeamMember.objects.filter(proposal=proposal.pk).values("user"),
    ]
    if with_institutions:
        parties = ProposalParty.objects.filter(proposal=proposal.pk).values("institution")
        at_a_party = Q(institution=proposal.lead_institution_id) | Q(institution__in=parties)
        places = Affiliation.objects.filter(at_a_party)
        tied.append((places.exclude(institution=but_for) if but_for else places).values("user"))
    people = people.exclude(pk=proposal.pi_id)
    for rows in tied:
        people = people.exclude(pk__in=rows)
    return people


def is_impartial(user: User, proposal: Proposal, *, with_institutions: bool = True, but_for: int | None = None) -> bool:
    """Whether nothing ties the person to the proposal."""
    one = User.objects.filter(pk=user.pk)
    return impartial(one, proposal, with_institutions=with_institutions, but_for=but_for).exists()
