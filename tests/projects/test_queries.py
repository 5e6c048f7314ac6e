"""How many queries the pages make: few, and as many for thirty rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.tasklist import tasks_for
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


def test_my_tasks_take_two_queries(cast: Cast, call: Any) -> None:
    from projects.tasklist import tasks

    for number in range(1, 4):
        being_signed(cast, call, number=number, signed=2)
    funded(cast, call, number=9)
    tasks(cast.secretary, [cast.anso])
    with CaptureQueriesContext(connection) as made:
        items = tasks(cast.secretary, [cast.anso])
    assert len(made) == 2
    assert [one.kind for one in items] == ["book-tray"]
    assert [one.kind for one in tasks(cast.pi, [cast.anso])] == ["book-write"]
    assert tasks(cast.charlie, [cast.anso]) == []
    assert any(one.kind == "book-tray" for one in tasks_for(cast.secretary, [cast.anso]))
