"""Whatever is typed or posted gets an answer below 500, and nothing that was typed is lost."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews import actions
from reviews.actions.common import clean
from reviews.exports import plan_xlsx
from reviews.models import Assignment, Expert, FundingPlan
from reviews.queries.plans import rows_of_plan
from tests.cast import Cast
from tests.reviews import helpers

NASTY = [
    "",
    " ",
    "-1",
    "1e9",
    "100万",
    "=cmd|' /C calc'!A0",
    "\u202eabc",
    "a\x00b",
    "\ud800",
    "💥" * 50,
    "９９",
    "x" * 30_000,
    "None",
]


def at(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=["anso", *args])


def _post(client: Any, address: str, fields: dict[str, Any]) -> int:
    sent = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    return int(client.post(address, sent).status_code)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_expert_posts(text: str, cast: Cast, client_of: Any, checked: Any, pool: dict[str, Expert]) -> None:
    domain = helpers.accepted(cast, checked, pool["reviewer1"])
    finance = helpers.accepted(cast, checked, pool["expert1"], "finance")
    line = finance.version.budget_book.lines.first()
    assert line is not None
    alice, zhen = client_of(cast.reviewer1), client_of(cast.expert1)
    fields = {
        "revision": "0",
        "score-importance-points": text,
        "score-importance-comment": text,
        "recommendation": text,
        "comment": text,
        "score-none-points": text,
    }
    assert _post(alice, at("review", domain.pk), fields) == 303
    said = Assignment.objects.get(pk=domain.pk)
    kept = said.comment or said.unread.get("comment", "")
    assert kept == clean(text.encode("utf-8", "replace").decode())[:20_000]
    fields = {
        "revision": "0",
        f"line-{line.pk}-suggested": text,
        f"line-{line.pk}-is_reasonable": text,
        f"line-{line.pk}-reason": text,
        "line-999999-suggested": text,
    }
    assert _post(zhen, at("review", finance.pk), fields) == 303
    for client, row in ((alice, domain), (zhen, finance)):
        assert client.get(at("review", row.pk)).status_code == 200
        assert client.get(at("submit", row.pk)).status_code == 200
        assert client.post(at("submit", row.pk)).status_code == 409
        assert _post(client, at("review", row.pk), {"revision": text}) in (303, 409)
        assert _post(client, at("conflict", row.pk), {"reason": text}) in (303, 409)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_staff_posts(text: str, cast: Cast, client_of: Any, reviewed: Any, invited: Assignment) -> None:
    secretary, director = client_of(cast.secretary), client_of(cast.director)
    plan = helpers.plan_with(cast, reviewed.call, [reviewed], hand_in=False)
    key = f"p{reviewed.pk}"
    submitted = Assignment.objects.filter(proposal=reviewed).first()
    assert submitted is not None
    for address, fields in (
        (
            at("plan_line", plan.pk, reviewed.pk),
            {f"{key}-decision": "fund", f"{key}-amount": text, f"{key}-note": text},
        ),
        (at("plan_line", plan.pk, reviewed.pk), {f"{key}-decision": text}),
        (at("plan_add", plan.pk), {"items": text}),
        (at("plan_new"), {"call": text}),
        (at("plan_comment", plan.pk), {"comment": text}),
        (at("reopen", submitted.pk), {"reason": text}),
        (at("release", invited.pk), {"reason": text}),
        (at("record_conflict", reviewed.pk), {"who": text, "conflict-reason": text}),
        (at("assign", invited.proposal_id), {"kind": "domain", "experts": text, "due_date": text}),
        (at("assign", invited.proposal_id), {"kind": text}),
        (at("expert_new"), {"email": text, "name_en": text, "country": text, "capacity": text, "institution": text}),
        (
            at("expert_new"),
            {"email": "a@b.example", "name_en": text, "country": "FR", "is_domain": text, "keywords": text},
        ),
    ):
        assert _post(secretary, address, fields) < 500, (address, text[:20])
    for address in (at("experts"), at("assign", invited.proposal_id), at("plan_list")):
        for name in ("q", "kind", "availability", "after", "before", "sort"):
            sent = text.encode("utf-8", "replace").decode()[:2000]
            assert secretary.get(address, {name: sent}).status_code < 500, (address, name)
    for decision in ("approve", "return", text):
        fields = {"decision": decision, "seen": text, "comment": text}
        assert _post(director, at("plan_decide", plan.pk), fields) < 500


def test_double_clicks_are_harmless(cast: Cast, client_of: Any, invited: Assignment, handed_in: FundingPlan) -> None:
    alice, director = client_of(cast.reviewer1), client_of(cast.director)
    assert alice.post(at("accept", invited.pk), {"no_conflict": "on"}).status_code == 303
    assert alice.post(at("accept", invited.pk), {"no_conflict": "on"}).status_code == 409
    said = {"decision": "approve", "seen": handed_in.content_sha256}
    assert director.post(at("plan_decide", handed_in.pk), said).status_code == 303
    assert director.post(at("plan_decide", handed_in.pk), said).status_code == 409


def test_stale_page_shows_both(cast: Cast, client_of: Any, accepted: Assignment) -> None:
    alice = client_of(cast.reviewer1)
    alice.post(at("review", accepted.pk), {"revision": "0", "comment": "From the phone"})
    answer = alice.post(at("review", accepted.pk), {"revision": "0", "comment": "From the desk"})
    body = answer.content.decode()
    assert answer.status_code == 409 and "From the phone" in body and "From the desk" in body
    assert Assignment.objects.get().comment == "From the phone"


def test_cells_are_no_formulas(cast: Cast, reviewed: Any) -> None:
    plan = helpers.plan_with(cast, reviewed.call, [reviewed], hand_in=False)
    for note in ("=1+1", "@SUM(A1)", "+1", "http://evil.example"):
        actions.put_line(
            plan=plan, proposal=reviewed, by=cast.secretary, decision="fund", amount_fen=123_456_78, note=note
        )
        with ZipFile(BytesIO(plan_xlsx(plan, rows_of_plan(plan)))) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            assert "<f>" not in sheet and "hyperlink" not in sheet
            assert note in book.read("xl/sharedStrings.xml").decode()
            assert "<v>123456.78</v>" in sheet


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned and clean(cleaned) == cleaned
