"""An application that the secretariat returned is a draft again: staff go on seeing what was endorsed, not what is typed."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from programs.models import Call
from proposals import actions
from proposals.models import Proposal
from tests.cast import Cast
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
SECRET = "Unfinished secret"
STAFF = ("secretary", "director", "finance")


@pytest.fixture
def returned(cast: Cast, call: Call) -> Proposal:
    """Endorsed, returned by the check, and then changed by the PI in title and amount."""
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    actions.decide_check(
        proposal=proposal, by=cast.secretary, decision="return", points={}, reason="A page is missing."
    )
    proposal.refresh_from_db()
    return change(proposal, cast, f"{SECRET} (en)")


def change(proposal: Proposal, cast: Cast, title_en: str) -> Proposal:
    data: dict[str, Any] = {**proposal.draft, "title_zh": SECRET, "title_en": title_en}
    lines = [{**row, "amount_fen": 12_345_600} if n == 0 else row for n, row in enumerate(data["budget_lines"])]
    data["budget_lines"] = lines
    return actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)


@pytest.mark.parametrize("name", STAFF)
def test_staff_see_the_last_endorsed_title_and_amount(as_: As, name: str, returned: Proposal) -> None:
    browser = as_(name)
    returned.refresh_from_db()
    for page in (
        "/anso/proposals/",
        f"/anso/proposals/?q={returned.application_number}",
        f"/anso/proposals/{returned.pk}/",
    ):
        text = browser.get(page).text
        assert returned.title_en in text
        assert SECRET not in text
    assert returned.application_number not in browser.get("/anso/proposals/", {"q": SECRET}).text
    with ZipFile(BytesIO(browser.get("/anso/proposals/export.xlsx").content)) as book:
        rows = book.read("xl/sharedStrings.xml").decode()
    assert str(returned.application_number) in rows
    assert SECRET not in rows


def test_the_row_keeps_the_endorsed_amount(returned: Proposal) -> None:
    before = returned.versions.get().budget_book.total_fen
    returned.refresh_from_db()
    assert returned.requested_fen == before


def test_the_applicant_sees_the_draft_while_writing(as_: As, returned: Proposal) -> None:
    assert SECRET in as_("pi").get(f"/anso/proposals/{returned.pk}/edit/basics/").text
    answer = as_("pi").patch(
        f"/anso/proposals/{returned.pk}/autosave/",
        {"revision": returned.revision, "data": {"title_en": "Another title", "title_zh": ""}},
        content_type="application/json",
    )
    assert answer.json()["title"] == "Another title"


def test_endorsed_again_everybody_sees_the_new_title(as_: As, cast: Cast, returned: Proposal) -> None:
    proposal = Proposal.objects.get(pk=returned.pk)
    data = {**proposal.draft, "budget_lines": complete_draft(cast, proposal.call).draft["budget_lines"]}
    proposal = actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    assert SECRET not in as_("secretary").get("/anso/proposals/").text
    actions.endorse(proposal=proposal, by=cast.office)
    assert SECRET in as_("secretary").get("/anso/proposals/").text
