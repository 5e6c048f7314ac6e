"""Autosave: revisions, both versions back, every raw value kept, signed out, nobody else's draft."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from programs.models import Call
from proposals import actions
from proposals.models import Proposal
from proposals.queries import draft_dossier
from tests.cast import Cast
from tests.factories import make_proposal
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    return actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)


def at(proposal: Proposal) -> str:
    return f"/anso/proposals/{proposal.pk}/autosave/"


def save(client: Client, proposal: Proposal, body: Any, method: str = "patch") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    send = getattr(client, method)
    return send(at(proposal), text, content_type="application/json", headers={"accept": "application/json"})


def test_a_page_is_saved_and_judged_anew(as_: As, draft: Proposal) -> None:
    fields = {
        "title_zh": ["山地生态"],
        "title_en": ["Mountains"],
        "keywords": ["水，土; soil"],
        "field": ["food-security"],
    }
    answer = save(as_("pi"), draft, {"revision": 0, "page": "basics", "base": "", "fields": fields})
    assert answer.status_code == 200
    said = answer.json()
    assert said["revision"] == 1
    assert said["saved_at"].startswith("2021-06-20T10:00:00+08:00")
    assert said["title"] == "Mountains"
    assert "start_date" in said["at"]
    assert "title_zh" not in said["at"]
    assert "Still open" in said["findings_html"]
    assert "to fill in" in said["rail_html"]
    draft.refresh_from_db()
    assert draft.draft["keywords"] == ["水", "土", "soil"]
    assert draft.title_zh == "山地生态"


@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("100万", "请用阿拉伯数字", "Write the amount in yuan"),
        ("1e9", "请用阿拉伯数字", "Write the amount in yuan"),
        ("-1", "不能为负数", "be negative"),
        ("1\u202e00", "请用阿拉伯数字", "Write the amount in yuan"),
        ("=cmd()", "请用阿拉伯数字", "Write the amount in yuan"),
    ],
)
def test_an_amount_that_is_none_is_kept_and_answered_at_its_field(
    as_: As, draft: Proposal, typed: str, zh: str, en: str
) -> None:
    path = "budget_lines.b1.amount_fen"
    fields = {"budget_lines": ["", "b1"], "budget_lines.b1.name": ["Pumps"], path: [typed]}
    for language, words in (("en", en), ("zh-hans", zh)):
        draft.refresh_from_db()
        body = {"revision": draft.revision, "page": "budget", "fields": fields}
        said = save(as_("pi", language), draft, body).json()
        assert words in said["at"][path]
        assert said["invalid"] == [path]
    draft.refresh_from_db()
    assert draft.draft["budget_lines"][0]["amount_fen"] == typed
    page = as_("pi").get(f"/anso/proposals/{draft.pk}/edit/budget/").text
    assert f'value="{typed}"' in page
    assert en in page


def test_bidi_and_control_characters_are_answered_or_dropped(as_: As, draft: Proposal) -> None:
    fields = {"title_zh": ["无害\u202eexe.txt"], "title_en": ["Bell\x07 and \x00nul"]}
    said = save(as_("pi"), draft, {"revision": 0, "page": "basics", "fields": fields}).json()
    assert "reading direction" in said["at"]["title_zh"]
    draft.refresh_from_db()
    assert draft.draft["title_zh"] == "无害\u202eexe.txt"
    dossier, problems = draft_dossier(draft)
    assert dossier.title_en == "Bell and nul"
    assert [problem.path for problem in problems] == ["title_zh"]


def test_a_stale_page_gets_the_other_version_and_overwrites_nothing(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    body = {"revision": 0, "page": "basics", "base": "", "fields": {"title_zh": ["甲"]}}
    base = save(pi, draft, body).json()["base"]
    body = {"revision": 1, "page": "basics", "base": base, "fields": {"title_zh": ["乙"]}}
    assert save(pi, draft, body).status_code == 200
    stale = save(pi, draft, {**body, "fields": {"title_zh": ["丙"]}})
    assert stale.status_code == 409
    assert stale.json()["code"] == "stale"
    assert stale.json()["revision"] == 2
    assert stale.json()["theirs"]["title_zh"] == "乙"
    draft.refresh_from_db()
    assert draft.draft["title_zh"] == "乙"


def test_two_tabs_on_different_pages_do_not_disturb_each_other(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    one = save(pi, draft, {"revision": 0, "page": "basics", "fields": {"title_zh": ["甲"]}}).json()
    other = save(pi, draft, {"revision": 1, "page": "objectives", "fields": {"abstract_zh": ["摘要"]}}).json()
    assert other["revision"] == 2
    # The first tab still knows revision 1; its page has not been touched since.
    body = {"revision": one["revision"], "page": "basics", "base": one["base"], "fields": {"title_zh": ["甲乙"]}}
    assert save(pi, draft, body).json()["revision"] == 3
    draft.refresh_from_db()
    assert (draft.draft["title_zh"], draft.draft["abstract_zh"]) == ("甲乙", "摘要")


def test_dossier_json_is_taken_too(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    data = {"title_en": "By API", "budget_lines": [{"name": "Pumps", "amount_fen": 1_000_050}]}
    assert save(pi, draft, {"revision": 0, "data": data}).json()["revision"] == 1
    draft.refresh_from_db()
    assert draft_dossier(draft)[0].total_fen == 1_000_050
    save(pi, draft, {"revision": 1, "data": {"title_zh": "全部"}}, "put")
    draft.refresh_from_db()
    dossier = draft_dossier(draft)[0]
    assert (dossier.title_zh, dossier.title_en, dossier.budget_lines) == ("全部", "", ())
    assert dossier.pi.user_id == draft.pi_id


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"revision": "0", "data": {}}',
        '{"revision": -1, "data": {}}',
        '{"revision": true, "data": {}}',
        '{"revision": 0}',
        '{"revision": 0, "data": {"lead": {"is_cas_institute": true}}}',
        '{"revision": 0, "data": {"pi": {"user_id": 1}}}',
        '{"revision": 0, "data": {"title_zh": NaN}}',
        '{"revision": 0, "page": "basics", "fields": {"title_zh": "text"}}',
        '{"revision": 0, "page": "basics", "fields": []}',
        '{"revision": 0, "data": ' + "[" * 2000 + "]" * 2000 + "}",
        '{"revision": 0, "data": {"parties": ' + json.dumps([{}] * 501) + "}}",
    ],
)
def test_what_is_no_part_of_a_draft_is_refused(as_: As, draft: Proposal, body: str) -> None:
    answer = save(as_("pi"), draft, body)
    assert answer.status_code == 400
    draft.refresh_from_db()
    assert draft.revision == 0


def test_hostile_numbers_are_kept_as_typed(as_: As, draft: Proposal) -> None:
    lines = '[{"name": "a", "amount_fen": 1e400}, {"name": "b", "amount_fen": -1}, {"name": "c", "amount_fen": 1.5}]'
    answer = save(as_("pi"), draft, '{"revision": 0, "data": {"budget_lines": ' + lines + "}}")
    assert answer.status_code == 200
    draft.refresh_from_db()
    assert [row["amount_fen"] for row in draft.draft["budget_lines"]] == ["inf", -1, 1.5]
    assert draft_dossier(draft)[0].total_fen == 0
    assert as_("pi").get(f"/anso/proposals/{draft.pk}/edit/budget/").status_code == 200


def test_too_much_at_once_is_refused(as_: As, draft: Proposal) -> None:
    body = {"revision": 0, "page": "basics", "fields": {"title_zh": ["长" * 5_000_000]}}
    assert save(as_("pi"), draft, body).status_code == 413


def test_signed_out_is_401_and_nothing_changes(as_: As, draft: Proposal) -> None:
    answer = save(as_("anonymous"), draft, {"revision": 0, "page": "basics", "fields": {"title_zh": ["x"]}})
    assert answer.status_code == 401
    draft.refresh_from_db()
    assert draft.revision == 0


def test_a_script_of_another_site_cannot_save(as_: As, draft: Proposal, cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.pi, backend="django.contrib.auth.backends.ModelBackend")
    assert save(strict, draft, {"revision": 0, "page": "basics", "fields": {}}).status_code == 403


@pytest.mark.parametrize("who", ["charlie", "office", "secretary", "reviewer1", "stranger", "mo", "sibling_office"])
def test_another_persons_draft_is_not_there(as_: As, draft: Proposal, who: str) -> None:
    client = as_(who)
    body = {"revision": 0, "page": "basics", "fields": {"title_zh": ["x"]}}
    denied = save(client, draft, body)
    missing = client.patch(
        "/anso/proposals/999999/autosave/",
        json.dumps(body),
        content_type="application/json",
        headers={"accept": "application/json"},
    )
    assert (denied.status_code, denied.content) == (404, missing.content)


def test_once_handed_in_it_says_so(cast: Cast, call: Call, as_: As) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    proposal.refresh_from_db()
    body = {"revision": proposal.revision, "page": "basics", "fields": {"title_zh": ["x"]}}
    answer = save(as_("pi"), proposal, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "handed_in")


def test_a_draft_of_another_funder_is_not_there(cast: Cast, call: Call, as_: As) -> None:
    proposal = make_proposal(cast, call)
    answer = as_("pi").patch(
        f"/most/proposals/{proposal.pk}/autosave/", "{}", content_type="application/json",
        headers={"accept": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 404
