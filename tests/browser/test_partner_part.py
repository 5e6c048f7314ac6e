"""A partner's contact on a phone without scripts: writes the own part, adds a person, confirms; audited in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from proposals.actions.partnering import token_of
from proposals.models import PartnerLink
from tests.browser.test_drafting import sign_in
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.helpers import asked, complete_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def link(cast: Cast, clock: Any) -> Iterator[PartnerLink]:
    """The Kenyan partner's, of a whole draft."""
    with tenant_scope(cast.anso):
        return asked(complete_draft(cast, make_call(cast.anso, cast.secretary)), "ke")


def audited(page: Any) -> None:
    """No violation, and nothing wider than the screen."""
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_contact_writes_and_confirms_on_a_phone(
    chromium: Any, link: PartnerLink, cast: Cast, live_server: Any
) -> None:
    phone = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="en"
    )
    page = phone.new_page()
    page.goto(f"/anso/proposals/partner/{token_of(link)}/")
    page.get_by_label("Division of labour").fill("Field work in three counties.")
    page.get_by_role("button", name="Add a person").click()
    page.locator("[name^='participants.'][name$='.name']").last.fill("Amina Yusuf")
    page.get_by_role("button", name="Save, read and confirm").click()
    expect(page.locator("main")).to_contain_text("Field work in three counties.")
    expect(page.locator("main")).to_contain_text("Amina Yusuf")
    page.get_by_label("Your position").fill("Director of research")
    page.get_by_label("I am entitled").check()
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.locator("main")).to_contain_text("Your confirmation is recorded")
    phone.close()
    for language, width in (("zh-hans", 390), ("en", 1280)):
        context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        sign_in(context, live_server.url, cast, language)
        page = context.new_page()
        for address in ("", "confirm/"):
            page.goto(f"/anso/proposals/partner/{token_of(link)}/{address}")
            audited(page)
        page.goto(f"/anso/proposals/{link.proposal_id}/partners/")
        audited(page)
        context.close()
