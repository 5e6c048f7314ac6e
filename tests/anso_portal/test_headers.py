"""Every page of every row of the table comes with its safety headers, and holds nothing that the policy would block."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from core import clock
from tests.anso_portal.table import NOBODY, ROWS
from tests.anso_portal.test_matrix import address, ask, time_for, world  # noqa: F401 - the world is a fixture

HANDLER = re.compile(rb"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(rb"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE)
INLINE = re.compile(rb"<(script|style)\b([^>]*)>", re.IGNORECASE)
FOREIGN = re.compile(
    rb"""<(?:script|link|img|iframe|form|object|embed)\b[^>]*\s(?:src|href|action|data)\s*=\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def db(world: Any) -> None:  # noqa: F811 - the fixture
    """In place of pytest-django's: the world holds the transaction."""


def defects(answer: HttpResponse) -> list[str]:
    """What is missing or wrong."""
    found = []
    policy = answer.headers.get("Content-Security-Policy", "")
    wanted = (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
    if policy.startswith("sandbox;"):  # files: nothing in them may do anything at all
        wanted = ("default-src 'none'", "frame-ancestors 'none'")
    found += [f"policy lacks {one}" for one in wanted if one not in policy]
    found += [f"policy has {one}" for one in ("unsafe-inline", "unsafe-eval", "*", "http:", "https:") if one in policy]
    headers = {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found += [
        f"{name}: {answer.headers.get(name)}" for name, value in headers.items() if answer.headers.get(name) != value
    ]
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        body = answer.content
        found += [
            f"{what} in the page"
            for what, one in (("handler", HANDLER), ("style", STYLE), ("foreign", FOREIGN))
            if one.search(body)
        ]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        for _tag, attributes in INLINE.findall(body):
            if b"src=" in attributes or b"application/json" in attributes:
                continue
            if not nonce or f'nonce="{nonce[1]}"'.encode() not in attributes:
                found.append(f"inline without its nonce: {attributes[:80]!r}")
    return found


@pytest.mark.slow
def test_every_page(world: Any) -> None:  # noqa: F811
    wrong = []
    for row in ROWS:
        for role in (row.get or "").split()[:1]:
            with clock.at(time_for(row)):
                answer, raised = ask(world.clients[role], "GET", address(row, world))
            wrong += [f"{row.name} as {role}: {one}" for one in [*raised, *defects(answer)]]
    assert not wrong, "\n".join(wrong)


def test_refusals_too(world: Any, client: Client) -> None:  # noqa: F811
    checked = Client(enforce_csrf_checks=True)
    pages = {
        "missing": world.clients["pi"].get("/anso/no-such-page/"),
        "hidden": world.clients["charlie"].get(
            address(next(row for row in ROWS if row.name == "proposals:detail"), world)
        ),
        "to the sign-in": world.clients[NOBODY].get("/anso/proposals/"),
        "without its token": checked.post("/login/", {"username": "a", "password": "b"}),
        "too large": client.generic("POST", "/login/", CONTENT_LENGTH=str(10 * settings.MAX_UPLOAD_BYTES)),
        "an ended session": client.get("/anso/proposals/", headers={"hx-request": "true"}),
    }
    assert [pages[name].status_code for name in pages] == [404, 404, 302, 403, 413, 401]
    wrong = [f"{name}: {one}" for name, answer in pages.items() for one in defects(answer)]
    assert not wrong, "\n".join(wrong)
