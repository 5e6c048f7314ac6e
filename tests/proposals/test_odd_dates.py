"""A date typed by halves: 2022 passes through the years 2, 20 and 202, and autosave may come at any of them."""

from collections.abc import Callable

import pytest
from django.test import Client

from programs.models import Call
from proposals import actions
from proposals.models import Proposal
from tests.cast import Cast
from tests.proposals.test_drafting_api import save

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    return actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0002-01-01", "0020-12-31"),
        ("0001-01-01", "2024-12-31"),
        ("2022-01-01", "9999-12-31"),
        ("0001-01-01", "9999-12-30"),
    ],
)
def test_a_half_typed_year_is_kept_and_asked_about(
    as_: Callable[..., Client], draft: Proposal, first: str, last: str
) -> None:
    browser = as_("pi")
    answer = save(browser, draft, {"revision": 0, "data": {"start_date": first, "end_date": last}})
    assert answer.status_code == 200
    draft.refresh_from_db()
    assert (draft.draft["start_date"], draft.draft["end_date"]) == (first, last)
    for page in ("", "edit/basics/", "edit/plan/", "edit/budget/", "hand-in/"):
        answer = browser.get(f"/anso/proposals/{draft.pk}/{page}")
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
    assert "Write a valid date" in browser.get(f"/anso/proposals/{draft.pk}/hand-in/").text
