"""An applicant at work in Chromium: typing, autosave, live findings, rows, pasted cells, two tabs, a phone; audited."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from proposals import actions
from proposals.models import Proposal
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.helpers import complete_draft, let_write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PAGES = ("basics", "objectives", "people", "parties", "plan", "budget", "payments", "attachments")


@pytest.fixture
def scene(cast: Cast, clock: Any) -> Iterator[dict[str, Any]]:
    """An open call with an empty and a whole draft of the cast's PI."""
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        empty = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
        full = complete_draft(cast, call)
    return {"call": call, "empty": empty, "full": full}


@pytest.fixture
def pi(page: Any, live_server: Any, cast: Cast) -> Any:
    sign_in(page.context, live_server.url, cast)
    return page


def sign_in(context: Any, url: str, cast: Cast, language: str = "en", who: str = "pi") -> None:
    client = Client()
    client.force_login(cast.people[who], backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [
            {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url},
            {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url},
        ]
    )


def at(proposal: Proposal, page: str) -> str:
    return f"/anso/proposals/{proposal.pk}/{page}"


def stored(cast: Cast, proposal: Proposal) -> Proposal:
    with tenant_scope(cast.anso):
        proposal.refresh_from_db()
    return proposal


def saved(page: Any) -> None:
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")


def unsaved_then_saved(page: Any) -> None:
    with page.expect_response(re.compile("autosave")) as answer:
        pass
    assert answer.value.status == 200
    saved(page)


# ---------------------------------------------------------------- typing
def test_what_is_typed_is_saved_and_judged_at_once(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["empty"], "edit/basics/"))
    expect(pi.locator("[data-at=title_en]")).to_contain_text("Please fill in")
    with pi.expect_response(re.compile("autosave")):
        pi.get_by_label("Title (English)").fill("Mountains and water")
    saved(pi)
    expect(pi.locator("[data-at=title_en] p")).to_have_count(0)
    expect(pi.locator("h1")).to_have_text("Mountains and water")
    expect(pi.locator("#draft-rail [aria-current] small")).to_contain_text("4 to fill in")
    assert stored(cast, scene["empty"]).draft["title_en"] == "Mountains and water"


def test_a_wrong_amount_is_marked_kept_and_put_right(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["full"], "edit/budget/"))
    amount = pi.locator("[name$='.amount_fen']").first
    with pi.expect_response(re.compile("autosave")):
        amount.fill("100万")
    saved(pi)
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(pi.locator("tr.line-remarks").first).to_contain_text("Write the amount in yuan as digits")
    expect(pi.locator("#findings")).to_contain_text("below the minimum")
    pi.reload()
    expect(pi.locator("[name$='.amount_fen']").first).to_have_value("100万")
    with pi.expect_response(re.compile("autosave")):
        pi.locator("[name$='.amount_fen']").first.fill("240,000")
    expect(pi.locator("#findings")).to_contain_text("Nothing stands in the way")
    expect(pi.locator("[aria-invalid]")).to_have_count(0)


def test_sums_follow_the_typing_and_price_times_quantity(pi: Any, scene: dict[str, Any]) -> None:
    pi.goto(at(scene["full"], "edit/budget/"))
    total = pi.locator("[data-sum-row='*']")
    expect(total).to_contain_text("1,200,000.00")
    expect(total).to_contain_text("120")
    pi.get_by_role("button", name="Add a line").click()
    line = pi.locator("tbody[data-line]").last
    line.locator("[name$='.category']").select_option("materials")
    line.locator("[name$='.unit_price_fen']").fill("0.1")
    line.locator("[name$='.quantity']").fill("3")
    expect(line.locator("[name$='.amount_fen']")).to_have_value("0.30")
    expect(total).to_contain_text("1,200,000.30")
    expect(total).to_contain_text("120.00003")


def test_the_grid_is_worked_by_keyboard(pi: Any, scene: dict[str, Any]) -> None:
    pi.goto(at(scene["full"], "edit/budget/"))
    lines = pi.locator("tbody[data-line]")
    count = lines.count()
    lines.last.locator("[name$='.name']").focus()
    pi.keyboard.press("Enter")
    expect(lines).to_have_count(count + 1)
    expect(lines.last.locator("[name$='.name']")).to_be_focused()
    pi.keyboard.press("ArrowUp")
    expect(lines.nth(count - 1).locator("[name$='.name']")).to_be_focused()


def test_cells_are_pasted_from_a_spreadsheet(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["empty"], "edit/budget/"))
    pi.get_by_role("button", name="Add a line").click()
    cells = (
        "Travel\tField visits\t\t\t\t\t12,000.50\tTwo visits\tJoint work\r\nNonsense\tMore\t\t\t\t\t100万\t=cmd()\t\r\n"
    )
    with pi.expect_response(re.compile("autosave")):
        pi.evaluate(
            """text => {
              const data = new DataTransfer();
              data.setData('text/plain', text);
              document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
            }""",
            cells,
        )
    expect(pi.locator("tbody[data-line]")).to_have_count(2)
    expect(pi.locator("[data-sum-row='*']")).to_contain_text("12,000.50")
    saved(pi)
    first, second = stored(cast, scene["empty"]).draft["budget_lines"]
    assert (first["category"], first["amount_fen"], first["basis"]) == ("travel", "12,000.50", "Two visits")
    assert (second["category"], second["amount_fen"], second["basis"]) == ("Nonsense", "100万", "=cmd()")


# ---------------------------------------------------------------- rows
def test_a_partner_is_found_in_the_directory(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["empty"], "edit/parties/"))
    pi.get_by_role("button", name="Add a partner").click()
    pi.get_by_role("button", name="Find in the directory").click()
    pi.get_by_label("Part of the name").fill("kandy")
    with pi.expect_response(re.compile("autosave")):
        pi.get_by_role("button", name="Take Kandy").click()
    expect(pi.get_by_text("From the directory")).to_be_visible()
    saved(pi)
    (party,) = stored(cast, scene["empty"]).draft["parties"]
    assert (int(party["institution_id"]), party["country"]) == (cast.lanka.pk, "LK")
    with pi.expect_response(re.compile("autosave")):
        pi.get_by_role("button", name="Remove").click()
    saved(pi)
    assert stored(cast, scene["empty"]).draft["parties"] == []


def test_people_are_added_and_keep_their_places(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["full"], "edit/people/"))
    keys = [row["key"] for row in scene["full"].draft["participants"]]
    pi.get_by_role("button", name="Add a person").click()
    with pi.expect_response(re.compile("autosave")):
        pi.locator("[name$='.name']").last.fill("Ada")
    saved(pi)
    people = stored(cast, scene["full"]).draft["participants"]
    assert [row["key"] for row in people][:-1] == keys
    assert people[-1]["name"] == "Ada"


# ---------------------------------------------------------------- two tabs, a lost session
def test_a_second_tab_is_compared_and_nothing_is_lost(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["full"], "edit/basics/"))
    other = pi.context.new_page()
    other.goto(at(scene["full"], "edit/basics/"))
    with other.expect_response(re.compile("autosave")):
        other.get_by_label("Title (English)").fill("From the other tab")
    saved(other)
    with pi.expect_response(re.compile("autosave")) as answer:
        pi.get_by_label("Title (English)").fill("From this tab")
    assert answer.value.status == 409
    expect(pi.get_by_role("alert")).to_contain_text("changed elsewhere")
    expect(pi.get_by_label("Title (English)")).to_have_value("From this tab")
    pi.get_by_role("button", name="Compare the two versions").click()
    expect(pi.locator("h1")).to_have_text("Two versions of this page")
    assert Axe().run(pi).violations_count == 0
    expect(pi.get_by_text("From this tab")).to_be_visible()
    expect(pi.get_by_text("From the other tab")).to_be_visible()
    pi.get_by_label("Take the saved one").check()
    pi.get_by_role("button", name="Save my choice").click()
    expect(pi.get_by_label("Title (English)")).to_have_value("From the other tab")


def test_tabs_on_different_pages_do_not_meet(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["full"], "edit/basics/"))
    other = pi.context.new_page()
    other.goto(at(scene["full"], "edit/objectives/"))
    with other.expect_response(re.compile("autosave")):
        other.get_by_label("Abstract (English)").fill("Another abstract")
    with pi.expect_response(re.compile("autosave")) as answer:
        pi.get_by_label("Title (English)").fill("Another title")
    assert answer.value.status == 200
    draft = stored(cast, scene["full"]).draft
    assert (draft["title_en"], draft["abstract_en"]) == ("Another title", "Another abstract")


def test_a_lost_session_keeps_the_text_and_saves_it_after_signing_in(
    pi: Any, scene: dict[str, Any], cast: Cast, live_server: Any
) -> None:
    pi.goto(at(scene["empty"], "edit/objectives/"))
    pi.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    with pi.expect_response(re.compile("autosave")) as answer:
        pi.get_by_label("Abstract (English)").fill("An hour of work")
    assert answer.value.status == 401
    expect(pi.get_by_role("dialog")).to_contain_text("signed out")
    sign_in(pi.context, live_server.url, cast)
    with pi.expect_response(re.compile("autosave")) as answer:
        pi.get_by_role("button", name="I have signed in").click()
    assert answer.value.status == 200
    saved(pi)
    assert stored(cast, scene["empty"]).draft["abstract_en"] == "An hour of work"


def test_text_that_never_reached_the_server_is_offered_again(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["empty"], "edit/objectives/"))
    pi.route("**/autosave/", lambda route: route.abort())
    pi.get_by_label("Abstract (English)").fill("Written in a tunnel")
    expect(pi.locator("[data-save-state]")).to_have_attribute("data-state", "failed")
    pi.on("dialog", lambda dialog: dialog.accept())
    pi.unroute("**/autosave/")
    pi.goto(at(scene["empty"], "edit/objectives/"))
    pi.get_by_role("button", name="Put it back").click()
    expect(pi.get_by_label("Abstract (English)")).to_have_value("Written in a tunnel")
    assert stored(cast, scene["empty"]).draft["abstract_en"] == "Written in a tunnel"


def test_going_on_by_a_link_saves_first(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["empty"], "edit/objectives/"))
    pi.get_by_label("Abstract (English)").fill("Quick")
    pi.locator("#draft-rail").get_by_role("link", name="Budget").click()
    pi.wait_for_url(re.compile("edit/budget"))
    assert stored(cast, scene["empty"]).draft["abstract_en"] == "Quick"


# ---------------------------------------------------------------- handing in
def test_an_application_is_handed_in(pi: Any, scene: dict[str, Any], cast: Cast) -> None:
    pi.goto(at(scene["full"], "edit/attachments/"))
    pi.locator("main").get_by_role("link", name="Check and hand in").last.click()
    expect(pi.locator("#findings")).to_contain_text("Nothing stands in the way")
    pi.get_by_role("button", name="Hand in").click()
    expect(pi.get_by_text("Handed in. Your institution")).to_be_visible()
    assert stored(cast, scene["full"]).state == "endorsing"


# ---------------------------------------------------------------- everyone, every screen
@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_passes_the_audit_and_fits_a_phone(
    chromium: Any, scene: dict[str, Any], cast: Cast, live_server: Any, language: str
) -> None:
    with tenant_scope(cast.anso):
        full = scene["full"]
        data = dict(full.draft)
        data["budget_lines"][0] |= {"amount_fen": "100万", "unit_price_fen": "300,000"}
        data["parties"][1]["name_en"] = "Trick\u202etxt.exe"
        data["end_date"] = "2024-13-45"
        actions.save_draft(proposal=full, by=cast.pi, data=data, revision=full.revision)
    for width, scheme in ((1280, "light"), (390, "dark")):
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 850}, color_scheme=scheme
        )
        context.set_default_timeout(20_000)
        sign_in(context, live_server.url, cast, language)
        page = context.new_page()
        for proposal in (scene["full"], scene["empty"]):
            for name in (*[f"edit/{one}/" for one in PAGES], "hand-in/"):
                page.goto(at(proposal, name))
                report = Axe().run(page)
                assert report.violations_count == 0, f"{name} {width}: {report.generate_report()}"
                wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wider <= 0, f"{name} is {wider} px too wide at {width}"
        page.goto(f"/anso/proposals/new/{scene['call'].pk}/")
        assert Axe().run(page).violations_count == 0
        page.goto(f"{at(scene['empty'], 'partners/p1/')}?q=in")
        assert Axe().run(page).violations_count == 0
        context.close()


def test_it_works_without_scripts(chromium: Any, scene: dict[str, Any], cast: Cast, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, live_server.url, cast)
    page = context.new_page()
    page.goto(at(scene["empty"], "edit/people/"))
    page.get_by_role("button", name="Add a person").click()
    page.locator("[name^='participants.'][name$='.name']").fill("Ada")
    page.get_by_role("button", name="Save", exact=True).click()
    assert stored(cast, scene["empty"]).draft["participants"][0]["name"] == "Ada"
    expect(page.get_by_text("Saved.")).to_be_visible()
    context.close()


def test_two_writers_on_one_page_are_merged_field_by_field(
    pi: Any, scene: dict[str, Any], cast: Cast, chromium: Any, live_server: Any
) -> None:
    with tenant_scope(cast.anso):
        let_write(scene["full"], cast.charlie)
    pi.goto(at(scene["full"], "edit/basics/"))
    context = chromium.new_context(base_url=live_server.url)
    sign_in(context, live_server.url, cast, who="charlie")
    charlie = context.new_page()
    charlie.goto(at(scene["full"], "edit/basics/"))
    with charlie.expect_response(re.compile("autosave")):
        charlie.get_by_label("Title (English)").fill("By Charlie")
    saved(charlie)
    with pi.expect_response(re.compile("autosave")) as answer:
        pi.get_by_label("Title (Chinese)").fill("负责人的题目")
    assert answer.value.status == 200
    expect(pi.get_by_label("Title (English)")).to_have_value("By Charlie")
    expect(pi.locator("#presence")).to_contain_text("Charlie Cha is writing in “Basics”")
    with pi.expect_response(re.compile("autosave")):
        pi.get_by_label("Title (Chinese)").fill("负责人的新题目")
    draft = stored(cast, scene["full"]).draft
    assert (draft["title_zh"], draft["title_en"]) == ("负责人的新题目", "By Charlie")
    context.close()
