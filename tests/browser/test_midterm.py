"""Mid-term evaluation in a real browser: every page passes the audit and fits a telephone, in both languages."""

from typing import Any

import pytest

from core.tenancy import tenant_scope
from tests.browser.test_drafting import sign_in
from tests.browser.test_signed_in import violations
from tests.cast import Cast
from tests.factories import make_call
from tests.projects import midterm

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = {
    "secretary": ("midterm/", "midterm/draws/{draw}/", "{inspectable}/midterm/", "{filed}/midterm/"),
    "office": ("{drawn}/midterm/",),
    "director": ("{proposed}/midterm/",),
}


@pytest.fixture
def ids(live_server: Any, cast: Cast, clock: Any) -> dict[str, int]:
    """A project at each stage."""
    clock.set(midterm.HALFWAY)
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        rows = [midterm.running(cast, call, number) for number in (1, 2, 3)]
        drawn = {one.project_id: one for one in midterm.drawn(cast, call, 3)}
        midterm.running(cast, call, 4)
        inspectable = midterm.running(cast, call, 5, approved_fen=600_000_000)
        for row in rows[1:]:
            midterm.filed(cast, drawn[row.pk])
        midterm.proposed(cast, drawn[rows[2].pk], "rectify")
    return {
        "draw": drawn[rows[0].pk].draw_id,
        "drawn": rows[0].pk,
        "filed": rows[1].pk,
        "proposed": rows[2].pk,
        "inspectable": inspectable.pk,
    }


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1280, "en")])
def test_every_page_passes_the_audit_and_fits(
    chromium: Any, live_server: Any, cast: Cast, ids: dict[str, int], width: int, language: str
) -> None:
    for who, addresses in PAGES.items():
        context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        sign_in(context, live_server.url, cast, language, who)
        page = context.new_page()
        for address in addresses:
            page.goto(f"/anso/projects/{address.format(**ids)}")
            assert violations(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
