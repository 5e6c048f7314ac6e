"""Frame pages of a signed-in person, audited by axe; the text of an expired session in a real browser."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Membership, Tenant, User

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password"


@pytest.fixture
def alice(page: Any, live_server: Any) -> Any:
    """Alice's browser: secretary of two funders, signed in."""
    user = User.objects.create_user("alice@institute.example", PASSWORD, name_zh="爱丽", name_en="Alice", language="en")
    for slug, name, colour in (("anso", "ANSO", "#f0c000"), ("most", "MOST", "#7a1f2b")):
        tenant = Tenant.objects.create(
            slug=slug, name_zh=name, name_en=name, short_name_zh=name, short_name_en=name, brand_colour=colour
        )
        Membership.objects.create(user=user, tenant=tenant, role=Role.SECRETARY)
    page.goto("/login/")
    sign_in(page)
    return page


def sign_in(page: Any) -> None:
    page.fill("[name=username]", "alice@institute.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login/" not in url)


def audit(page: Any) -> None:
    assert violations(page) == []


def violations(page: Any) -> list[str]:
    """What axe finds on the page."""
    results = Axe().run(page)
    return [results.generate_report()] if results.violations_count else []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", "/account/password/", "/anso/calls/"])
def test_frame_passes_the_audit(alice: Any, address: str, scheme: str) -> None:
    """ANSO's colour here is a yellow on which nothing would be readable if it were used as it is."""
    alice.emulate_media(color_scheme=scheme)
    alice.goto(address)
    assert violations(alice) == []


def test_roles_are_switched_without_script_of_ours(alice: Any) -> None:
    alice.goto("/")
    alice.get_by_text("My roles").click()
    audit(alice)
    alice.locator("[data-menu]").first.get_by_role("link", name="Secretariat").last.click()
    expect(alice).to_have_url(re.compile("/most/"))
    alice.keyboard.press("Escape")


def test_the_text_of_an_expired_session_is_sent_again(alice: Any) -> None:
    alice.goto("/account/password/")
    alice.evaluate(
        """() => { const area = document.createElement("textarea"); area.name = "comment";
        area.value = "第一年：建立两个实验室。\\n第二年：培训。"; document.querySelector("main form").append(area); }"""
    )
    alice.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    alice.evaluate("document.querySelector('main form').submit()")
    alice.wait_for_url("**/login/**")
    sign_in(alice)
    expect(alice).to_have_url(re.compile("/resume/$"))
    expect(alice.locator("main")).to_contain_text("第二年：培训。")
    audit(alice)
    alice.get_by_role("button", name="Send it again").click()
    expect(alice.locator(".error-summary")).to_be_focused()
    alice.goto("/resume/")
    expect(alice).to_have_url(re.compile(r":\d+/$"))
