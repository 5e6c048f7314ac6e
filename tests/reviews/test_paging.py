"""Lists of people and reviews by page: nobody is lost, and who can't be asked is explained wherever they stand."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from core import clock as portal_clock
from proposals.enums import ProposalState
from proposals.queries import dossier_of_version, latest_version
from reviews.enums import AssignmentState
from reviews.models import Expert
from reviews.queries.pool import PAGE, page_of_candidates
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_every_candidate_is_on_some_page_matching_ones_first(cast: Cast, checked: Any) -> None:
    version = latest_version(checked)
    assert version is not None
    topic = dossier_of_version(version).field
    made = []
    for number in range(60):
        person = User.objects.create(email=f"page{number}@abroad{number}.example", name_en=f"Page {number:02d}")
        fields = [topic] if number % 3 == 0 else ["other-field"]
        made.append(factories.make_expert(cast.anso, person, fields=fields, capacity=number % 5).pk)
    found: list[Any] = []
    after = ""
    while True:
        page, after = page_of_candidates("domain", topic, after=after)
        assert len(page) <= PAGE
        found += page
        if not after:
            break
    assert sorted(one.pk for one in found) == sorted(
        Expert.objects.filter(is_domain=True, is_available=True).values_list("pk", flat=True)
    )
    assert set(made) <= {one.pk for one in found}
    flags = [one.is_match for one in found]
    assert flags == sorted(flags, reverse=True)
    assert sum(flags) >= 20


def test_somebody_of_a_later_page_can_be_asked_and_is_explained(cast: Cast, client_of: Any, checked: Any) -> None:
    for number in range(PAGE + 5):
        person = User.objects.create(email=f"late{number}@abroad{number}.example", name_en=f"Late {number:02d}")
        factories.make_expert(cast.anso, person, institution=cast.lead if number == 1 else None)
    secretary, address = client_of(cast.secretary), reverse("reviews:assign", args=["anso", checked.pk])
    first = secretary.get(address).content.decode()
    assert "Late 00" not in first and 'rel="next"' in first
    second = secretary.get(address, {"after": re.findall(r"after=([01]_\d+)", first)[-1]}).content.decode()
    assert "Late 00" in second
    named = secretary.get(address, {"q": "Late 01"}).content.decode()
    assert "Late 01" in named and "the lead institution of this proposal" in named and 'id="expert-' not in named
    oldest = Expert.objects.get(user__name_en="Late 00")
    due = (portal_clock.today() + timedelta(days=20)).isoformat()
    answer = secretary.post(address, {"kind": "domain", "experts": [oldest.pk], "due_date": due})
    assert answer.status_code == 303
    assert oldest.assignments.get().proposal_id == checked.pk


def test_ones_own_reviews_are_paged(cast: Cast, client_of: Any, call: Any, pool: Any) -> None:
    states = (AssignmentState.INVITED, AssignmentState.SUBMITTED, AssignmentState.DECLINED)
    for number in range(1, 61):
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, number=number)
        factories.make_assignment(proposal, pool["reviewer1"], cast.secretary, state=states[number % 3])
    client, address = client_of(cast.reviewer1), reverse("reviews:mine", args=["anso"])
    seen: list[str] = []
    page = client.get(address)
    assert len(page.context["invited"]) == 20
    while True:
        seen += [row.pk for row in page.context["past"]]
        if not page.context["older"]:
            break
        page = client.get(address, {"after": page.context["older"]})
        assert page.context["invited"] == []
    assert len(seen) == len(set(seen)) == 40
