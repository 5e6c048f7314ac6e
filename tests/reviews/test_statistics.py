"""What was received and awarded, counted: sums that agree with the lists, and nothing of what one is tied to."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Affiliation
from core.tenancy import tenant_scope
from programs.models import Call
from proposals.actions.receiving import keep_countries
from proposals.enums import ProposalState as S
from proposals.models import Proposal, ProposalParty, TeamMember
from proposals.queries import dossier_of_version
from proposals.queries.impartiality import untied, without_conflict
from proposals.queries.listing import filtered
from proposals.queries.visibility import judged_by
from reviews.enums import PlanState
from reviews.models import Conflict, FundingPlan, PlanLine
from reviews.queries.statistics import DIMENSIONS, counted, years_of
from tests.cast import Cast
from tests.factories import make_call, make_proposal
from tests.proposals.helpers import let_write

pytestmark = pytest.mark.django_db
BEIJING = ZoneInfo("Asia/Shanghai")
URL, EXPORT = "/anso/proposals/statistics/", "/anso/proposals/statistics.xlsx"
As = Callable[..., Client]


@pytest.fixture
def call(cast: Cast, clock: Any) -> Iterator[Call]:
    with tenant_scope(cast.anso):
        yield make_call(cast.anso, cast.secretary)


@pytest.fixture
def as_(cast: Cast) -> As:
    def browser(name: str, language: str = "en") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        client.force_login(cast.people[name])
        return client

    return browser


@pytest.fixture
def received(cast: Cast, call: Call) -> list[Proposal]:
    """Of the last minute of June and the first of July in Beijing, of two institutions, one approved."""
    times = [datetime(2021, 6, 30, 23, 59, 59, tzinfo=BEIJING), datetime(2021, 7, 1, 0, 0, tzinfo=BEIJING)] * 2
    rows = [
        make_proposal(
            cast, call, number=number, received_at=at, requested_fen=(number + 1) * 10_000,
            state=S.APPROVED if number == 3 else S.SUBMITTED, field="low-carbon" if number else "food-security",
            lead_institution=cast.sibling if number == 3 else cast.lead,
        )
        for number, at in enumerate(times)
    ]  # fmt: skip
    for row in rows:
        version = row.versions.get()
        keep_countries(row, dossier_of_version(version))
    plan = FundingPlan.objects.create(tenant=cast.anso, call=call, number=1, prepared_by=cast.secretary)
    for row in (rows[3], rows[2]):
        PlanLine.objects.create(
            tenant=cast.anso, plan=plan, proposal=row, version=row.versions.get(), amount_fen=7_770_000
        )
    FundingPlan.objects.filter(pk=plan.pk).update(state=PlanState.APPROVED)
    make_proposal(cast, call, state=S.DRAFT)
    return rows


def figures(cast: Cast, who: str = "secretary", **filters: Any) -> dict[str, Any]:
    found = counted(cast.people[who], cast.anso, filters)
    return {"total": (found.total.count, found.total.asked_fen, found.total.approved_fen)} | {
        name: [(line.key, line.count, line.asked_fen, line.approved_fen) for line in found.tables[name]]
        for name in DIMENSIONS
    }


def test_every_dimension(cast: Cast, received: list[Proposal]) -> None:
    found = figures(cast)
    assert found["total"] == (4, 100_000, 7_770_000), "only what is approved counts as approved"
    assert found["state"] == [("submitted", 3, 60_000, 0), ("approved", 1, 40_000, 7_770_000)]
    assert found["month"] == [("2021-06", 2, 40_000, 0), ("2021-07", 2, 60_000, 7_770_000)], "in the funder's zone"
    assert found["field"] == [("low-carbon", 3, 90_000, 7_770_000), ("food-security", 1, 10_000, 0)]
    assert {key: count for key, count, *_ in found["institution"]} == {str(cast.lead.pk): 3, str(cast.sibling.pk): 1}
    assert found["programme"] == [("joint-research", 4, 100_000, 7_770_000)]
    countries = {key for key, *_ in found["country"]}
    assert len(countries) >= 2 and all(line[1:] == (4, 100_000, 7_770_000) for line in found["country"])
    assert years_of(cast.secretary, cast.anso) == [2021]


def test_each_line_counts_what_its_list_shows(cast: Cast, received: list[Proposal]) -> None:
    found = counted(cast.secretary, cast.anso, {"year": "2021"})
    for name in DIMENSIONS:
        for line in found.tables[name]:
            listed = {row.pk for arm in filtered(cast.secretary, {"year": "2021", name: line.key}) for row in arm}
            assert len(listed) == line.count, (name, line)


TIES: dict[str, Callable[[Cast, Proposal], object]] = {
    "conflict": lambda cast, row: Conflict.objects.create(
        tenant=cast.anso, proposal=row, user=cast.secretary, kind="declared", source="declared", evidence_zh="亲属",
        evidence_en="A relative", found_at=row.created_at,
    ),
    "team": lambda cast, row: TeamMember.objects.create(tenant=cast.anso, proposal=row, user=cast.secretary),
    "writer": lambda cast, row: let_write(row, cast.secretary),
    "partner": lambda cast, row: (
        Affiliation.objects.create(user=cast.secretary, institution=cast.kenya),
        ProposalParty.objects.create(tenant=cast.anso, proposal=row, institution=cast.kenya),
    ),
    "lead": lambda cast, row: Affiliation.objects.create(user=cast.secretary, institution=row.lead_institution),
    "pi": lambda cast, row: Proposal.objects.filter(pk=row.pk).update(pi=cast.secretary),
}  # fmt: skip


@pytest.mark.parametrize("tie", TIES)
def test_whoever_is_tied_counts_without_it(cast: Cast, received: list[Proposal], tie: str) -> None:
    row = received[3]
    TIES[tie](cast, row)
    found = figures(cast)
    assert found["total"] == (3, 60_000, 0)
    assert all(key != str(cast.sibling.pk) for key, *_ in found["institution"])
    assert figures(cast, "director")["total"] == (4, 100_000, 7_770_000)
    for who in cast.people.values():
        same = Proposal.objects.filter(received_at__isnull=False)
        assert set(same.filter(untied(who))) == set(same.filter(without_conflict(who)))
    assert set(judged_by(cast.secretary)) == {one for one in received if one.pk != row.pk}


@pytest.mark.parametrize("who", ["pi", "office", "host", "reviewer1", "mo"])
def test_only_the_funders_staff_count(cast: Cast, received: list[Proposal], who: str, as_: As) -> None:
    assert figures(cast, who)["total"] == (0, 0, 0)
    assert as_(who).get(URL).status_code == as_(who).get(EXPORT).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_and_its_links(cast: Cast, call: Call, received: list[Proposal], as_: As, language: str) -> None:
    browser = as_("secretary", language)
    page = browser.get(URL).text
    assert ("7.77 万元" if language == "zh-hans" else "CNY 77,700") in page
    links = re.findall(r'<th scope="row"><a href="([^"]+)"', page)
    assert len(links) >= 9
    for link in links:
        answer = browser.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200 and answer.context["rows"], link
        assert (
            browser.get(link.replace("&amp;", "&").replace("/proposals/?", "/proposals/export.xlsx?")).status_code
            == 200
        )
    assert "?call=" in browser.get(f"/anso/calls/{call.pk}/").text and URL in browser.get("/anso/proposals/").text


@pytest.mark.parametrize(
    "query",
    ["?year=1999", "?year=x&call=%00", "?call=99999999999999999999", "?programme=none", "?year=all&month=13"],
)
def test_nonsense_is_no_error(cast: Cast, received: list[Proposal], as_: As, query: str) -> None:
    assert as_("secretary").get(URL + query).status_code == 200
    for name in ("institution", "country", "field", "year", "month", "programme"):
        for value in ("x", "%00", "9" * 30, "-1", "ZZ", "2021-13", "٢٠٢١"):
            assert as_("secretary").get(f"/anso/proposals/?{name}={value}").status_code == 200


def test_nothing_yet(cast: Cast, call: Call, as_: As) -> None:
    assert "Nothing was received yet" in as_("secretary").get(URL).text


def test_the_spreadsheet_has_all(cast: Cast, received: list[Proposal], as_: As) -> None:
    answer = as_("secretary").get(EXPORT)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == len(DIMENSIONS)
    rows = [[cell.value for cell in row] for row in book["By month of receipt"]]
    assert rows[1:] == [["2021-06", 2, 400, 0], ["2021-07", 2, 600, 77_700], ["Together", 4, 1000, 77_700]]


def test_the_page_costs_the_same_for_thirty(cast: Cast, call: Call, received: list[Proposal], as_: As) -> None:
    browser = as_("secretary")
    browser.get(URL)
    with CaptureQueriesContext(connection) as few:
        browser.get(URL)
    for number in range(30):
        make_proposal(cast, call, state=S.SUBMITTED, number=100 + number)
    with CaptureQueriesContext(connection) as many:
        browser.get(URL)
    assert len(many) <= len(few) <= 15
