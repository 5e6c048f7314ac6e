"""Nobody is led away from the portal by an address that a stranger made up."""

import pytest
from django.test import Client

from accounts.models import User

PASSWORD = "a long password"
AWAY = [
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
    "https:///evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "//evil.example\\@testserver/",
    "https://testserver@evil.example/", "/\r\nLocation: https://evil.example", "\x00//evil.example", "http://[::1", "//[",
]  # fmt: skip
IDS = range(len(AWAY))


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@institute.example", PASSWORD, name_en="Alice", language="en")


def stays_here(location: str) -> bool:
    """A path of this portal: one slash, and no line that could begin a header."""
    return (
        location.startswith("/") and not location.startswith(("//", "/\\")) and not set(location) & set("\r\n\t\\\x00")
    )


@pytest.mark.parametrize("away", AWAY, ids=IDS)
def test_after_signing_in(alice: User, client: Client, away: str) -> None:
    answer = client.post("/login/", {"username": alice.email, "password": PASSWORD, "next": away})
    assert answer.status_code == 302
    assert stays_here(answer["Location"])


@pytest.mark.parametrize("away", AWAY, ids=IDS)
def test_after_choosing_a_language(alice: User, client: Client, away: str) -> None:
    for browser in (client, Client()):
        answer = browser.post("/i18n/", {"language": "en", "next": away}, headers={"referer": away.strip("\r\n\x00\t")})
        assert answer.status_code in (204, 302)
        assert stays_here(answer.headers.get("Location", "/"))
        client.force_login(alice)


@pytest.mark.parametrize("away", AWAY, ids=IDS)
def test_after_signing_out(alice: User, client: Client, away: str) -> None:
    client.force_login(alice)
    assert stays_here(client.post("/logout/", {"next": away})["Location"])


@pytest.mark.parametrize("away", AWAY, ids=IDS)
def test_what_the_page_of_an_ended_session_says_leads_through_the_sign_in(
    alice: User, client: Client, away: str
) -> None:
    headers = {"hx-request": "true", "hx-current-url": away.strip("\r\n\x00\t")}
    answer = client.get("/", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["login"].startswith("/login/")
