"""Autosave in a real browser: nothing typed is lost to a dead server, an ended session or another tab."""

import re
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from tests.browser import autosave_urls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.browser.autosave_urls")]


@pytest.fixture
def draft() -> dict[str, Any]:
    autosave_urls.DRAFT.clear()
    autosave_urls.DRAFT.update(revision=1, goal="first goal", plan="first plan")
    return autosave_urls.DRAFT


def sign_in(page: Any) -> None:
    page.fill("[name=username]", "alice@institute.example")
    page.fill("[name=password]", "a long password")
    page.click("main button")


@pytest.fixture
def form(page: Any, live_server: Any, draft: dict[str, Any]) -> Any:
    """The draft's page, opened by Alice."""
    User.objects.create_user("alice@institute.example", "a long password", name_en="Alice", language="en")
    page.goto("/login/?next=/draft/")
    sign_in(page)
    page.wait_for_url("**/draft/")
    return page


def state(page: Any, name: str) -> None:
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", name, timeout=10_000)


def stored(page: Any) -> int:
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length"))


def test_typing_is_saved_and_the_findings_follow(form: Any, draft: dict[str, Any]) -> None:
    form.fill("[name=goal]", "a better goal")
    assert stored(form) == 1
    state(form, "saved")
    assert draft["goal"] == "a better goal"
    expect(form.locator("[data-save-text]")).to_contain_text("10:00:00")
    expect(form.locator("#findings")).to_have_text("new findings")
    expect(form.locator("#field-goal [data-findings]")).to_have_text("too short")
    assert stored(form) == 0
    form.fill("[name=goal]", "a yet better goal")
    expect(form.locator("form[data-revision='3']")).to_have_count(1)
    state(form, "saved")
    assert form.locator("[data-findings]").count() == 1


def test_a_dead_server_loses_nothing(form: Any, draft: dict[str, Any]) -> None:
    draft["broken"] = True
    form.fill("[name=goal]", "typed while it was down")
    state(form, "failed")
    form.on("dialog", lambda dialog: dialog.accept())
    form.goto("about:blank")
    draft["broken"] = False
    form.goto("/draft/")
    expect(form.locator("[name=goal]")).to_have_value("typed while it was down")
    # The page's last try may have arrived too, then nothing is left to save.
    expect(form.locator("[data-save-state]")).to_have_attribute("data-state", re.compile("saved|idle"), timeout=10_000)
    assert draft["goal"] == "typed while it was down"


def test_another_tabs_version_is_shown_and_not_overwritten(form: Any, draft: dict[str, Any]) -> None:
    draft.update(revision=7, goal="their goal", plan="their plan")
    form.fill("[name=goal]", "my goal")
    state(form, "conflict")
    assert draft["goal"] == "their goal"
    dialog = form.locator("dialog")
    expect(dialog.locator("legend")).to_have_text(["Goal", "Plan"])
    dialog.locator("[name=choice-plan][value=theirs]").check()
    dialog.locator("button").click()
    state(form, "saved")
    assert (draft["goal"], draft["plan"], draft["revision"]) == ("my goal", "their plan", 8)


def test_an_ended_session_asks_to_sign_in_beside_the_text(form: Any, draft: dict[str, Any]) -> None:
    session = next(one for one in form.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)
    form.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    form.fill("[name=goal]", "typed after the session had ended")
    state(form, "signed-out")
    expect(form.locator("dialog")).to_be_visible()
    assert draft["goal"] == "first goal"
    with form.context.expect_page() as opened:
        form.locator("dialog a").click()
    opened.value.wait_for_load_state()
    sign_in(opened.value)
    opened.value.wait_for_url(lambda url: "login" not in url)
    opened.value.close()
    form.locator("[data-retry]").click()
    state(form, "saved")
    assert draft["goal"] == "typed after the session had ended"
    assert session["value"]


def test_rows_are_added_removed_and_summed(form: Any, draft: dict[str, Any]) -> None:
    form.click("[data-add-row]")
    form.keyboard.type("1,200.50")
    form.click("[data-add-row]")
    form.keyboard.type("99.5")
    expect(form.locator("[data-sum-out]")).to_have_text("1,300.00")
    names = form.locator(".row-item input").evaluate_all("inputs => inputs.map((one) => one.name)")
    assert len(set(names)) == 2
    form.locator("[data-remove-row]").first.click()
    expect(form.locator("[data-sum-out]")).to_have_text("99.50")
    state(form, "saved")
    assert [name for name in draft["fields"] if name.startswith("line-")] == names[1:]
