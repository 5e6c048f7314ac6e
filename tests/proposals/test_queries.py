"""Queries of lists and pages stay as few at 30 rows as at one; keyset pages miss and repeat nothing."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.standing import keep_standing, standing_of
from core.keyset import page_of
from core.tasklist import tasks_for
from programs.models import Call
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from proposals.queries.listing import listed
from tests.cast import Cast
from tests.factories import make_proposal
from tests.proposals.helpers import complete_draft, of_rows
from tests.proposals.test_pages import As, address

pytestmark = pytest.mark.django_db
MOST = 12


def count(client: Any, path: str) -> int:
    client.get(path)  # fills caches: policies, templates
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(of_rows(queries))


@pytest.mark.parametrize("name", ["secretary", "pi", "office"])
def test_the_list_asks_as_little_for_thirty_as_for_one(cast: Cast, call: Call, as_: As, name: str) -> None:
    make_proposal(cast, call, state=S.SUBMITTED)
    client = as_(name)
    one = count(client, "/anso/proposals/")
    for number in range(2, 42):
        make_proposal(cast, call, state=S.SUBMITTED, number=number)
    thirty = count(client, "/anso/proposals/")
    assert thirty <= one + 1  # the count, which one page needs not
    assert thirty <= MOST


@pytest.mark.parametrize(("name", "page"), [("secretary", "check/"), ("secretary", ""), ("pi", ""), ("office", "")])
def test_a_page_of_one_proposal_asks_little(cast: Cast, call: Call, as_: As, name: str, page: str) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    assert count(as_(name), address(proposal, page)) <= MOST


def test_my_tasks_ask_for_each_kind_once(cast: Cast, call: Call) -> None:
    from proposals.tasklist import tasks

    for number in range(1, 31):
        make_proposal(cast, call, state=(S.DRAFT, S.ENDORSING, S.SUBMITTED)[number % 3], number=number)
    for name, many in (("pi", 10), ("office", 10), ("secretary", 10), ("charlie", 0)):
        keep_standing(cast.people[name])
        standing_of(cast.people[name])
        with CaptureQueriesContext(connection) as queries:
            assert len(list(tasks(cast.people[name], [cast.anso]))) == many
        assert len(queries) <= 4  # one for secretaries only, one for offices only, one for a policy not yet known
    assert all(item.url.startswith("/anso/proposals/") for item in tasks_for(cast.pi, [cast.anso]))


def test_drafts_that_can_no_longer_be_handed_in_are_no_task(cast: Cast, call: Call, clock: Any) -> None:
    make_proposal(cast, call)
    assert tasks_for(cast.pi, [cast.anso])
    clock.set(call.closes_at)
    assert not tasks_for(cast.pi, [cast.anso])


@pytest.mark.parametrize("column", ["-id", "requested_fen", "-requested_fen", "updated_at", "-updated_at"])
def test_pages_forth_and_back_hold_every_row_once(cast: Cast, call: Call, column: str) -> None:
    for number in range(1, 24):
        make_proposal(cast, call, state=S.SUBMITTED, number=number, requested_fen=number % 4 * 100)
    rows = Proposal.objects.all()
    wanted = list(rows.order_by(column, "-id" if column.startswith("-") else "id").values_list("pk", flat=True))
    seen: list[int] = []
    edges: list[tuple[list[int], str]] = []
    parameters: dict[str, str] = {}
    while True:
        page = page_of(rows, parameters, column=column, size=5)
        ids = [row.pk for row in page.rows]
        seen += ids
        edges.append((ids, page.newer))
        if not page.older:
            break
        parameters = {"after": page.older}
    assert seen == wanted
    assert edges[0][1] == ""
    for (before, _), (_, newer) in pairwise(edges):
        back = page_of(rows, {"before": newer}, column=column, size=5)
        assert [row.pk for row in back.rows] == before


def test_the_list_searches_filters_and_counts(cast: Cast, call: Call) -> None:
    make_proposal(cast, call, state=S.SUBMITTED, number=1, title_zh="高原粮食", title_en="Plateau food")
    make_proposal(cast, call, state=S.CHECKED, number=2, title_zh="海岸", title_en="Coast 100%")

    def found(**filters: Any) -> list[str]:
        page, many = listed(cast.secretary, filters, {})
        assert many == len(page.rows)
        return [row.title_zh for row in page.rows]

    assert found(q="粮食") == ["高原粮食"]
    assert found(q="100%") == ["海岸"]
    assert found(q="T0001") == ["高原粮食"]
    assert found(q="裴山") == ["海岸", "高原粮食"]
    assert found(state="checked") == ["海岸"]
    assert found(call=call.pk + 1) == []
