"""Joint work of the past: who was in one team with a proposal's people, in an application or in a project (A16).

The sources say that interested people stay out and name no number of years: how far back it counts is the funder's
setting (`Tenant.joint_work_years`). Applications and projects of this funder are known, of no other one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import FilteredRelation, Q

from core import clock
from core.conditions import AnyOf
from proposals.models import Proposal, TeamMember


@dataclass(frozen=True)
class Together:
    """An expert and a person of the proposal's side were in this team."""

    expert_id: int
    person_id: int
    grant_number: str
    """Empty for an application that became no project."""
    title_zh: str
    title_en: str
    until: date
    """The end of the project's term, or the day on which the application was received, in the funder's zone."""


def together(proposal: Proposal, people: Collection[int], experts: Collection[int]) -> list[Together]:
    """The teams that count for `proposal`, projects first, then the latest. By user ids; one query.

    A team counts until the end of the day so many years after its project's term, or after its application was
    received."""
    everyone = {*people, *experts}
    tenant = proposal.tenant
    since = clock.add_months(clock.today(tenant.zone), -12 * tenant.joint_work_years)
    rows = (
        Proposal.objects.filter(_with(people), _with(experts), received_at__isnull=False)
        .filter(Q(received_at__gte=clock.start_of_day(since, tenant.zone)) | Q(project__end_date__gte=since))
        .exclude(pk=proposal.pk)
        .annotate(of_these=FilteredRelation("team", condition=Q(team__user__in=everyone)))
        .order_by("pk")
        .values_list(
            "pk",
            "pi_id",
            "received_at",
            "project__grant_number",
            "project__end_date",
            "project__title_zh",
            "project__title_en",
            "of_these__user",
        )
    )
    teams: dict[int, tuple[Any, ...]] = {}
    members: dict[int, set[int]] = defaultdict(set)
    for pk, *facts, member in rows:
        teams[pk] = (pk, *facts)
        members[pk].update([member] if member else ())
    answer = []
    for pk, pi_id, received_at, number, end, title_zh, title_en in teams.values():
        team = {*members[pk], pi_id}
        day = received_at.astimezone(tenant.zone).date() if received_at else since
        until = end if number and end else day
        answer += [
            Together(expert, person, number or "", title_zh or "", title_en or "", until)
            for expert in team.intersection(experts)
            for person in team.intersection(people)
            if expert != person
        ]
    return sorted(answer, key=lambda one: (not one.grant_number, -one.until.toordinal()))


def _with(users: Collection[int]) -> Q:
    led = Proposal.objects.filter(pi__in=list(users)).order_by().values("pk")
    return Q(AnyOf(led, TeamMember.objects.filter(user__in=list(users)).order_by().values("proposal")))
