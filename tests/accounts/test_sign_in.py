"""Signing in, the pause after wrong passwords, the language, the password, the funder's colours."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import throttle
from accounts.models import User
from core.resume import COOKIE
from tests.cast import Cast

PASSWORD = "a long password"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@institute.example", PASSWORD, name_zh="爱丽", name_en="Alice", language="en")


def sign_in(client: Client, password: str = PASSWORD, following: str = "") -> Any:
    return client.post("/login/", {"username": " ALICE@institute.example ", "password": password, "next": following})


def test_the_address_counts_in_any_case(alice: User, client: Client) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_only_own_pages_follow_the_sign_in(alice: User, client: Client) -> None:
    assert sign_in(client, following="https://elsewhere.example/")["Location"] == "/"


def test_a_wrong_password_says_so_beside_no_field(alice: User, client: Client) -> None:
    answer = sign_in(client, "wrong")
    assert answer.status_code == 200
    assert b"error-summary" in answer.content


def test_a_closed_account_stays_out(alice: User, client: Client) -> None:
    alice.is_active = False
    alice.save()
    assert sign_in(client).status_code == 200


def test_guessing_is_slowed_and_a_success_forgives(alice: User, client: Client) -> None:
    for _try in range(throttle.MOST_FAILURES - 1):
        assert sign_in(client, "wrong").status_code == 200
    assert sign_in(client).status_code == 302
    for _try in range(throttle.MOST_FAILURES):
        sign_in(client, "wrong")
    assert sign_in(client).status_code == 429
    answer = client.post("/login/", {"username": "other@institute.example", "password": "x"})
    assert answer.status_code == 200


def test_the_language_is_remembered_for_mail_too(alice: User, client: Client) -> None:
    client.force_login(alice)
    client.post("/i18n/", {"language": "zh-hans", "next": "/"})
    alice.refresh_from_db()
    assert alice.language == "zh-hans"
    client.post("/i18n/", {"language": "xx"})
    alice.refresh_from_db()
    assert alice.language == "zh-hans"


def test_signing_out_needs_a_post(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/").status_code == 302


def test_a_new_password(alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.post(
        "/account/password/",
        {"old_password": PASSWORD, "new_password1": "another long one", "new_password2": "another long one"},
    )
    assert answer["Location"] == "/account/password/done/"
    assert client.get("/account/password/done/").status_code == 200
    alice.refresh_from_db()
    assert alice.check_password("another long one")


def test_the_brand_is_a_small_public_stylesheet(cast: Cast, client: Client) -> None:
    answer = client.get("/anso/brand.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert "max-age=31536000" in answer["Cache-Control"]
    assert "--brand:" in answer.content.decode()
    assert len(answer.content) < 1000
    assert client.get("/nobody/brand.css").status_code == 404


def test_who_signs_out_is_forgotten_by_the_browser(alice: User, client: Client) -> None:
    client.force_login(alice)
    client.get("/")
    assert client.cookies[COOKIE].value
    client.post("/logout/")
    assert not client.cookies[COOKIE].value
    # Nothing that somebody else sends now is kept for her.
    client.post("/account/password/", {"old_password": "x", "comment": "y"})
    assert "kept_post" not in client.session
