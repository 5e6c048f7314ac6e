"""Who must keep out of judging a proposal, whatever roles they hold (A16): for queries of things and of people.

Barred are those with a conflict on record, the PI, co-writers and team members, and everyone who is or was at the lead
institution, the PI's employer or a partner."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Affiliation, User
from proposals.grants import CO_WRITE
from proposals.models import Proposal, ProposalParty, ProposalUserObjectPermission, TeamMember


def without_conflict(user: User, *, key: str = "pk", path: str = "", with_institutions: bool = True) -> Q:
    """The condition that nothing ties `user` to a row's proposal: subqueries only, for a filter of any such rows.

    `key` is the row's column with the proposal's id, `path` what leads to its `pi` and `lead_institution`. The host
    institution's signer acts for an institution and not as a judge: `with_institutions=False`."""
    tied = [
        Proposal.objects.filter(conflicts__user=user).order_by().values("pk"),
        ProposalUserObjectPermission.objects.filter(user=user, permission__codename=CO_WRITE).values("content_object"),
        TeamMember.objects.filter(user=user).values("proposal"),
    ]
    free = ~Q(**{f"{path}pi": user})
    if with_institutions:
        places = Affiliation.objects.filter(user=user).values("institution")
        tied.append(ProposalParty.objects.filter(institution__in=places).values("proposal"))
        free &= ~Q(**{f"{path}lead_institution__in": places})
    for rows in tied:
        free &= ~Q(**{f"{key}__in": rows})
    return free


def impartial(people: QuerySet[User], proposal: Proposal, *, with_institutions: bool = True) -> QuerySet[User]:
    """Those of `people` whom nothing ties to the proposal: who may be told of it and judge it."""
    tied: list[QuerySet[Any, Any]] = [
        Proposal.objects.filter(pk=proposal.pk, conflicts__isnull=False).order_by().values("conflicts__user"),
        ProposalUserObjectPermission.objects.filter(content_object=proposal.pk, permission__codename=CO_WRITE).values(
            "user"
        ),
        TeamMember.objects.filter(proposal=proposal.pk).values("user"),
    ]
    if with_institutions:
        parties = ProposalParty.objects.filter(proposal=proposal.pk).values("institution")
        at_a_party = Q(institution=proposal.lead_institution_id) | Q(institution__in=parties)
        tied.append(Affiliation.objects.filter(at_a_party).values("user"))
    people = people.exclude(pk=proposal.pi_id)
    for rows in tied:
        people = people.exclude(pk__in=rows)
    return people


def is_impartial(user: User, proposal: Proposal, *, with_institutions: bool = True) -> bool:
    """Whether nothing ties the person to the proposal."""
    one = User.objects.filter(pk=user.pk)
    return impartial(one, proposal, with_institutions=with_institutions).exists()
