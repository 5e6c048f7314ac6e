"""Any two editions side by side, with who made each and when."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from programs.models import Call
from proposals import actions
from proposals.models import HandedIn, Proposal
from tests.cast import Cast
from tests.proposals.helpers import complete_draft, let_write

pytestmark = pytest.mark.django_db
As = Callable[..., Client]


@pytest.fixture
def thrice(cast: Cast, call: Call) -> Proposal:
    """Handed in three times under three titles, endorsed the third time."""
    proposal = complete_draft(cast, call)
    for title in ("Aardvarks", "Badgers", "Caterpillars"):
        proposal.refresh_from_db()
        data = {**proposal.draft, "title_en": title}
        actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)
        actions.request_endorsement(proposal=proposal, by=cast.pi)
        if title != "Caterpillars":
            actions.return_to_pi(proposal=proposal, by=cast.office, comment="Again.", field_comments={})
    actions.endorse(proposal=proposal, by=cast.office)
    proposal.refresh_from_db()
    return proposal


def page(client: Client, proposal: Proposal, **chosen: str) -> str:
    answer = client.get(f"/anso/proposals/{proposal.pk}/compare/", chosen)
    assert answer.status_code == 200
    return answer.text


def test_any_two_editions_are_compared(as_: As, thrice: Proposal) -> None:
    text = page(as_("pi"), thrice, a="h1", b="h3")
    assert "Aardvarks" in text and "Caterpillars" in text and "Badgers" not in text
    text = page(as_("pi"), thrice, a="h2", b="v1")
    assert "Badgers" in text and "Aardvarks" not in text
    assert "From Hand-in 1 to Hand-in 2" in page(as_("pi"), thrice, b="h2")
    assert "No differences" in page(as_("pi"), thrice)


def test_each_says_by_whom(as_: As, cast: Cast, thrice: Proposal) -> None:
    text = page(as_("office"), thrice)
    assert text.count(f'<td data-label="By">{cast.pi.name_en}</td>') == 3
    assert text.count(f'<td data-label="By">{cast.office.name_en}</td>') == 1
    assert "?a=h1&amp;b=h2" in text
    detail = as_("pi").get(f"/anso/proposals/{thrice.pk}/").text
    assert cast.office.name_en in detail


def test_the_funder_learns_of_no_hand_ins(as_: As, thrice: Proposal) -> None:
    text = page(as_("secretary"), thrice, a="h1", b="h2")
    assert "only one version" in text
    assert "Hand-in" not in text and "Aardvarks" not in text


def test_co_writers_choose_too(as_: As, cast: Cast, thrice: Proposal) -> None:
    let_write(thrice, cast.charlie)
    assert "Aardvarks" in page(as_("charlie"), thrice, a="h1", b="h2")


def test_one_with_itself_is_asked_again(as_: As, thrice: Proposal) -> None:
    text = page(as_("pi"), thrice, a="h1", b="h1")
    assert "Choose two different versions" in text
    for wild in ("x", "h99", "v0", "h" + "9" * 500):
        page(as_("pi"), thrice, a=wild, b=wild)


def test_queries_do_not_grow_with_the_editions(as_: As, cast: Cast, thrice: Proposal) -> None:
    pi: Any = as_("pi")
    page(pi, thrice)
    with CaptureQueriesContext(connection) as few:
        page(pi, thrice)
    last = thrice.handed_in.get(round=3)
    for round_ in range(4, 34):
        HandedIn.objects.create(
            tenant=thrice.tenant,
            proposal=thrice,
            round=round_,
            dossier_json=last.dossier_json,
            sha256=last.sha256,
            handed_in_at=last.handed_in_at,
            handed_in_by=cast.pi,
        )
    with CaptureQueriesContext(connection) as many:
        page(pi, thrice)
    assert len(many) == len(few)
