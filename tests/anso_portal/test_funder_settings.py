"""A funder's settings are its administrator's, every change is on record, and two tabs lose nothing."""

from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from anso_portal.funder_settings import change_settings, values_of
from audit.models import Event
from core.errors import NotVisible
from core.tenancy import tenant_scope
from programs.policy.places import token_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db
URL = "/anso/settings/"


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    admin = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    client.cookies["django_language"] = "en"
    client.force_login(admin)
    return client


def form_of(client: Client) -> dict[str, Any]:
    answer = client.get(URL)
    return {"seen": answer.context["seen"], **values_of(Tenant.objects.get(slug="anso"))}


def test_a_change_is_saved_and_on_record(cast: Cast, browser: Client):
    answer = browser.post(
        URL, form_of(browser) | {"joint_work_years": 5, "invitation_days": 21, "brand_colour": "#AA0000"}
    )
    assert answer.status_code == 302
    tenant = Tenant.objects.get(slug="anso")
    assert (tenant.joint_work_years, tenant.invitation_days, tenant.brand_colour) == (5, 21, "#aa0000")
    with tenant_scope(tenant):
        event = Event.objects.get(action="funder.change")
        assert event.data["joint_work_years"] == [3, 5] and set(event.data) == {
            "joint_work_years", "invitation_days", "brand_colour",
        }  # fmt: skip
    browser.post(URL, form_of(browser))
    with tenant_scope(tenant):
        assert Event.objects.filter(action="funder.change").count() == 1, "nothing changed, nothing recorded"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("joint_work_years", "0"),
        ("joint_work_years", "21"),
        ("invitation_days", "91"),
        ("invitation_days", "many"),
        ("appeal_days", "0"),
        ("appeal_days", "91"),
        ("brand_colour", "red"),
        ("brand_colour", "#12345"),
        ("name_zh", ""),
        ("name_en", "x" * 201),
        ("short_name_zh", "\x00"),
    ],
)
def test_what_is_out_of_range_is_told_at_its_field(cast: Cast, browser: Client, name: str, value: str):
    answer = browser.post(URL, form_of(browser) | {name: value})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [name]
    assert values_of(Tenant.objects.get(slug="anso")) == values_of(cast.anso)


def test_a_stale_tab_sees_both(cast: Cast, browser: Client):
    first, second = form_of(browser), form_of(browser)
    assert browser.post(URL, first | {"invitation_days": 30}).status_code == 302
    answer = browser.post(URL, second | {"invitation_days": 40})
    assert answer.status_code == 409 and b'value="40"' in answer.content
    assert 30 in dict(answer.context["present"]).values()
    assert browser.post(URL, second | {"invitation_days": 40, "seen": answer.context["seen"]}).status_code == 302
    assert Tenant.objects.get(slug="anso").invitation_days == 40


def test_nobody_else_changes_them(cast: Cast):
    for by in (cast.secretary, cast.director, cast.pi):
        with tenant_scope(cast.anso), pytest.raises(NotVisible):
            change_settings(tenant=cast.anso, by=by, values=values_of(cast.anso), seen=token_of(values_of(cast.anso)))
