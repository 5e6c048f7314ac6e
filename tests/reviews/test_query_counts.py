"""Pages ask the database a fixed number of questions, however many rows they show."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from proposals.enums import ProposalState
from reviews import actions
from reviews.enums import AssignmentState, ReviewKind
from reviews.models import PlanLine
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers

MOST = 14
# A decision page with results, findings by facts and history asks more, but no more for thirty lines than for one.
MOST_PLAN = 27


def at(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=["anso", *args])


def queries(client: Client, address: str) -> int:
    """How many statements one warm visit takes, transaction control not counted."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(address)
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SET", "ROLLBACK")
    asked = [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(control)]
    return len([sql for sql in asked if "set_config" not in sql and "current_setting" not in sql])


def people(count: int) -> list[User]:
    return [
        User.objects.create(email=f"many{n}@abroad{n}.example", name_en=f"Many {n}", language="en")
        for n in range(count)
    ]


def test_pool_and_candidates(cast: Cast, client_of: Any, checked: Any) -> None:
    secretary = client_of(cast.secretary)
    pages = [at("experts"), at("assign", checked.pk)]
    everyone = people(30)
    factories.make_expert(cast.anso, everyone[0], institution=cast.nepal)
    few = [queries(secretary, page) for page in pages]
    for number, person in enumerate(everyone[1:]):
        expert = factories.make_expert(cast.anso, person, institution=cast.kenya if number % 2 else cast.lanka)
        if number % 3 == 0:
            factories.make_assignment(checked, expert, cast.secretary)
    many = [queries(secretary, page) for page in pages]
    assert many[0] == few[0] <= MOST
    # The one question about affiliations does not become thirty.
    assert many[1] <= few[1] + 1 <= MOST + 2


def test_mine(cast: Cast, client_of: Any, call: Any, pool: Any) -> None:
    client = client_of(cast.reviewer1)
    states = (AssignmentState.INVITED, AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED)
    counts = []
    for number in range(1, 31):
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, number=number)
        factories.make_assignment(proposal, pool["reviewer1"], cast.secretary, state=states[number % 3])
        if number in (3, 30):
            counts.append(queries(client, at("mine")))
    assert counts[0] == counts[1] <= MOST


def test_plans(cast: Cast, client_of: Any, call: Any, pool: Any) -> None:
    secretary = client_of(cast.secretary)
    plan = actions.start_plan(call=call, by=cast.secretary)
    counts, lists = [], []
    for number in range(1, 31):
        for state in (ProposalState.PLANNED, ProposalState.REVIEWING):
            proposal = factories.make_proposal(
                cast, call, state=state, number=number + (100 if state == ProposalState.PLANNED else 0)
            )
            version = proposal.versions.get()
            for name, kind in (("reviewer1", ReviewKind.DOMAIN), ("expert1", ReviewKind.FINANCE)):
                factories.make_assignment(
                    proposal, pool[name], cast.secretary, kind=kind, state=AssignmentState.SUBMITTED
                )
            if state == ProposalState.PLANNED:
                PlanLine.objects.create(tenant=cast.anso, plan=plan, proposal=proposal, version=version, amount_fen=1)
        if number in (1, 30):
            counts.append(queries(secretary, at("plan", plan.pk)))
        if number > 1:
            actions.start_plan(call=call, by=cast.secretary)
        if number in (2, 30):
            lists.append(queries(secretary, at("plan_list")))
    # One more for the waivers, where many lines of one applicant are beyond a limit that can be waived.
    assert counts[0] <= counts[1] <= counts[0] + 1 <= MOST_PLAN, counts
    assert lists[0] == lists[1] <= MOST, lists


@pytest.mark.parametrize("kind", ReviewKind)
def test_review_and_results(kind: str, cast: Cast, client_of: Any, checked: Any, pool: Any) -> None:
    name = "reviewer1" if kind == ReviewKind.DOMAIN else "expert1"
    assignment = helpers.write(helpers.accepted(cast, checked, pool[name], kind))
    client = client_of(cast.people[name])
    assert queries(client, at("review", assignment.pk)) <= MOST + 2
    secretary = client_of(cast.secretary)
    few = queries(secretary, at("results", checked.pk))
    actions.submit_review(assignment=assignment, by=cast.people[name])
    for person in people(10):
        expert = factories.make_expert(cast.anso, person, kind=kind)
        factories.make_assignment(checked, expert, cast.secretary, kind=kind, state=AssignmentState.SUBMITTED)
    assert queries(secretary, at("results", checked.pk)) <= few + 2
