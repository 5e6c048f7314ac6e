"""The policy studio and the settings in a real browser: readable for all, no wider than a telephone, and a rule
changed by hand."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Membership, User
from core.tenancy import tenant_scope
from programs.actions import import_programme
from programs.models import PolicyDraft
from programs.policy import builtin_text
from programs.studio import actions as drafting
from tests.browser.test_signed_in import violations
from tests.cast import build_cast

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password"
PAGES = (
    "/anso/policies/",
    "/anso/policies/new/programme/",
    "/anso/policies/new/call/",
    "/anso/policies/{draft}/",
    "/anso/policies/{draft}/part/clauses/",
    "/anso/policies/{draft}/part/clauses/4/",
    "/anso/policies/{draft}/part/form/0/",
    "/anso/policies/{draft}/part/articles/",
    "/anso/policies/{draft}/text/",
    "/anso/policies/{draft}/changes/",
    "/anso/policies/{draft}/try/",
    "/anso/policies/{draft}/publish/",
    "/anso/policies/versions/{version}/",
    "/anso/settings/",
)


@pytest.fixture
def studio(page: Any, live_server: Any) -> Any:
    """An administrator's browser, with a draft that changes a limit and lacks a title."""
    cast = build_cast()
    admin = User.objects.create_user("ada@demo.example", PASSWORD, name_zh="安达", name_en="Ada Min", language="en")
    Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    with tenant_scope(cast.anso):
        version = import_programme(tenant=cast.anso, source=builtin_text("anso/conference"), by=cast.secretary)
        text = version.source.replace("max_yuan = 300_000", "max_yuan = 350_000")
        draft = drafting.begin_draft(
            tenant=cast.anso, by=admin, kind="programme", slug="conference", source=text, base=version
        )
    page.ids = {"draft": draft.pk, "version": version.pk}
    page.tenant = cast.anso
    page.goto("/login/")
    page.fill("[name=username]", admin.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_passes_the_audit_and_fits(studio: Any, width: int) -> None:
    studio.set_viewport_size({"width": width, "height": 900})
    for address in PAGES:
        studio.goto(address.format(**studio.ids))
        assert violations(studio) == [], address
        assert studio.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_rule_is_changed_tried_and_published(studio: Any) -> None:
    studio.goto("/anso/policies/")
    studio.get_by_role("link", name="Go on with the draft").click()
    studio.get_by_role("navigation", name="Sections").get_by_role("link", name="Rules").click()
    studio.get_by_role("link", name="Total at most CNY 350,000").click()
    studio.get_by_label("Most (yuan)").fill("-1")
    studio.get_by_role("button", name="Save").click()
    expect(studio.locator("#field-max_yuan .field-finding")).to_contain_text("Line ")
    studio.get_by_label("Most (yuan)").fill("280000")
    studio.get_by_role("button", name="Save").click()
    expect(studio.get_by_text("The policy check has nothing to say.")).to_be_visible()
    studio.get_by_role("link", name="Try it").click()
    studio.get_by_label("Sample dossier").select_option("anso/conference:0")
    studio.get_by_role("button", name="Try it").click()
    expect(studio.get_by_text("Nothing stands in the way.")).to_be_visible()
    studio.get_by_role("link", name="Publish").click()
    studio.get_by_role("button", name="Publish as a new version").click()
    expect(studio.get_by_text("Version 2 is published")).to_be_visible()
    with tenant_scope(studio.tenant):
        assert not PolicyDraft.objects.exists()
