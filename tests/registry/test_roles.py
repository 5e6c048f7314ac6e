"""Roles are an administrator's to give and to end: on record, told, never one's own, never the last administrator's."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.enums import Role
from accounts.models import Membership, User
from audit.models import Event
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from notifications.dispatch import try_effect
from notifications.models import Effect, Notice
from registry.actions.roles import end_role, give_role, give_role_by_address
from reviews.actions import add_expert
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> User:
    admin = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    return admin


@pytest.fixture
def browser(admin: User, client: Client) -> Client:
    client.cookies["django_language"] = "en"
    client.force_login(admin)
    return client


def roles(user: User, tenant: Any) -> set[str]:
    return set(Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True))


def codes(caught: Any) -> list[str]:
    return [one.code for one in caught.value.findings]


def test_a_role_is_given_and_ended_from_the_page_told_and_on_record(cast: Cast, browser: Client) -> None:
    page = f"/anso/people/{cast.secretary.pk}/"
    answer = browser.post(page, {"do": "give", "give-role": "finance", "give-reason": "Short of hands."})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert roles(cast.secretary, cast.anso) == {"secretary", "finance"}
    browser.post(page, {"do": "end", "end-role": "finance", "end-reason": "Back to normal."})
    assert roles(cast.secretary, cast.anso) == {"secretary"}
    with tenant_scope(cast.anso):
        events = list(Event.objects.order_by("seq").values_list("action", "from_state", "to_state", "reason"))
        assert events == [
            ("membership.grant", "", "finance", "Short of hands."),
            ("membership.end", "finance", "", "Back to normal."),
        ]
        titles = list(Notice.objects.filter(user=cast.secretary).order_by("pk").values_list("title_en", flat=True))
        assert titles == [
            "ANSO gave you the role “Secretariat finance”",
            "Your role “Secretariat finance” with ANSO has ended",
        ]
    text = browser.get(page).content.decode()
    assert "Short of hands." in text and "Back to normal." in text


def test_the_role_is_gone_in_a_session_that_is_open(cast: Cast, admin: User) -> None:
    open_session = Client()
    open_session.force_login(cast.finance)
    assert open_session.get("/anso/reviews/experts/").status_code == 200
    with tenant_scope(cast.anso):
        end_role(tenant=cast.anso, by=admin, user=cast.finance, role="finance", reason="Left.")
    assert open_session.get("/anso/reviews/experts/").status_code == 404


@pytest.mark.parametrize(
    ("who", "role", "article"),
    [
        ("director", "secretary", "A23"),
        ("finance", "director", "A23"),
        ("secretary", "host", "A26"),
        ("host", "director", "A26"),
        ("reviewer1", "finance", "A16"),
        ("expert1", "admin", "A16"),
    ],
)
def test_what_must_be_kept_apart_is_refused_with_its_article(
    who: str, role: str, article: str, cast: Cast, browser: Client
) -> None:
    user = getattr(cast, who)
    page = f"/anso/people/{user.pk}/"
    answer = browser.post(page, {"do": "give", "give-role": role, "give-reason": "Because."})
    text = answer.content.decode()
    assert answer.status_code == 422 and f"({article})" in text and "Because." in text
    assert role not in roles(user, cast.anso)


def test_nobody_gives_themselves_a_role_nor_one_without_a_reason(cast: Cast, admin: User) -> None:
    with tenant_scope(cast.anso):
        for by, user, role, reason, code in (
            (admin, admin, "director", "I can.", "own"),
            (admin, cast.charlie, "strategist", "  ", "reason"),
            (admin, cast.charlie, "reviewer", "Knows it all.", "pool"),
            (admin, cast.charlie, "office", "Speaks well.", "unknown"),
            (admin, cast.secretary, "secretary", "Again.", "held"),
        ):
            with pytest.raises(Refused) as caught:
                give_role(tenant=cast.anso, by=by, user=user, role=role, reason=reason)
            assert codes(caught) == [code]
        with pytest.raises(NotVisible):
            give_role(tenant=cast.anso, by=cast.secretary, user=cast.charlie, role="strategist", reason="Mine.")
    with tenant_scope(cast.most), pytest.raises(NotVisible):
        give_role(tenant=cast.most, by=admin, user=cast.charlie, role="strategist", reason="Not mine.")
    assert not Membership.objects.filter(user=cast.charlie).exists()


def test_the_last_administrator_stays_until_there_is_another(cast: Cast, admin: User, browser: Client) -> None:
    page = f"/anso/people/{admin.pk}/"
    answer = browser.post(page, {"do": "end", "end-role": "admin", "end-reason": "Tired."})
    assert answer.status_code == 422 and "last administrator" in answer.content.decode()
    closed = User.objects.create(email="closed@demo.example", is_active=False)
    Membership.objects.create(user=closed, tenant=cast.anso, role=Role.ADMIN)
    Membership.objects.create(user=cast.mo, tenant=cast.most, role=Role.ADMIN)
    assert browser.post(page, {"do": "end", "end-role": "admin", "end-reason": "Tired."}).status_code == 422
    invited = User.objects.create_user("mistypd@demo.example")
    with tenant_scope(cast.anso):
        give_role(tenant=cast.anso, by=admin, user=invited, role="admin", reason="My successor.")
    assert browser.post(page, {"do": "end", "end-role": "admin", "end-reason": "Tired."}).status_code == 422
    with tenant_scope(cast.anso):
        give_role(tenant=cast.anso, by=admin, user=cast.charlie, role="admin", reason="My successor.")
    answer = browser.post(page, {"do": "end", "end-role": "admin", "end-reason": "Tired."})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/anso/people/").status_code == 404


def test_somebody_without_an_account_is_invited(cast: Cast, admin: User, browser: Client) -> None:
    data = {"email": " New@Demo.Example", "role": "strategist", "reason": "Knows the region."}
    answer = browser.post("/anso/people/new/", data)
    assert answer.status_code == 422 and "write a name" in answer.content.decode()
    answer = browser.post("/anso/people/new/", data | {"name_zh": "李\u200b新"})
    assert answer.status_code == 422 and "invisible" in answer.content.decode()
    assert browser.post("/anso/people/new/", data | {"name_zh": "李新"}).status_code == 302
    user = User.objects.get(email="new@demo.example")
    assert roles(user, cast.anso) == {"strategist"} and user.language == "zh-hans"
    with tenant_scope(cast.anso):
        waiting = list(Effect.objects.filter(done_at=None).values_list("pk", flat=True))
    assert all(try_effect(cast.anso, pk) for pk in waiting)
    assert [message.to for message in mail.outbox] == [["new@demo.example"]] * 2  # the link, and the notice
    assert "/account/link/" in "".join(str(message.body) for message in mail.outbox)


def test_people_are_found_and_counted_no_dearer(
    cast: Cast, browser: Client, django_assert_max_num_queries: Any
) -> None:
    def listed(query: str) -> list[str]:
        return [user.email for user, _held in browser.get(f"/anso/people/{query}").context["rows"]]

    assert listed("?q=范珠") == ["finance@demo.example"] == listed("?role=finance")
    assert listed("?q=%00") and listed("?role=nonsense&after=x")
    assert cast.mo.email not in listed("")
    for number in range(40):
        user = User.objects.create(email=f"s{number}@demo.example", name_en=f"Strategist {number}")
        Membership.objects.create(user=user, tenant=cast.anso, role=Role.STRATEGIST)
    with django_assert_max_num_queries(10):
        first = browser.get("/anso/people/?role=strategist")
    assert len(first.context["rows"]) == 25
    second = browser.get(f"/anso/people/?role=strategist&after={first.context['older']}")
    assert len(second.context["rows"]) == 15


def test_a_role_by_address_reaches_the_account_that_is_there(cast: Cast, admin: User) -> None:
    with tenant_scope(cast.anso):
        user = give_role_by_address(
            tenant=cast.anso, by=admin, email="CHARLIE@demo.example", role="strategist", reason="Asked.", name_en="Else"
        )
    assert user == cast.charlie and User.objects.get(pk=user.pk).name_en == "Charlie Cha"


def test_the_pool_takes_none_of_the_staff(cast: Cast) -> None:
    with tenant_scope(cast.anso), pytest.raises(Refused) as caught:
        add_expert(tenant=cast.anso, by=cast.secretary, email=cast.director.email, country="CN", is_domain=True)
    assert [one.article for one in caught.value.findings] == ["A16"]
