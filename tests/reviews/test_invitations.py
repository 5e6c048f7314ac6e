"""An expert whom the secretariat adds gets an account, a letter with a link, and thereby a password."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Tenant, User
from audit.models import Event
from core import clock
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from reviews import actions
from reviews.models import Expert
from tests.cast import Cast
from tests.credentials.test_forgotten import NEW, deliver, follow, link_in

EMAIL = "fresh@abroad.example"


@pytest.fixture
def expert(cast: Cast) -> Expert:
    with tenant_scope(cast.anso):
        return actions.add_expert(
            tenant=cast.anso, by=cast.secretary, email=EMAIL, country="FR", name_en="Fresh Face", is_domain=True,
            has_consented=True,
        )  # fmt: skip


def test_the_invited_set_a_password_and_sign_in(cast: Cast, expert: Expert, client: Client) -> None:
    deliver(cast)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([EMAIL], "ANSO invites you to its grant portal")
    page = follow(client, link_in(letter.body))
    client.post(page, {"new_password1": NEW, "new_password2": NEW})
    assert client.post("/login/", {"username": EMAIL, "password": NEW}).status_code == 302
    assert client.get("/anso/reviews/mine/").status_code == 200
    with tenant_scope(cast.anso):
        assert [event.action for event in Event.objects.order_by("seq")][-2:] == ["expert.invite", "password.first"]


@pytest.mark.parametrize(("days", "is_good"), [(13.99, True), (14.01, False)])
def test_an_invitation_holds_as_long_as_the_funder_says(
    days: float, is_good: bool, cast: Cast, expert: Expert, client: Client
) -> None:
    deliver(cast)
    with clock.at(clock.now() + timedelta(days=days)):
        assert (client.get(link_in(mail.outbox[0].body)).status_code == 302) == is_good


def test_another_funder_s_days(cast: Cast, client: Client) -> None:
    Tenant.objects.filter(pk=cast.anso.pk).update(invitation_days=30)
    cast.anso.refresh_from_db()
    with tenant_scope(cast.anso):
        actions.add_expert(
            tenant=cast.anso,
            by=cast.secretary,
            email=EMAIL,
            country="FR",
            name_en="F",
            is_domain=True,
            has_consented=True,
        )
    deliver(cast)
    with clock.at(clock.now() + timedelta(days=29)):
        assert client.get(link_in(mail.outbox[0].body)).status_code == 302


def test_whoever_has_a_password_is_not_invited(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        actions.add_expert(tenant=cast.anso, by=cast.secretary, email=cast.stranger.email, country="CN", is_domain=True)
    deliver(cast)
    assert mail.outbox == []


def test_a_lost_invitation_is_sent_again_by_the_secretariat_after_an_hour(cast: Cast, expert: Expert) -> None:
    client = Client()
    client.force_login(cast.secretary)
    page = client.get(f"/anso/reviews/experts/{expert.pk}/").content.decode()
    assert f"/anso/reviews/experts/{expert.pk}/invite/" in page
    send_again = f"/anso/reviews/experts/{expert.pk}/invite/"
    assert client.post(send_again).status_code == 303
    deliver(cast)
    assert len(mail.outbox) == 1  # a second click
    with clock.at(clock.now() + timedelta(hours=2)):
        client.post(send_again)
        deliver(cast)
    assert len(mail.outbox) == 2


def test_only_the_secretariat_sends_it_again(cast: Cast, expert: Expert) -> None:
    for person in (cast.finance, cast.director, cast.pi, cast.mo):
        with tenant_scope(cast.anso), pytest.raises(NotVisible):
            actions.invite_again(expert=expert, by=person)


def test_not_to_one_who_has_a_password(cast: Cast, expert: Expert, client: Client) -> None:
    deliver(cast)
    client.post(follow(client, link_in(mail.outbox[0].body)), {"new_password1": NEW, "new_password2": NEW})
    with clock.at(clock.now() + timedelta(hours=2)), tenant_scope(cast.anso), pytest.raises(Refused):
        actions.invite_again(expert=expert, by=cast.secretary)


def test_an_invitation_that_waited_until_there_is_a_password_is_dropped(cast: Cast, expert: Expert) -> None:
    user: Any = User.objects.get(email=EMAIL)
    user.set_password(NEW)
    user.save()
    deliver(cast)
    assert mail.outbox == []


def test_a_forgotten_invitation_is_helped_by_the_sign_in_page_too(cast: Cast, expert: Expert, client: Client) -> None:
    client.post("/account/forgotten/", {"email": EMAIL})
    deliver(cast)
    assert {message.subject for message in mail.outbox} == {
        "Set a new password",
        "ANSO invites you to its grant portal",
    }
