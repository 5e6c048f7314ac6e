"""Every URL × method × role: who is not let in learns no more than that there is no such page.

The rows are in table.py, the things in world.py. A URL that no row classifies fails, as does one that nobody reaches."""

import logging
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from core import clock
from core.access import PUBLIC, SIGNED_IN, declaration, walk
from tests.anso_portal.table import NOBODY, ROLES, ROWS, Row
from tests.anso_portal.world import AFTER_TERM, WHILE_OPEN, build_world
from tests.projects.midterm import HALFWAY

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Whom each method is tried as; others meet those of their rows and of COMPARED: who somebody is does not decide which
# methods a page offers, and HEAD, PUT and PATCH are the half of all requests.
THOROUGH = {NOBODY, "pi", "secretary", "mo"}
MISSING = {"code": "000000000000"}
NO_SUCH_ID = 2_000_000_000
# Compared with a missing thing's answer. HEAD is GET without its body, PUT and PATCH go as DELETE.
COMPARED = ("GET", "POST", "DELETE")
LET_IN = {200, 204, 302, 303, 400, 409, 413, 415, 422}
# What differs in any two answers, and what only repeats the address that was asked for.
TOKENS = re.compile(rb'(name="csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce="|nonce-)[A-Za-z0-9+/=_-]+')


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Built once for all cells, rolled back at the end; every cell runs in a savepoint of its own."""
    plain = [one for one in settings.MIDDLEWARE if not one.startswith("zeal.")]  # queries are counted elsewhere
    with django_db_blocker.unblock(), override_settings(MIDDLEWARE=plain), transaction.atomic():
        made = build_world()
        made.clients = {role: client_of(made, role) for role in ROLES}
        logging.disable(logging.ERROR)  # thousands of refusals, all of them meant
        yield made
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def db(world: Any) -> None:
    """In place of pytest-django's: its name tells that the database is needed; the world holds the transaction."""


def client_of(world: Any, role: str) -> Client:
    """A browser of that person; errors become answers, as in production."""
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = "en"
    if role != NOBODY:
        client.force_login(world.cast.people[role])
    return client


def name_of(route: str, pattern: Any) -> str:
    """`app:name` as reverse() takes it."""
    view_module = pattern.callback.__module__.split(".")[0]
    for name in (f"{view_module}:{pattern.name}", pattern.name):
        if name in {row.name for row in ROWS}:
            return name
    return f"{view_module}:{pattern.name}"


PATTERNS = {name_of(route, pattern): pattern for route, pattern in walk()}
ROUTES = {name_of(route, pattern): route for route, pattern in walk()}


def address(row: Row, world: Any, *, tenant: str = "anso", missing: bool = False, **swap: str) -> str:
    """The row's URL, with the ids of things or of none."""
    parts: dict[str, Any] = dict(row.fixed)
    for key, thing in (row.ids | swap).items():
        held = getattr(world, thing)
        value = held if isinstance(held, str) else held.pk
        parts[key] = MISSING.get(key, NO_SUCH_ID) if missing else value
    try:
        return reverse(row.name, kwargs={"tenant": tenant, **parts})
    except NoReverseMatch:
        return reverse(row.name, kwargs=parts)


def given(row: Row, world: Any) -> dict[str, str]:
    """The fields of the row's POST."""
    return {
        name: str(getattr(world, text[1:-1]).pk) if text.startswith("{") else text for name, text in row.data.items()
    }


def ask(client: Client, method: str, url: str, data: dict[str, str] | None = None) -> tuple[HttpResponse, list[str]]:
    """The answer, with whatever was raised; nothing that it changed stays."""
    raised: list[str] = []

    def note(sender: Any, **kwargs: Any) -> None:
        import traceback

        raised.append("".join(traceback.format_exc().splitlines(keepends=True)[-3:]))

    jar = client.cookies
    client.cookies = SimpleCookie({name: morsel.value for name, morsel in jar.items()})
    got_request_exception.connect(note)
    try:
        with transaction.atomic():
            content = {"content_type": "application/json", "data": "{}"} if method in ("PUT", "PATCH") else {}
            if method == "POST":
                content = {"data": data or {}}
            answer = getattr(client, method.lower())(url, **content)
            _ = answer.content if not answer.streaming else b"".join(answer)
            transaction.set_rollback(True)
    finally:
        got_request_exception.disconnect(note)
        client.cookies = jar
    return answer, raised


def essence(answer: HttpResponse, url: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers without tokens and without the address that was asked for."""
    kept = [
        (name, TOKENS.sub(rb"\1", value.replace(url, "").encode()).decode())
        for name, value in sorted(answer.items())
        if name not in ("X-Request-Id", "Content-Length", "Expires")  # the last one is the second of the clock
    ]
    body = TOKENS.sub(rb"\1", answer.content).replace(url.encode(), b"")
    return answer.status_code, body, kept


def expected(row: Row, method: str, role: str, roles: frozenset[str]) -> str:
    """What the table says of the cell: "in", "login", "missing" or "not offered"."""
    declared = declaration(PATTERNS[row.name]) or frozenset()
    if role == NOBODY and PUBLIC not in declared:
        return "login"
    who = row.who(method)
    if who is not None:
        return "in" if role in who else "missing"
    is_open = declared & {PUBLIC, SIGNED_IN} or declared & roles
    return "not offered" if is_open else "missing"


def met(answer: HttpResponse) -> str:
    """The same words for what happened."""
    location = str(answer.headers.get("Location", ""))
    if answer.status_code == 302 and location.startswith("/login/?next="):
        return "login"
    words = {404: "missing", 405: "not offered", 401: "login"}
    return words.get(answer.status_code, "in" if answer.status_code in LET_IN else f"status {answer.status_code}")


def roles_in(world: Any, role: str, tenant: str = "anso") -> frozenset[str]:
    """What the person is with the funder."""
    from accounts.queries import roles_of

    return frozenset() if role == NOBODY else roles_of(world.cast.people[role], getattr(world.cast, tenant))


def time_for(row: Row) -> Any:
    """Mid-term evaluations lie in the term, acceptances after it, all else while the call is open."""
    if row.name.startswith("projects:midterm"):
        return HALFWAY
    return AFTER_TERM if row.name.startswith("acceptance:") else WHILE_OPEN


def test_every_url_is_classified_and_somebody_reaches_it() -> None:
    unclassified = {route for name, route in ROUTES.items() if name not in {row.name for row in ROWS}}
    assert unclassified == set()
    assert {row.name for row in ROWS} - set(PATTERNS) == set()
    for name in PATTERNS.keys() - {"demo_clock"}:
        rows = [row for row in ROWS if row.name == name]
        assert any(row.who(method) for row in rows for method in METHODS), f"nobody reaches {name}"


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_cell_is_as_the_table_says(world: Any, role: str) -> None:
    client, roles, wrong = world.clients[role], roles_in(world, role), []
    for row in ROWS:
        there, nowhere = address(row, world), address(row, world, missing=True)
        with clock.at(time_for(row)):
            for method in METHODS if role in THOROUGH else dict.fromkeys((*COMPARED, *row.others)):
                cell = f"{method} {there} ({', '.join(row.ids.values())}) as {role}"
                answer, raised = ask(client, method, there, given(row, world))
                want = expected(row, method, role, roles)
                if raised or met(answer) != want:
                    wrong.append(f"{cell}: {met(answer)} {answer.status_code}, expected {want} {''.join(raised)}")
                    continue
                if want == "in" and method in ("GET", "HEAD"):
                    usual = 302 if row.leads_on else 303 if role in row.sent_on.split() else 200
                    if answer.status_code != usual:
                        wrong.append(f"{cell}: status {answer.status_code}")
                elif want != "in" and row.ids and method in COMPARED:
                    other, raised = ask(client, method, nowhere, given(row, world))
                    if raised or essence(answer, there) != essence(other, nowhere):
                        wrong.append(f"{cell}: differs from a missing one: {difference(answer, there, other, nowhere)}")
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong)


def difference(answer: HttpResponse, url: str, other: HttpResponse, nowhere: str) -> str:
    """The first thing in which two answers differ."""
    for one, two in zip(essence(answer, url), essence(other, nowhere), strict=True):
        if one != two and isinstance(one, bytes) and isinstance(two, bytes):
            place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
            return f"{one[max(0, place - 60) : place + 60]!r} / {two[max(0, place - 60) : place + 60]!r}"
        if one != two:
            return f"{one} / {two}"
    return "?"


@pytest.mark.slow
@pytest.mark.parametrize("role", ["secretary", "director", "pi", "mo", "mo_director"])
def test_under_another_funder_s_address_nothing_of_this_one_is_there(world: Any, role: str) -> None:
    client, wrong = world.clients[role], []
    for row in ROWS:
        if not row.ids or not ROUTES[row.name].startswith("<slug:tenant>"):
            continue
        there, nowhere = (address(row, world, tenant="most", missing=missing) for missing in (False, True))
        with clock.at(time_for(row)):
            for method in COMPARED:
                answer, raised = ask(client, method, there)
                other, more = ask(client, method, nowhere)
                if (
                    raised
                    or more
                    or answer.status_code not in (404, 405)
                    or essence(answer, there) != essence(other, nowhere)
                ):
                    wrong.append(
                        f"{method} {there} as {role}: {answer.status_code} / {other.status_code} {raised} {more}"
                    )
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong)


@pytest.mark.slow
def test_a_thing_is_not_reached_through_another_one(world: Any) -> None:
    """The attachment of one proposal by the address of another, both of which the person may see."""
    wrong = []
    for row in ROWS:
        for key, thing in row.strangers.items():
            url, nowhere = address(row, world, **{key: thing}), address(row, world, missing=True)
            for method in ("GET", "POST"):
                for role in row.who(method) or ():
                    with clock.at(time_for(row)):
                        answer, raised = ask(world.clients[role], method, url)
                        other, _ = ask(world.clients[role], method, nowhere)
                    if raised or essence(answer, url) != essence(other, nowhere) or answer.status_code != 404:
                        wrong.append(f"{method} {url} as {role}: {answer.status_code} {raised}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_ids_beyond_what_a_database_holds_are_missing_too(world: Any) -> None:
    wrong = []
    for row in ROWS:
        for key in row.ids.keys() - {"code"}:
            url = address(row, world, missing=True).replace(str(NO_SUCH_ID), "9" * 30)
            for method in ("GET", "POST", "PUT"):
                with clock.at(time_for(row)):
                    answer, raised = ask(world.clients["secretary"], method, url)
                if raised or answer.status_code not in (404, 405):
                    wrong.append(f"{method} {url} ({key}): {answer.status_code} {raised}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["/nobody/proposals/", "/anso/no-such-page/", "/anso/proposals/x/", "/anso", "/%00/"])
def test_addresses_of_no_page_are_missing_for_all(world: Any, path: str) -> None:
    for role in ("secretary", "pi"):
        answer, raised = ask(world.clients[role], "GET", path)
        assert (answer.status_code, raised) in ((404, []), (301, []))
