"""Throttles count by an address that the client can't choose, and bodies are refused before they are read."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from accounts import throttle
from core.client import client_address, count_up


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # without a proxy the header is the client's own invention
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_client_address(proxies: int, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="192.0.2.1")
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected


@override_settings(TRUSTED_PROXIES=1)
def test_one_visitor_behind_the_proxy_does_not_lock_out_the_others(db: None) -> None:
    """All come from the proxy's address; the verification page and the sign-in count the visitors behind it."""
    for _ in range(31):
        Client(headers={"x-forwarded-for": "203.0.113.9"}).get(reverse("verify", args=["000000000000"]))
    noisy = Client(headers={"x-forwarded-for": "6.6.6.6, 203.0.113.9"}).get(reverse("verify", args=["000000000000"]))
    quiet = Client(headers={"x-forwarded-for": "203.0.113.10"}).get(reverse("verify", args=["000000000000"]))
    assert (noisy.status_code, quiet.status_code) == (429, 404)


def test_one_password_tried_on_many_accounts(db: None) -> None:
    client = Client()
    for number in range(throttle.MOST_FAILURES_FROM_ONE_ADDRESS):
        request = RequestFactory().post("/login/")
        throttle.count_failure(request, f"person{number}@demo.example")
    answer = client.post(reverse("login"), {"username": "fresh@demo.example", "password": "spring2021"})
    assert answer.status_code == 429
    throttle.forget_failures(request, "person1@demo.example")
    assert throttle.is_paused(request, "person1@demo.example")


def test_counting_survives_the_end_of_the_period(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    cache.set("n", 5)
    monkeypatch.setattr(cache, "incr", lambda key: (_ for _ in ()).throw(ValueError))
    count_up("n", 60)
    assert cache.get("n") == 1


@pytest.mark.parametrize("length", ["41943041", "9" * 40, "-1", "1e3"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_endless_body_is_refused_unread(length: str, language: str, db: None, client: Client) -> None:
    class Untouched:
        def read(self, *args: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    client.cookies["django_language"] = language
    answer = client.generic(
        "POST",
        reverse("verify", args=["000000000000"]),
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Untouched(), "CONTENT_LENGTH": length},
    )
    assert answer.status_code == 413
    assert ("Nothing was sent or changed" in answer.content.decode()) == (language == "en")


def test_a_file_somewhat_too_large_still_reaches_its_form(db: None, client: Client) -> None:
    large = SimpleUploadedFile("large.pdf", b"%PDF-" + b"x" * (30 * 1024 * 1024))
    answer = client.post(reverse("verify", args=["000000000000"]), {"file": large})
    assert answer.status_code == 404  # the form's own answer: there is no such document
