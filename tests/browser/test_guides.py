"""Yearly guides in a real browser: every page passes the audit and fits a telephone; one is written and handed on."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from core import clock
from core.tenancy import tenant_scope
from programs import targeting
from programs.guides import actions as guiding
from tests.browser.test_signed_in import violations
from tests.cast import Cast, build_cast
from tests.programs.guides import consulted, drafted, published, strategist_of, submitted
from tests.programs.targeted import targeted

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password"


@pytest.fixture
def cast_of_guides(live_server: Any) -> Cast:
    """The cast, with a guide in each state and everybody's password set."""
    cast = build_cast()
    cast.people["strategist"] = strategist_of(cast)
    with tenant_scope(cast.anso):
        cast.guides = {  # type: ignore[attr-defined]
            "drafted": drafted(cast, 2030),
            "consulted": consulted(cast, 2031),
            "submitted": submitted(cast, 2032),
            "published": published(cast, 2033),
        }
        guide = published(cast, 2034)
        guiding.withdraw(guide=guide, by=cast.secretary, reason_zh="经费取消。", reason_en="No funds this year.")
        cast.guides["withdrawn"] = guide  # type: ignore[attr-defined]
        new = guiding.correct(
            guide=cast.guides["published"], by=cast.secretary, reason_zh="金额有误。", reason_en="A wrong amount."
        )  # type: ignore[attr-defined]
        cast.guides["correction"] = new  # type: ignore[attr-defined]
    for name in ("secretary", "director", "strategist"):
        user = User.objects.get(pk=cast.people[name].pk)
        user.set_password(PASSWORD)
        user.language = "en"
        user.save()
    return cast


def sign_in(page: Any, email: str) -> None:
    page.context.clear_cookies()
    page.goto("/login/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login/" not in url)


PAGES = {
    "secretary": (
        "", "new/", "{drafted}/", "{drafted}/edit/", "{drafted}/consult/", "{consulted}/", "{published}/",
        "{published}/correct/", "{published}/withdraw/", "{withdrawn}/", "{correction}/",
    ),
    "director": ("{submitted}/",),
    "strategist": ("{consulted}/",),
}  # fmt: skip


def addresses(cast: Any, who: str) -> list[str]:
    ids = {name: guide.pk for name, guide in cast.guides.items()}
    return [f"/anso/guides/{tail.format(**ids)}" for tail in PAGES[who]]


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_passes_the_audit_and_fits(page: Any, cast_of_guides: Cast, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for who in PAGES:
        sign_in(page, cast_of_guides.people[who].email)
        for address in addresses(cast_of_guides, who):
            page.goto(address)
            assert violations(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_the_invited_passes_the_audit_and_fits(page: Any, cast_of_guides: Cast, width: int) -> None:
    cast = cast_of_guides
    with tenant_scope(cast.anso):
        call = targeted(cast)
        targeting.invite_institution(call=call, by=cast.secretary, institution=cast.lead)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, cast.secretary.email)
    for address in (f"/anso/calls/{call.pk}/", f"/anso/calls/{call.pk}/invited/?q=Institute"):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_guide_is_handed_from_secretary_to_expert_to_director(page: Any, cast_of_guides: Cast) -> None:
    guide = cast_of_guides.guides["drafted"]  # type: ignore[attr-defined]
    address = f"/anso/guides/{guide.pk}/"
    sign_in(page, cast_of_guides.secretary.email)
    page.goto(f"{address}consult/")
    page.get_by_label("Stella Rao").check()
    page.get_by_label("Last day for comments").fill((clock.today() + timedelta(days=9)).isoformat())
    page.get_by_role("button", name="Invite them").click()
    expect(page.get_by_text("The experts are invited.")).to_be_visible()
    sign_in(page, cast_of_guides.strategist.email)
    page.goto("/")
    expect(page.get_by_role("link", name="Guide to applications 2027").first).to_be_visible()
    page.goto(address)
    page.get_by_label("Comment").fill("More for young people.")
    page.get_by_role("button", name="Send the comment").click()
    expect(page.get_by_text("More for young people.")).to_be_visible()
    sign_in(page, cast_of_guides.secretary.email)
    page.goto(address)
    page.get_by_role("button", name="Put before the director").click()
    sign_in(page, cast_of_guides.director.email)
    page.goto(address)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_be_visible()
    sign_in(page, cast_of_guides.secretary.email)
    page.goto(address)
    page.get_by_role("button", name="Publish the guide").click()
    expect(page.get_by_text("The guide is public.")).to_be_visible()
    page.context.clear_cookies()
    page.goto(address)
    expect(page.get_by_role("link", name="Calendar file (ICS)")).to_be_visible()
