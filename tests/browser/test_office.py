# ruff: noqa: F811 # fixtures of a neighbour
"""An applicant downloads the budget, fills it in, looks at what it changes and takes it; every page audited."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from proposals.models import Proposal
from tests.browser.test_drafting import at, pi, scene, stored  # noqa: F401
from tests.browser.test_signed_in import violations
from tests.cast import Cast
from tests.proposals.test_office import Sheet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def looked_at(page: Any) -> None:
    """Both widths pass the audit, and nothing sticks out on a telephone."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_budget_goes_out_and_comes_back(
    pi: Any,
    scene: dict[str, Any],
    cast: Cast,
    tmp_path: Path,
) -> None:
    draft: Proposal = scene["full"]
    pi.goto(at(draft, "edit/budget/"))
    pi.get_by_role("link", name="Word and Excel").click()
    looked_at(pi)
    with pi.expect_download() as loaded:
        pi.get_by_role("link", name="Download the budget as Excel").click()
    sheet = Sheet(Path(loaded.value.path()).read_bytes())
    sheet.cell("budget_lines", 1, "amount_fen").value = 90_000_000
    sheet.cell("budget_lines", 2, "amount_fen").value = "=A1*2"
    sheet.cell("budget_lines", 9, "name").value = "Samples on their way"
    filled = tmp_path / loaded.value.suggested_filename
    filled.write_bytes(sheet.data())
    pi.get_by_label("Word or Excel file").set_input_files(filled)
    pi.get_by_role("button", name="Show what it changes").click()
    expect(pi.locator("#troubles")).to_contain_text("Budget lines!H6")
    expect(pi.locator("#remarks")).to_contain_text("above the maximum")
    looked_at(pi)
    pi.locator("[name=take]").first.uncheck()
    pi.get_by_role("button", name="Take the ticked changes").click()
    expect(pi.locator("body")).to_contain_text("1 change was taken from the file")
    lines = stored(cast, draft).draft["budget_lines"]
    assert lines[-1]["name"] == "Samples on their way"
    assert lines[0]["amount_fen"] == 24_000_000
