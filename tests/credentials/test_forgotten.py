"""A forgotten password: the same answer for everybody, a link by mail that works once, other sessions ended."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from audit.models import Event
from core import clock
from core.logs import HideTokens
from core.tenancy import tenant_scope
from credentials import throttle
from credentials.letters import NOT_KEPT
from credentials.links import tokens
from notifications.dispatch import try_effect
from notifications.models import Effect, Mail
from tests.cast import PASSWORD, Cast

NEW = "correct horse battery"


def ask(client: Client, email: str) -> Any:
    return client.post("/account/forgotten/", {"email": email})


def deliver(cast: Cast) -> None:
    """What the worker does."""
    with tenant_scope(cast.anso):
        waiting = list(Effect.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))
    for pk in waiting:
        assert try_effect(cast.anso, pk)


def link_in(body: str) -> str:
    """The path of the link in a mail."""
    found = re.search(r"http://localhost:\d+(/account/link/\S+)", body)
    assert found, body
    return found[1]


def follow(client: Client, link: str) -> str:
    """The page behind the link: its address carries no token any more."""
    answer = client.get(link)
    assert answer.status_code == 302
    assert answer["Location"].endswith("/set-password/")
    return str(answer["Location"])


def link_for(client: Client, cast: Cast, email: str) -> str:
    ask(client, email)
    deliver(cast)
    return link_in(mail.outbox[-1].body)


def test_whoever_asks_gets_the_same_answer(cast: Cast, client: Client) -> None:
    known, unknown = ask(client, cast.pi.email), ask(client, "nobody@demo.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    with tenant_scope(cast.anso):
        assert Effect.objects.count() == 2  # the same row is written: the answer takes the same time
    deliver(cast)
    assert [message.to for message in mail.outbox] == [[cast.pi.email]]
    with tenant_scope(cast.anso):
        assert {str(effect.payload) for effect in Effect.objects.all()} == {"{}"}  # no stranger's address is kept


def test_the_link_sets_a_password_once_and_ends_other_sessions(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(cast.pi)
    assert elsewhere.get("/").status_code == 200
    link = link_for(client, cast, f" {cast.pi.email.upper()} ")
    page = follow(client, link)
    assert cast.pi.email in client.get(page).content.decode()
    answer = client.post(page, {"new_password1": NEW, "new_password2": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert client.post("/login/", {"username": cast.pi.email, "password": NEW}).status_code == 302
    assert elsewhere.get("/").status_code == 302
    again = Client().get(link)
    assert again.status_code == 200
    assert "new_password1" not in again.content.decode()
    with tenant_scope(cast.anso):
        actions = list(Event.objects.order_by("seq").values_list("action", flat=True))
        assert actions == ["password.link", "password.reset"]
    deliver(cast)
    assert mail.outbox[-1].subject == "您的密码已更改"


def test_a_weak_password_is_refused_at_its_field_and_the_link_stays(cast: Cast, client: Client) -> None:
    page = follow(client, link_for(client, cast, cast.pi.email))
    for weak in ("short", "password1234", "123456789012", cast.pi.email):
        answer = client.post(page, {"new_password1": weak, "new_password2": weak})
        assert b"has-error" in answer.content, weak
    assert client.post(page, {"new_password1": NEW, "new_password2": NEW}).status_code == 302


def test_a_short_password_is_told_in_words_that_have_their_chinese(cast: Cast, client: Client) -> None:
    page = follow(client, link_for(client, cast, cast.pi.email))
    client.cookies["django_language"] = "zh-hans"
    text = client.post(page, {"new_password1": "123", "new_password2": "123"}).content.decode()
    assert "has-error" in text
    assert "This password is too short" not in text  # Django's own words, which its catalogue lacks


def test_two_pages_of_one_link_set_one_password(cast: Cast) -> None:
    first, second = Client(), Client()
    link = link_for(first, cast, cast.pi.email)
    pages = [follow(client, link) for client in (first, second)]
    first.post(pages[0], {"new_password1": NEW, "new_password2": NEW})
    answer = second.post(pages[1], {"new_password1": "another " + NEW, "new_password2": "another " + NEW})
    assert b"new_password1" not in answer.content
    assert User.objects.get(pk=cast.pi.pk).check_password(NEW)


def test_a_link_runs_out(cast: Cast, client: Client) -> None:
    link = link_for(client, cast, cast.pi.email)
    with clock.at(clock.now() + timedelta(hours=1, minutes=59)):
        assert Client().get(link).status_code == 302
    with clock.at(clock.now() + timedelta(hours=2, minutes=1)):
        assert Client().get(link).status_code == 200


def test_links_of_one_are_none_for_another(cast: Cast) -> None:
    token = tokens.make_for(cast.pi, timedelta(hours=1))
    assert tokens.check_token(cast.pi, token)
    assert not tokens.check_token(cast.office, token)


def test_a_closed_account_gets_no_link_and_an_old_one_is_dead(cast: Cast, client: Client) -> None:
    link = link_for(client, cast, cast.pi.email)
    User.objects.filter(pk=cast.pi.pk).update(is_active=False)
    assert client.get(link).status_code == 200
    ask(client, cast.pi.email)
    deliver(cast)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("user", ["MQ", "x", "9" * 4000, "%00", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"], ids=range(5))
@pytest.mark.parametrize("token", ["x", "set-password", "a-b", "zzzzzzzzzzzzzzzz-0", "%00-%00"], ids=range(5))
def test_made_up_links(user: str, token: str, cast: Cast, client: Client) -> None:
    answer = client.get(f"/account/link/{user}/{token}/")
    assert answer.status_code == 200
    assert b"new_password1" not in answer.content


@pytest.mark.parametrize(
    "email",
    ["", "not an address", "x" * 300 + "@demo.example", "a\x00@demo.example", "a@b\r\nBcc: c@d.e"],
    ids=range(5),
)
def test_bad_addresses_are_told_at_the_field(email: str, cast: Cast, client: Client) -> None:
    assert ask(client, email).status_code == 422


def test_asking_is_slowed_by_account_and_by_client_whether_it_exists_or_not(cast: Cast, client: Client) -> None:
    for email in (cast.pi.email, "nobody@demo.example"):
        for _ in range(throttle.MOST_FOR_ONE_ACCOUNT):
            assert ask(client, email).status_code == 302
        assert ask(client, email).status_code == 429
    for number in range(throttle.MOST_FROM_ONE_CLIENT):
        last = ask(client, f"person{number}@demo.example").status_code
    assert last == 429


def test_the_link_is_written_nowhere(cast: Cast, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    link = link_for(client, cast, cast.pi.email)
    token = link.rstrip("/").split("/")[-1]
    with tenant_scope(cast.anso):
        assert NOT_KEPT in Mail.objects.get().body
        rows = str(list(Mail.objects.values())) + str(list(Effect.objects.values())) + str(list(Event.objects.values()))
    assert token not in rows
    caplog.handler.addFilter(HideTokens())
    logging.getLogger("gunicorn.access").warning('"%(r)s" %(s)s', {"r": f"GET {link} HTTP/1.1", "s": 302})
    logging.getLogger("django.request").warning("Forbidden: %s", link)
    assert token not in caplog.text
    assert "/***/" in caplog.text


def test_the_host_header_does_not_choose_where_the_link_leads(cast: Cast) -> None:
    client = Client(headers={"host": "testserver"})
    link_for(client, cast, cast.pi.email)
    assert "http://localhost:8000/account/link/" in mail.outbox[-1].body


def test_a_changed_password_is_audited_told_and_ends_other_sessions(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(cast.secretary)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", fields)["Location"] == "/account/password/done/"
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    with tenant_scope(cast.anso):
        assert [event.action for event in Event.objects.all()] == ["password.change"]
    deliver(cast)
    assert mail.outbox[-1].to == [cast.secretary.email]


def test_the_letter_is_in_both_languages_one_s_own_first(cast: Cast, client: Client) -> None:
    link_for(client, cast, cast.reviewer1.email)
    assert mail.outbox[-1].subject == "Set a new password"
    body = mail.outbox[-1].body
    assert body.index("Somebody") < body.index("/account/link/") < body.index("请在 2 小时内")
