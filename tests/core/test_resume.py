"""An expired session keeps the text of a POST, for the same person only."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from core.resume import COOKIE, FIELD, KEPT_FOR, SESSION_KEY

TARGET = "/account/password/"
TEXT = {"comment": "三年目标：建立联合实验室", "old_password": "secret-1", "many": ["a", "b"]}


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@institute.example", "a long password", name_zh="爱丽", language="en")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@institute.example", "a long password")


def expired(user: User, client: Client | None = None) -> Client:
    """A browser in which `user` was signed in until just now."""
    client = client or Client()
    client.force_login(user)
    client.get("/")
    del client.cookies["sessionid"]
    return client


def test_the_text_comes_back_after_signing_in(alice: User) -> None:
    client = expired(alice)
    answer = client.post(TARGET, TEXT)
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2Fresume%2F"

    client.post("/login/?next=/resume/", {"username": "Alice@Institute.example", "password": "a long password"})
    page = client.get("/resume/").content.decode()
    assert f'action="{TARGET}"' in page
    assert "三年目标：建立联合实验室" in page
    assert page.count('name="many"') == 2
    assert "secret-1" not in page


def test_nothing_is_lost_until_it_was_sent_again(alice: User) -> None:
    client = expired(alice)
    client.post(TARGET, TEXT)
    client.force_login(alice)
    kept = client.session[SESSION_KEY]
    client.get("/resume/")
    assert SESSION_KEY in client.session
    client.post("/i18n/", {FIELD: kept["id"], "language": "en"})
    assert SESSION_KEY not in client.session


def test_another_person_never_sees_it(alice: User, bob: User) -> None:
    client = expired(alice)
    client.post(TARGET, TEXT)
    client.force_login(bob)
    assert client.get("/resume/").status_code == 302
    assert SESSION_KEY not in client.session


def test_a_stranger_keeps_nothing(alice: User) -> None:
    client = Client()
    assert client.post(TARGET, TEXT)["Location"].startswith("/login/?next=/account")
    assert SESSION_KEY not in client.session


def test_a_forged_cookie_counts_for_nothing(alice: User) -> None:
    client = Client()
    client.cookies[COOKIE] = f"{alice.pk}:forged"
    client.post(TARGET, TEXT)
    assert SESSION_KEY not in client.session


def test_a_post_without_csrf_token_keeps_nothing(alice: User) -> None:
    client = expired(alice, Client(enforce_csrf_checks=True))
    assert client.post(TARGET, TEXT).status_code == 403
    assert SESSION_KEY not in client.session


def test_files_are_not_kept_but_mentioned(alice: User) -> None:
    client = expired(alice)
    client.post(TARGET, {"comment": "x", "file": SimpleUploadedFile("letter.pdf", b"%PDF-1.7")})
    kept = client.session[SESSION_KEY]
    assert kept["had_files"]
    assert [name for name, _values in kept["fields"]] == ["comment"]


def test_too_much_is_not_kept(alice: User) -> None:
    client = expired(alice)
    client.post(TARGET, {"comment": "x" * (1024 * 1024)})
    assert SESSION_KEY not in client.session


def test_an_old_text_is_dropped(alice: User, clock: Any) -> None:
    client = expired(alice)
    client.post(TARGET, TEXT)
    clock.forward(seconds=(KEPT_FOR + timedelta(minutes=1)).total_seconds())
    client.force_login(alice)
    assert client.get("/resume/").status_code == 302


def test_throwing_it_away(alice: User) -> None:
    client = expired(alice)
    client.post(TARGET, TEXT)
    client.force_login(alice)
    assert client.post("/resume/").status_code == 302
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("headers", [{"accept": "application/json"}, {"hx-request": "true"}])
def test_scripts_get_a_401(alice: User, headers: dict[str, str]) -> None:
    answer = expired(alice).post(TARGET, TEXT, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["login"].startswith("/login/")


def test_a_signed_in_post_is_left_alone(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.post(TARGET, {}).status_code == 200
