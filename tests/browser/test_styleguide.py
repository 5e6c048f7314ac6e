"""The design system in a real browser: audited by axe, within the screen, without a word from the console."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/styleguide/", "/login/", "/nothing-here/"]


@pytest.fixture(params=[("zh-CN", 1280), ("zh-CN", 390), ("en-GB", 1280), ("en-GB", 390)], ids=str)
def screen(request: pytest.FixtureRequest, chromium: Any, live_server: Any) -> Iterator[Any]:
    """A page in a language, at a width; dark for the narrow ones. CSP stays in force (axe is evaluated, not linked)."""
    language, width = request.param
    context = chromium.new_context(
        base_url=live_server.url,
        locale=language,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if width < 500 else "light",
    )
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_page_passes_the_audit(screen: Any, address: str) -> None:
    said: list[str] = []
    screen.on("pageerror", lambda error: said.append(str(error)))
    screen.on("console", lambda line: said.append(line.text) if "404" not in line.text else None)
    screen.goto(address)
    results = Axe().run(screen)
    assert results.violations_count == 0, results.generate_report()
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    assert not said


def test_weight_of_the_first_load(page: Any, live_server: Any) -> None:
    """Everything linked from a page, compressed as WhiteNoise and nginx serve it, stays below 200 KB."""
    import gzip

    bodies: dict[str, bytes] = {}
    page.on("response", lambda answer: bodies.__setitem__(answer.url, answer.body()))
    page.goto("/login/")
    page.wait_for_load_state("networkidle")
    sizes = {url: len(gzip.compress(body)) for url, body in bodies.items()}
    assert len(sizes) >= 8
    assert sum(sizes.values()) <= 200 * 1024, sizes
    assert len(bodies[f"{live_server.url}/login/"]) <= 30 * 1024


def test_appearance_switch_is_remembered(page: Any, live_server: Any) -> None:
    page.goto("/login/")
    assert page.evaluate("document.documentElement.dataset.bsTheme") is None
    for _press in range(2):
        page.click("[data-theme-switch]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(17, 22, 21)"
    page.click("[data-theme-switch]")
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") is None


def test_language_switch_without_script(chromium: Any, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto("/login/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("[data-theme-switch]")).to_be_hidden()
    context.close()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(page: Any, live_server: Any) -> None:
    page.goto("/styleguide/")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("#id_title_en")).to_be_focused()


def test_skip_link_comes_first(page: Any, live_server: Any) -> None:
    page.goto("/login/")
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # away from the first field
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_tray_counts_and_sums(page: Any, live_server: Any) -> None:
    page.goto("/styleguide/")
    page.locator("[data-batch] [name=items]").first.check()
    expect(page.locator("[data-batch-count]")).to_contain_text("1")
    expect(page.locator("[data-batch-sum]")).to_contain_text("1,487,700.00")
    assert page.locator("[data-batch-all]").evaluate("box => box.indeterminate")
    page.locator("[data-batch-all]").check()
    expect(page.locator("[data-batch-count]")).to_contain_text("5")
