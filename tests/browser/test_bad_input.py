"""What goes wrong at a desk: too late, twice, out of date, signed out, the wrong file, impossible figures, another's page.

Each is answered in the person's language where it happened, and nothing that was written is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from proposals import actions
from proposals.enums import ProposalState
from proposals.models import HandedIn, Proposal
from tests.cast import PASSWORD, Cast
from tests.documents.test_checks import pdf
from tests.factories import make_call
from tests.proposals.helpers import complete_draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
Desk = Callable[..., Any]
TICK = timedelta(microseconds=1)
MEGABYTE = 1024 * 1024


@pytest.fixture
def proposal(cast: Cast, clock: Any) -> Proposal:
    """A whole draft of the cast's PI in an open call."""
    with tenant_scope(cast.anso):
        draft = complete_draft(cast, make_call(cast.anso, cast.secretary))
        return Proposal.objects.select_related("call").get(pk=draft.pk)


@pytest.fixture
def desk(chromium: Any, live_server: Any, cast: Cast) -> Any:
    """`desk("pi", "en")`: a page of this person, signed in."""
    contexts = []

    def open_(person: str, language: str) -> Any:
        client = Client()
        client.force_login(getattr(cast, person), backend="django.contrib.auth.backends.ModelBackend")
        context = chromium.new_context(base_url=live_server.url)
        context.set_default_timeout(15_000)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
        context.add_cookies([{"name": key, "value": value, "url": live_server.url} for key, value in cookies.items()])
        contexts.append(context)
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def typed(page: Any, field: Any, text: str) -> None:
    """Type into a field and wait until the page has saved it."""
    with page.expect_response(re.compile("autosave")) as answer:
        field.fill(text)
    assert answer.value.status == 200
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")


def at(proposal: Proposal, page: str = "") -> str:
    return f"/anso/proposals/{proposal.pk}/{page}"


def stored(cast: Cast, proposal: Proposal) -> Proposal:
    with tenant_scope(cast.anso):
        proposal.refresh_from_db()
    return proposal


def waits_for_the_office(cast: Cast, proposal: Proposal) -> None:
    with tenant_scope(cast.anso):
        actions.request_endorsement(proposal=proposal, by=cast.pi)


# ---------------------------------------------------------------- at a field
@pytest.mark.parametrize(
    ("language", "digits", "negative", "large", "marks"),
    [
        ("en", "as digits", "can't be negative", "too large", "change its reading direction"),
        ("zh-hans", "阿拉伯数字", "不能为负数", "金额过大", "改变书写方向"),
    ],
)
def test_impossible_figures_and_hidden_characters_are_marked_and_kept(
    desk: Desk, proposal: Proposal, cast: Cast, language: str, digits: str, negative: str, large: str, marks: str
) -> None:
    pi = desk("pi", language)
    pi.goto(at(proposal, "edit/budget/"))
    amount = pi.locator("[name$='.amount_fen']").first
    for text, words in (("1e9", digits), ("-1", negative), ("100万", digits), ("=cmd()", digits), ("9" * 20, large)):
        typed(pi, amount, text)
        expect(pi.locator("tr.line-remarks").first).to_contain_text(words)
        expect(amount).to_have_attribute("aria-invalid", "true")
        assert stored(cast, proposal).draft["budget_lines"][0]["amount_fen"] == text
    pi.goto(at(proposal, "edit/basics/"))
    typed(pi, pi.locator("[name=title_zh]"), "水\u202e资源\u0007研究")
    expect(pi.locator("[data-at=title_zh]")).to_contain_text(marks)
    assert stored(cast, proposal).draft["title_zh"].startswith("水\u202e资源")


@pytest.mark.parametrize(
    ("language", "large", "program", "locked"),
    [("en", "the limit is 20", "not accepted", "encrypted"), ("zh-hans", "上限为 20", "不接受此类型", "已加密")],
)
def test_a_wrong_file_is_refused_beside_its_field(
    desk: Desk, proposal: Proposal, tmp_path: Path, language: str, large: str, program: str, locked: str
) -> None:
    pi = desk("pi", language)
    pi.goto(at(proposal, "edit/attachments/"))
    held = pi.locator("ul.files a").all_text_contents()
    slot = pi.locator("#slot-stamped_pdf")
    for name, data, words in (
        ("scan.pdf", b"%PDF-1.7" + b"0" * 30 * MEGABYTE, large),
        ("renamed.pdf", b"MZ\x90\x00" + b"\x00" * 400, program),
        ("locked.pdf", pdf(password="x", user_password="x"), locked),
    ):
        if slot.locator("details:not([open]) > summary").count():
            slot.locator("details > summary").click()
        (tmp_path / name).write_bytes(data)
        slot.locator("input[type=file]").set_input_files(tmp_path / name)
        slot.get_by_role("button").filter(has_text=re.compile("Upload|上传")).click()
        expect(slot.locator("[role=alert]")).to_contain_text(words)
    assert pi.locator("ul.files a").all_text_contents() == held


# ---------------------------------------------------------------- too late
@pytest.mark.parametrize(("language", "words"), [("en", "The call has closed"), ("zh-hans", "申报已截止")])
def test_the_deadline_passes_while_pages_are_open(
    desk: Desk, proposal: Proposal, cast: Cast, clock: Any, language: str, words: str
) -> None:
    writing, handing = desk("pi", language), desk("pi", language)
    writing.goto(at(proposal, "edit/basics/"))
    handing.goto(at(proposal, "hand-in/"))
    clock.set(proposal.call.closes_at)
    typed(writing, writing.locator("[name=title_zh]"), "截止后写完的题目")
    expect(writing.locator("#findings")).to_contain_text(words)
    handing.locator("[data-hand-in] button").click()
    expect(handing.locator("#findings")).to_contain_text(words)
    row = stored(cast, proposal)
    assert (row.state, row.draft["title_zh"]) == (ProposalState.DRAFT, "截止后写完的题目")


def test_the_last_microsecond_counts(desk: Desk, proposal: Proposal, cast: Cast, clock: Any) -> None:
    last = proposal.call.closes_at - TICK
    waits_for_the_office(cast, proposal)
    office = desk("office", "en")
    office.goto(at(proposal, "endorse/"))
    clock.set(last)
    office.locator("button[value=endorse]").click()
    expect(office.locator("main")).to_contain_text(re.compile(r"ANSO-2021-JR-\d+"))
    assert stored(cast, proposal).received_at == last


# ---------------------------------------------------------------- twice, and out of date
def test_a_double_click_hands_in_once(desk: Desk, proposal: Proposal, cast: Cast) -> None:
    pi = desk("pi", "zh-hans")
    pi.goto(at(proposal, "hand-in/"))
    pi.locator("[data-hand-in] button").dblclick()
    expect(pi.locator(".messages")).to_contain_text("已提交")
    with tenant_scope(cast.anso):
        assert HandedIn.objects.filter(proposal=proposal).count() == 1


@pytest.mark.parametrize(("language", "words"), [("en", "may be out of date"), ("zh-hans", "页面可能已过时")])
def test_a_stale_tab_decides_nothing_and_gives_its_text_back(
    desk: Desk, proposal: Proposal, cast: Cast, language: str, words: str
) -> None:
    waits_for_the_office(cast, proposal)
    office = desk("office", language)
    office.goto(at(proposal, "endorse/"))
    stale = office.context.new_page()
    stale.goto(at(proposal, "endorse/"))
    office.locator("button[value=endorse]").click()
    expect(office.locator(".messages")).to_be_visible()
    stale.fill("#return-form [name=comment]", "请补充说明。")
    stale.locator("button[value=return]").click()
    expect(stale.locator(".messages")).to_contain_text(words)
    expect(stale.locator(".messages")).to_contain_text("请补充说明。")
    assert stored(cast, proposal).state == ProposalState.SUBMITTED


# ---------------------------------------------------------------- signed out, and not one's own
@pytest.mark.parametrize(("language", "again"), [("en", "Send it again"), ("zh-hans", "再次提交")])
def test_the_text_of_an_ended_session_is_sent_after_signing_in(
    desk: Desk, proposal: Proposal, cast: Cast, language: str, again: str
) -> None:
    waits_for_the_office(cast, proposal)
    office = desk("office", language)
    office.goto(at(proposal, "endorse/"))
    office.fill("#return-form [name=comment]", "第一行\n第二行")
    office.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    office.locator("button[value=return]").click()
    office.wait_for_url("**/login/**")
    office.fill("[name=username]", cast.office.email)
    office.fill("[name=password]", PASSWORD)
    office.locator("main button").click()
    expect(office.locator("main")).to_contain_text("第二行")
    office.get_by_role("button", name=again).click()
    expect(office.locator(".messages")).to_be_visible()
    row = stored(cast, proposal)
    assert row.state == ProposalState.DRAFT
    pi = desk("pi", language)
    pi.goto(at(proposal))
    expect(pi.locator("main")).to_contain_text(re.compile("第一行\\s*第二行"))


@pytest.mark.parametrize(("language", "words"), [("en", "no such page"), ("zh-hans", "没有这个页面")])
def test_anothers_draft_is_not_there(desk: Desk, proposal: Proposal, language: str, words: str) -> None:
    other = desk("charlie", language)
    for page in ("", "edit/basics/", "edit/budget/", "hand-in/", "preview.pdf"):
        answer = other.goto(at(proposal, page))
        assert answer.status == 404
        expect(other.locator("h1")).to_contain_text(words)
