"""In Chromium: typing is saved and summed, rows come and go, a tray is signed and its page follows the job."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from core.tenancy import tenant_scope
from projects import actions
from projects.models import Project, SigningBatch
from tests.cast import PASSWORD, Cast
from tests.factories import make_call
from tests.processes import wait_until
from tests.projects.world import being_signed, start

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def sign_in(page: Any, live_server: Any, person: Any) -> None:
    client = Client()
    client.force_login(person)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )


def test_typing_is_summed_and_saved(cast: Cast, clock: Any, live_server: Any, page: Any) -> None:
    with tenant_scope(cast.anso):
        project = start(cast, amount_fen=100_000_000)
    first = project.book_draft["budget_lines"][0]["key"]
    sign_in(page, live_server, cast.pi)
    page.goto(f"/anso/projects/{project.pk}/book/edit/")
    together = page.locator("[data-sum-out=lines]")
    assert together.inner_text() == "1,200,000.00"
    page.locator(f"[name='budget_lines.{first}.amount_fen']").fill("40,000.00")
    assert together.inner_text() == "1,000,000.00"
    page.locator("[data-save-state][data-state=saved]").wait_for()
    page.get_by_role("button", name="Add a budget line").click()
    page.locator("[data-rows=budget_lines] .row-item").last.locator("[name$='.name']").fill("New line")
    page.locator("[data-save-state][data-state=unsaved]").wait_for()
    page.locator("[data-save-state][data-state=saved]").wait_for()

    def saved() -> list[dict[str, Any]]:
        with tenant_scope(cast.anso):
            lines: list[dict[str, Any]] = Project.objects.get(pk=project.pk).book_draft["budget_lines"]
        return lines

    wait_until(lambda: [line["name"] for line in saved()][-1] == "New line", seconds=10)
    assert saved()[0]["amount_fen"] == "40,000.00"
    assert page.locator("#findings").inner_text().count("New line") > 0


def test_a_tray_is_signed_and_its_page_follows(cast: Cast, clock: Any, live_server: Any, page: Any) -> None:
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        for number in (1, 2, 3):
            being_signed(cast, call, number=number, signed=2)
    sign_in(page, live_server, cast.secretary)
    page.goto("/anso/projects/tray/")
    page.locator("thead [data-batch-all]").check()
    assert "3 selected" in page.locator("[data-batch-count]").inner_text()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the chosen books").click()
    page.wait_for_url("**/batches/*/")
    assert "0 of 3" in page.locator("#job-page").inner_text()
    with tenant_scope(cast.anso):
        batch = SigningBatch.objects.get()
    actions.work_off(batch.pk, cast.anso.pk)
    page.locator("text=Finished").wait_for()
    assert "3 of 3" in page.locator("#job-page").inner_text()
    assert page.locator(".receipts .icon-ok").count() == 3
