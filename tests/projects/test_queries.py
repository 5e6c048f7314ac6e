"""How many queries the pages make: few, and as many for thirty rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Membership
from accounts.standing import keep_standing, standing_of
from core.errors import NotVisible
from core.tasklist import tasks_for
from projects.enums import ProjectState
from projects.models import Project
from projects.queries.visible import get_visible, is_judged_by, judged_by, visible_to
from tests.cast import Cast
from tests.projects.world import being_signed, funded


def queries_of(client: Any, url: str) -> int:
    """Reads and writes of tables; what PostgreSQL needs for savepoints and the row-level variable isn't counted."""
    client.get(url)
    with CaptureQueriesContext(connection) as made:
        assert client.get(url).status_code == 200
    return sum(" FROM " in query["sql"] or query["sql"].startswith(("INSERT", "UPDATE")) for query in made)


@pytest.mark.parametrize("page", ["list", "tray"])
def test_lists_make_as_many_queries_for_thirty_rows(cast: Cast, call: Any, as_: Any, page: str) -> None:
    secretary, url = as_(cast.secretary), reverse(f"projects:{page}", args=["anso"])
    being_signed(cast, call, number=1, signed=2)
    few = queries_of(secretary, url)
    for number in range(2, 31):
        being_signed(cast, call, number=number, signed=2)
    many = queries_of(secretary, url)
    assert many == few <= 12, (few, many)


def test_a_projects_page_makes_few_queries(cast: Cast, call: Any, as_: Any) -> None:
    project = being_signed(cast, call, signed=4)
    assert queries_of(as_(cast.secretary), reverse("projects:detail", args=["anso", project.pk])) <= 12


def test_my_tasks_take_one_query(cast: Cast, call: Any) -> None:
    from projects.tasklist import tasks

    for number in range(1, 4):
        being_signed(cast, call, number=number, signed=2)
    funded(cast, call, number=9)
    tasks(cast.secretary, [cast.anso])  # policies are known from now on
    keep_standing(cast.secretary)
    standing_of(cast.secretary)
    with CaptureQueriesContext(connection) as made:
        items = tasks(cast.secretary, [cast.anso])
    assert len(made) == 1
    assert [one.kind for one in items] == ["book-tray"]
    assert [one.kind for one in tasks(cast.pi, [cast.anso])] == ["book-write"]
    assert tasks(cast.charlie, [cast.anso]) == []
    assert any(one.kind == "book-tray" for one in tasks_for(cast.secretary, [cast.anso]))


def test_opening_one_is_what_the_list_holds(cast: Cast, call: Any) -> None:
    """`get_visible` asks by a flag for each reason; for everybody and in every state it gives what `visible_to` does."""
    project = funded(cast, call, finance_expert=cast.expert2)
    Affiliation.objects.create(user=cast.stranger, institution=cast.lead, kind=AffiliationKind.OFFICE)
    Affiliation.objects.create(user=cast.director, institution=cast.lead)
    Membership.objects.create(user=cast.charlie, tenant=cast.most, role=Role.SECRETARY)
    seen = set()
    for state in ProjectState:
        Project.objects.filter(pk=project.pk).update(state=state)
        for name, person in cast.people.items():
            in_list = visible_to(person).filter(pk=project.pk).exists()
            try:
                found = get_visible(person, project.pk)
            except NotVisible:
                assert not in_list, (name, state)
            else:
                assert in_list, (name, state)
                assert is_judged_by(person, found) == judged_by(person).filter(pk=project.pk).exists(), (name, state)
                seen.add(name)
    assert {"pi", "office", "stranger", "secretary", "host", "expert2"} <= seen
    assert not {"director", "charlie"} & seen
