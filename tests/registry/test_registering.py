"""Somebody registers: the same answer for everybody, a link by mail, an account, and nothing kept without it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Affiliation, User
from audit.models import Event
from core import clock
from core.logs import _hidden
from core.tenancy import tenant_scope
from credentials import throttle
from notifications.dispatch import try_effect
from notifications.models import Effect, Mail
from registry.models import PlaceRequest, Registration
from registry.tasks import forget
from tests.cast import PASSWORD, Cast
from tests.factories import make_call
from tests.proposals.helpers import asked, complete_draft

pytestmark = pytest.mark.django_db
PASS = "correct horse battery"
TYPED = {
    "email": " New.Person@Shandi.example ",
    "name_zh": "新 人",
    "name_en": "",
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "language": "zh-hans",
    "place_text": "山地生态",
    "place": "",
    "has_read": "on",
}


@pytest.fixture
def browser(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def deliver(cast: Cast) -> None:
    """What the worker does."""
    with tenant_scope(cast.anso):
        waiting = list(Effect.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))
    for pk in waiting:
        assert try_effect(cast.anso, pk)


def typed(cast: Cast, **more: str) -> dict[str, str]:
    return TYPED | {"place": str(cast.lead.pk)} | more


def registered(browser: Client, cast: Cast, **more: str) -> str:
    """The link's path in the mail of somebody who has registered."""
    answer = browser.post("/anso/register/", typed(cast, **more))
    assert (answer.status_code, answer["Location"]) == (302, "/anso/register/sent/")
    deliver(cast)
    found = re.search(r"http://localhost:\d+(/anso/register/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def test_a_person_registers_and_waits_for_the_institution(cast: Cast, browser: Client) -> None:
    link = registered(browser, cast)
    assert not User.objects.filter(email="new.person@shandi.example").exists()
    page = browser.get(link).content.decode()
    assert "Institute of Mountain Ecology" in page and "new.person@shandi.example" in page
    answer = browser.post(link, {"new_password1": "short", "new_password2": "short"})
    assert answer.status_code == 422 and "has-error" in answer.content.decode()
    answer = browser.post(link, {"new_password1": PASS, "new_password2": PASS})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    user = User.objects.get(email="new.person@shandi.example")
    assert (user.name_zh, user.orcid, user.language) == ("新 人", "0000-0002-1825-0097", "zh-hans")
    assert browser.login(username=user.email, password=PASS)
    assert PlaceRequest.objects.get(user=user).institution == cast.lead
    assert not Affiliation.objects.filter(user=user).exists()
    deliver(cast)
    assert mail.outbox[-1].to == [cast.office.email] and "新 人申请加入贵单位" in mail.outbox[-1].subject
    with tenant_scope(cast.anso):
        assert not Registration.objects.exists()
        assert list(Event.objects.order_by("seq").values_list("action", flat=True)) == ["person.register", "place.ask"]
    again = Client().post(link, {"new_password1": "another " + PASS, "new_password2": "another " + PASS})
    assert "holds no longer" in again.content.decode() or "已失效" in again.content.decode()
    assert User.objects.get(pk=user.pk).check_password(PASS)


def test_whoever_registers_gets_the_same_answer(cast: Cast, browser: Client) -> None:
    def ask(email: str) -> tuple[Any, ...]:
        answer = browser.post("/anso/register/", typed(cast, email=email))
        return answer.status_code, answer["Location"], answer.content

    assert ask(cast.pi.email) == ask("nobody@shandi.example")
    with tenant_scope(cast.anso):
        assert (Registration.objects.count(), Effect.objects.count()) == (2, 2)  # the same rows, hence the same time
    deliver(cast)
    known, unknown = mail.outbox
    assert known.to == [cast.pi.email] and "/account/forgotten/" in str(known.body)
    assert "/anso/register/" not in str(known.body) and "/anso/register/" in str(unknown.body)
    with tenant_scope(cast.anso):
        assert [row.email for row in Registration.objects.all()] == ["nobody@shandi.example"]
        assert not any("/register/" in one.body for one in Mail.objects.all()), "no link is kept"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("orcid", "0000-0002-1825-0098", "no ORCID"),
        ("orcid", "https://ror.org/05qbk4x57", "no ORCID"),
        ("email", "not an address", "valid email"),
        ("name_zh", "", "Write your name"),
        ("name_zh", "新\u202e人", "invisible"),
        pytest.param("name_zh", "\u0958" * 80, "160", id="one letter that is two in NFC"),
        ("place_text", "Nowhere\x00", ""),
        ("place", "999999", ""),
        ("language", "klingon", ""),
        ("has_read", "", "required"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    field: str, value: str, words: str, cast: Cast, browser: Client
) -> None:
    answer = browser.post("/anso/register/", typed(cast, **{field: value}))
    text = answer.content.decode()
    assert answer.status_code == 422 and "has-error" in text and words in text
    assert field == "place_text" or "山地生态" in text
    with tenant_scope(cast.anso):
        assert not Registration.objects.exists()


def test_the_institution_is_found_chosen_or_missing(cast: Cast, browser: Client) -> None:
    found = browser.post("/anso/register/", TYPED | {"place_text": "CAS", "do": "search", "email": ""})
    text = found.content.decode()
    assert found.status_code == 200 and "has-error" not in text
    assert text.count('type="radio" name="place"') == 4  # three institutes, and "not among them"
    answer = browser.post("/anso/register/", TYPED | {"place_text": "CAS"})
    assert answer.status_code == 422 and "Choose your institution" in answer.content.decode()
    link = registered(browser, cast, place="missing")
    answer = browser.post(link, {"new_password1": PASS, "new_password2": PASS})
    assert answer["Location"] == "/login/?next=/anso/institutions/new/"
    assert User.objects.filter(email="new.person@shandi.example").exists() and not PlaceRequest.objects.exists()
    exact = browser.post("/anso/register/", TYPED | {"email": "b@shandi.example", "place_text": cast.lead.name_en})
    assert exact.status_code == 302


def test_what_is_not_confirmed_in_time_is_forgotten(cast: Cast, browser: Client) -> None:
    link = registered(browser, cast)
    with clock.at(clock.now() + timedelta(hours=48, minutes=1)):
        assert "new_password1" not in browser.get(link).content.decode()
        browser.post(link, {"new_password1": PASS, "new_password2": PASS})
        assert forget() == 1
    with tenant_scope(cast.anso):
        assert not Registration.objects.exists() and not Mail.objects.exists()
    assert not User.objects.filter(email="new.person@shandi.example").exists()


@pytest.mark.usefixtures("clock")
def test_only_one_s_own_letters_are_forgotten(cast: Cast, browser: Client) -> None:
    """Anybody can type anybody's address; what others were sent stays on record."""
    with tenant_scope(cast.anso):
        asked(complete_draft(cast, make_call(cast.anso, cast.secretary)), "ke")
    deliver(cast)
    registered(browser, cast, email="wanjiku@partner.example")
    with tenant_scope(cast.anso):
        assert Mail.objects.filter(recipient="wanjiku@partner.example").count() == 2
        Registration.objects.update(ends_at=clock.now())
    forget()
    with tenant_scope(cast.anso):
        left = Mail.objects.get(recipient="wanjiku@partner.example")
    assert "partner" in left.message_id


def test_a_link_that_nobody_signed_or_of_another_funder_is_none(cast: Cast, browser: Client) -> None:
    link = registered(browser, cast)
    forged = re.sub(r"/register/\d+", "/register/77", link)
    for wrong in (forged, link[:-3] + "x/", link.replace("/anso/", "/most/")):
        answer = browser.get(wrong)
        assert answer.status_code == 200 and "new_password1" not in answer.content.decode(), wrong
    assert link.split("/")[3] not in str(_hidden(f"GET {link} HTTP/1.1"))


def test_an_account_opened_meanwhile_is_not_touched(cast: Cast, browser: Client) -> None:
    link = registered(browser, cast)
    User.objects.create_user("new.person@shandi.example", PASSWORD, name_en="Somebody Else")
    answer = browser.post(link, {"new_password1": PASS, "new_password2": PASS})
    assert answer.status_code == 200 and "new_password1" not in answer.content.decode()
    assert User.objects.get(email="new.person@shandi.example").check_password(PASSWORD)


def test_too_many_registrations_pause(cast: Cast, browser: Client) -> None:
    for _ in range(throttle.MOST_FOR_ONE_ACCOUNT):
        assert browser.post("/anso/register/", typed(cast)).status_code == 302
    assert browser.post("/anso/register/", typed(cast)).status_code == 429
    assert browser.post("/account/forgotten/", {"email": TYPED["email"].strip()}).status_code == 302, "its own count"
