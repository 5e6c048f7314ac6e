"""Whose turn it is to sign is kept with each book, and trays and tasks are read by it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Membership
from projects import actions
from projects.models import Project
from projects.queries import policy_of
from projects.queries.signing import next_signatory, trays_of
from projects.tasklist import tasks
from tests.cast import Cast
from tests.projects.world import PARTIES, agree, being_signed, in_review, signer

pytestmark = pytest.mark.django_db


def turn(project: Project) -> tuple[str, str]:
    project.refresh_from_db()
    return project.turn_party, project.turn_role


def kinds(person: Any, cast: Cast) -> list[str]:
    return sorted(item.kind for item in tasks(person, [cast.anso]))


def test_the_turn_follows_the_signatures(cast: Cast, call: Any, clock: Any) -> None:
    project = being_signed(cast, call)
    order = policy_of(project).book.signatories
    people = {"pi": cast.pi, "office": cast.office, "secretary": cast.secretary, "host": cast.host}
    for signed, party in enumerate(PARTIES):
        following = next_signatory(policy_of(project), signed)
        assert following is not None
        assert turn(project) == (order[signed].key, order[signed].role) == (following.key, following.role)
        waits = {name for name, person in people.items() if "book-sign" in kinds(person, cast)}
        assert waits == {{"pi": "pi", "lead_institution": "office", "secretariat": "secretary", "host": "host"}[party]}
        for name in ("secretary", "host"):
            assert bool(trays_of(people[name])) == (name in waits)
        actions.sign_book(project=project, party=party, by=signer(cast, party))
    assert turn(project) == ("", "")
    assert not any("book-sign" in kinds(person, cast) for person in people.values())


def test_issuing_the_book_begins_the_turns(cast: Cast, anso: Any, clock: Any) -> None:
    project = in_review(cast)

    agree(cast, project)
    assert turn(project) == ("pi", Role.APPLICANT)


def test_another_institutions_office_and_another_funders_staff_have_no_turn(cast: Cast, call: Any) -> None:
    being_signed(cast, call, signed=1)
    Affiliation.objects.create(user=cast.stranger, institution=cast.sibling, kind=AffiliationKind.OFFICE)
    assert kinds(cast.stranger, cast) == []
    being_signed(cast, call, number=2, signed=2)
    Membership.objects.create(user=cast.charlie, tenant=cast.most, role=Role.SECRETARY)
    assert trays_of(cast.charlie) == {}
    assert kinds(cast.charlie, cast) == []


def test_more_books_take_no_more_queries(cast: Cast, call: Any, client: Any) -> None:
    client.force_login(cast.secretary)
    counts = []
    for number in (1, 12):
        for one in range(number):
            being_signed(cast, call, number=number * 20 + one, signed=2)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("projects:tray", args=["anso"]))
        assert page.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
    assert page.content.decode().count('name="items"') == 13
