"""Who else has a draft open: told to its writers, forgotten within a minute, for no query."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from programs.models import Call
from proposals.forms.desk import Desk
from proposals.forms.presence import GONE_AFTER, mark_partner, present
from proposals.models import Proposal
from tests.cast import Cast
from tests.proposals.helpers import asked, complete_draft, let_write

pytestmark = pytest.mark.django_db
As = Callable[..., Client]


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    proposal = complete_draft(cast, call)
    let_write(proposal, cast.charlie)
    return proposal


def at(draft: Proposal, section: str) -> str:
    return f"/anso/proposals/{draft.pk}/presence/{section}/"


def test_writers_see_each_other_until_they_are_gone(draft: Proposal, as_: As, clock: Any) -> None:
    pi, charlie = as_("pi"), as_("charlie", "zh-hans")
    assert "open" not in pi.get(at(draft, "budget")).text
    assert "Shan Pei" not in as_("pi").get(at(draft, "budget")).text
    assert "裴山" in charlie.get(f"/anso/proposals/{draft.pk}/edit/parties/").text
    clock.forward(seconds=GONE_AFTER - 1)
    assert "Charlie Cha has “Institutions” open" in pi.get(at(draft, "budget")).text
    saved = charlie.patch(
        f"/anso/proposals/{draft.pk}/autosave/",
        {"revision": draft.revision, "page": "basics", "base": "", "fields": {}},
        content_type="application/json",
    )
    assert saved.status_code == 200 and 'id="presence"' in saved.json()["rail_html"]
    assert "Charlie Cha is writing in “Basics”" in pi.get(at(draft, "budget")).text
    clock.forward(seconds=GONE_AFTER)
    assert "Charlie" not in pi.get(at(draft, "budget")).text


def test_it_costs_no_query_and_tells_of_partners_too(
    draft: Proposal, cast: Cast, django_assert_num_queries: Any
) -> None:
    link, desk = asked(draft, "ke"), Desk(draft)
    page, _ = desk.page("budget"), desk.dossier
    with django_assert_num_queries(0), translation.override("en"):
        mark_partner(desk, link, writes=True)
        assert [text.split(" is writing")[0] for text in present(desk, page, cast.pi)] == [
            "Himalayan Academy of Science"
        ]
    cache.clear()
    assert present(desk, page, cast.pi) == []
