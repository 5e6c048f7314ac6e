"""Every number that an address or a form may carry, as thousands of digits, signs, other scripts' digits, NUL: never a 500."""

import re
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from core import clock, limits
from tests.anso_portal.test_matrix import ask, world  # noqa: F401 - the world is a fixture
from tests.anso_portal.world import WHILE_OPEN

WILD = ["9" * 5000, "9" * 30, str(2**63), "-1", "²", "1\x00", f"{'9' * 5000}_1"]
QUERIES = [
    ("secretary", "/anso/proposals/", ["after", "before", "call", "state", "sort", "q"]),
    ("secretary", "/anso/proposals/export.xlsx", ["call", "q"]),
    ("secretary", "/anso/projects/", ["after", "before", "call", "state", "q"]),
    ("secretary", "/anso/projects/export.xlsx", ["call"]),
    ("secretary", "/anso/projects/{signing}/book.pdf", ["revision"]),
    ("secretary", "/anso/projects/{judged}/book/", ["round"]),
    ("secretary", "/anso/projects/tray/", ["party", "q"]),
    ("secretary", "/anso/reviews/experts/", ["after", "before", "q", "kind"]),
    ("secretary", "/anso/reviews/plans/", ["after", "before", "call"]),
    ("secretary", "/anso/reviews/proposals/{checked}/assign/", ["kind", "q"]),
    ("secretary", "/anso/proposals/{received}/compare/", ["a", "b"]),
    ("secretary", "/anso/acceptance/", ["after", "before", "q"]),
    ("secretary", "/anso/inbox/", ["after"]),
    ("pi", "/anso/proposals/{draft}/edit/budget/", ["add"]),
    ("pi", "/anso/proposals/{draft}/partners/p1/", ["q"]),
    ("pi", "/anso/proposals/new/{call}/", ["from", "q"]),
    ("pi", "/anso/proposals/new/{call}/", ["q"]),
    ("anonymous", "/verify/", ["code"]),
    ("anonymous", "/login/", ["next"]),
]
POSTS = [
    ("secretary", "/anso/inbox/", ["notice"]),
    ("secretary", "/anso/reviews/plans/new/", ["call"]),
    ("secretary", "/anso/reviews/plans/{plan}/add/", ["items"]),
    ("secretary", "/anso/reviews/proposals/{reviewing}/conflicts/", ["who"]),
    ("secretary", "/anso/reviews/proposals/{checked}/assign/", ["experts", "kind"]),
    ("secretary", "/anso/reviews/experts/new/", ["institution", "capacity", "country"]),
    ("secretary", "/anso/projects/tray/", ["items", "party"]),
    ("secretary", "/anso/projects/{judged}/book/", ["round"]),
    ("pi", "/anso/projects/{writing}/book/edit/", ["revision", "add_row", "remove_row"]),
    ("pi", "/anso/proposals/{draft}/edit/budget/", ["revision", "base", "add_row", "remove_row"]),
    ("pi", "/anso/proposals/{draft}/partners/p1/", ["pk"]),
    ("pi", "/anso/proposals/new/{call}/", ["lead"]),
    ("pi", "/anso/proposals/new/{call}/", ["lead", "source"]),
    ("reviewer1", "/anso/reviews/{review}/", ["revision"]),
]


@pytest.fixture(autouse=True)
def db(world: Any) -> None:  # noqa: F811 - the fixture
    """In place of pytest-django's: the world holds the transaction."""


def place(world: Any, text: str) -> str:  # noqa: F811
    return re.sub(r"\{(\w+)\}", lambda found: str(getattr(world, found[1]).pk), text)


def told(path: str, answer: Any, raised: list[str]) -> list[str]:
    return [f"{path}: {answer.status_code} {''.join(raised)[-300:]}"] if raised or answer.status_code >= 500 else []


@pytest.mark.slow
def test_wild_values_in_addresses(world: Any) -> None:  # noqa: F811
    wrong = []
    with clock.at(WHILE_OPEN):
        for role, path, names in QUERIES:
            for wild in WILD:
                url = f"{place(world, path)}?{urlencode(dict.fromkeys(names, wild))}"
                wrong += told(f"{path} {names} {wild[:20]!r}", *ask(world.clients[role], "GET", url))
    assert not wrong


@pytest.mark.slow
def test_wild_values_in_forms(world: Any) -> None:  # noqa: F811
    wrong = []
    with clock.at(WHILE_OPEN):
        for role, path, names in POSTS:
            for name, wild in product(names, [*WILD[:2], WILD[3], WILD[5]]):
                data = {name: wild, f"{name}.1": wild, f"sha256.{wild}": "x"}
                wrong += told(
                    f"{path} {name} {wild[:20]!r}", *ask(world.clients[role], "POST", place(world, path), data)
                )
    assert not wrong


def test_every_tried_address_is_a_page(world: Any) -> None:  # noqa: F811
    """Or the tries above would prove nothing."""
    with clock.at(WHILE_OPEN):
        for role, path, _names in QUERIES:
            answer, _ = ask(world.clients[role], "GET", place(world, path))
            assert answer.status_code in (200, 302), path


def test_previews_are_slowed(world: Any) -> None:  # noqa: F811
    client: Client = world.clients["pi"]
    with clock.at(WHILE_OPEN):
        for _ in range(limits.OFTEN["preview"]):
            limits.count_up(f"often:preview:{world.cast.pi.pk}", 60)
        answer, _ = ask(client, "GET", place(world, "/anso/proposals/{draft}/preview.pdf"))
        assert answer.status_code == 429
        other, _ = ask(world.clients["secretary"], "GET", place(world, "/anso/proposals/{draft}/preview.pdf"))
        assert other.status_code == 404
