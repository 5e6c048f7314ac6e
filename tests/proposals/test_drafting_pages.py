"""The applicant's pages: begin, write without scripts, files, hand in; and who may not."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Affiliation
from core.tenancy import tenant_scope
from programs.models import Call
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.forms.partners import choose_partner
from proposals.models import Proposal
from proposals.queries import draft_dossier
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
PAGES = ("basics", "objectives", "people", "parties", "plan", "budget", "payments", "attachments")


def at(proposal: Proposal, page: str = "") -> str:
    return f"/anso/proposals/{proposal.pk}/{page}"


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    return actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)


@pytest.fixture
def full(cast: Cast, call: Call) -> Proposal:
    return complete_draft(cast, call)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def post(client: Client, proposal: Proposal, page: str, fields: dict[str, Any], **more: Any) -> Any:
    """Send a page's form as a browser without scripts would, with the revision it was given out at."""
    address = at(proposal, f"edit/{page}/")
    text = client.get(address).text
    form = {"revision": hidden(text, "revision"), "base": hidden(text, "base")}
    return client.post(address, form | fields, **more)


# ---------------------------------------------------------------- every page opens
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_opens_empty_and_full(as_: As, draft: Proposal, full: Proposal, language: str) -> None:
    pi = as_("pi", language)
    for proposal in (draft, full):
        for page in PAGES:
            answer = pi.get(at(proposal, f"edit/{page}/"))
            assert answer.status_code == 200, page
        assert pi.get(at(proposal, "hand-in/")).status_code == 200
        assert pi.get(at(proposal, "partners/p1/"), {"q": "in"}).status_code == 200
        assert pi.get(at(proposal, "edit/reasons/"), follow=True).status_code == 200


# ---------------------------------------------------------------- beginning
def test_an_application_begins_with_one_of_my_institutions(as_: As, cast: Cast, call: Call) -> None:
    pi = as_("pi")
    text = pi.get(f"/anso/proposals/new/{call.pk}/").text
    assert "Institute of Mountain Ecology" in text
    assert "Institute of Coastal Agriculture" not in text
    answer = pi.post(f"/anso/proposals/new/{call.pk}/", {"lead": cast.lead.pk}, follow=True)
    assert answer.redirect_chain[0][1] == 303
    assert answer.request["PATH_INFO"].endswith("/edit/basics/")
    assert "You have begun already" in pi.get(f"/anso/proposals/new/{call.pk}/").text


def test_a_foreign_institution_or_none_is_answered_in_the_form(as_: As, cast: Cast, call: Call) -> None:
    for chosen in ({}, {"lead": cast.sibling.pk}, {"lead": "x"}):
        answer = as_("pi").post(f"/anso/proposals/new/{call.pk}/", chosen)
        assert answer.status_code == 422
        assert "Choose the institution" in answer.text
    assert not Proposal.objects.exists()


def test_without_an_institution_one_is_told_what_to_do(as_: As, cast: Cast, call: Call) -> None:
    Affiliation.objects.filter(user=cast.charlie).delete()
    assert "names no institution" in as_("charlie").get(f"/anso/proposals/new/{call.pk}/").text


def test_a_closed_call_takes_nothing_and_says_why(as_: As, cast: Cast, call: Call, clock: Any) -> None:
    clock.set(call.closes_at)
    answer = as_("pi").post(f"/anso/proposals/new/{call.pk}/", {"lead": cast.lead.pk})
    assert answer.status_code == 422
    assert "takes no applications" in answer.text


# ---------------------------------------------------------------- writing without scripts
def test_text_is_kept_and_the_next_page_opens(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    fields = {"title_zh": "山地", "title_en": "Mountains", "start_date": "2022-01-01", "go": "next"}
    answer = post(pi, draft, "basics", fields)
    assert (answer.status_code, answer["Location"]) == (303, at(draft, "edit/objectives/"))
    assert "Mountains" in pi.get(at(draft, "edit/basics/")).text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Write a valid date as year-month-day"),
        ("zh-hans", "请按“年-月-日”填写有效日期"),
    ],
)
def test_a_date_that_is_none_is_shown_back_with_its_error(as_: As, draft: Proposal, language: str, said: str) -> None:
    pi = as_("pi", language)
    post(pi, draft, "basics", {"end_date": "2024-13-45"})
    text = pi.get(at(draft, "edit/basics/")).text
    assert 'type="text" name="end_date"' in text
    assert 'value="2024-13-45"' in text
    assert said in text
    assert 'aria-invalid="true"' in text


def test_markup_and_formulas_stay_what_they_are(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    wild = "<script>alert(1)</script>\n=cmd()|' /C calc'!A0\n</textarea>"
    post(pi, draft, "objectives", {"abstract_en": wild})
    text = pi.get(at(draft, "edit/objectives/")).text
    assert "<script>alert" not in text
    assert "&lt;/textarea&gt;" in text
    draft.refresh_from_db()
    assert draft.draft["abstract_en"] == wild


def test_rows_come_and_go_by_buttons(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    answer = post(pi, draft, "parties", {"parties": "", "add_row": "parties"})
    page = pi.get(answer["Location"].split("#")[0]).text
    key = re.search(r'data-party="(p[0-9a-f]+)"', page)
    assert key
    name = f"parties.{key[1]}.name_en"
    post(pi, draft, "parties", {"parties": ["", key[1]], name: "Kandy", f"parties.{key[1]}.country": "LK"})
    draft.refresh_from_db()
    assert draft.draft["parties"][0]["name_en"] == "Kandy"
    post(pi, draft, "parties", {"parties": ["", key[1]], name: "Kandy", "remove_row": f"parties:{key[1]}"})
    draft.refresh_from_db()
    assert draft.draft["parties"] == []


def test_a_partner_is_taken_from_the_directory(as_: As, draft: Proposal, cast: Cast) -> None:
    pi = as_("pi")
    answer = post(pi, draft, "parties", {"parties": "", "find": "p1"})
    assert answer["Location"] == at(draft, "partners/p1/")
    text = pi.get(answer["Location"], {"q": "kandy"}).text
    assert "Kandy Institute of Food Research" in text
    assert "Sri Lanka" in text
    pi.post(at(draft, "partners/p1/"), {"pk": cast.lanka.pk})
    draft.refresh_from_db()
    assert draft.draft["parties"][0] == {
        "key": "p1",
        "institution_id": cast.lanka.pk,
        "name_zh": "",
        "name_en": "Kandy Institute of Food Research",
        "country": "LK",
    }
    assert pi.post(at(draft, "partners/p1/"), {"pk": 999999}).status_code == 404
    assert pi.get(at(draft, "partners/p1/"), {"q": "%"}).status_code == 200


def test_a_partner_of_the_directory_keeps_its_name_and_country_whatever_is_posted(
    as_: As, draft: Proposal, cast: Cast
) -> None:
    """Else membership and country could be had from one institution under the name of another."""
    pi = as_("pi")
    forged = {"institution_id": str(cast.nepal.pk), "name_zh": "别的单位", "name_en": "Another place", "country": "KE"}
    post(pi, draft, "parties", {"parties": ["", "p1"], **{f"parties.p1.{name}": text for name, text in forged.items()}})
    draft.refresh_from_db()
    row = draft.draft["parties"][0]
    assert (row["name_zh"], row["name_en"], row["country"]) == ("", "Himalayan Academy of Science", "NP")
    text = pi.get(at(draft, "edit/parties/")).text
    for name in ("name_zh", "name_en"):
        assert re.search(rf'<input[^>]*name="parties.p1.{name}"[^>]*readonly', text)
    assert re.search(r'<select[^>]*name="parties.p1.country"[^>]*disabled', text)


def test_a_draft_kept_from_before_is_read_with_the_directory_s_names(draft: Proposal, cast: Cast) -> None:
    row = {"key": "p1", "institution_id": cast.nepal.pk, "name_zh": "别的单位", "name_en": "Another", "country": "KE"}
    Proposal.objects.filter(pk=draft.pk).update(draft={"parties": [row]})
    draft.refresh_from_db()
    (party,) = draft_dossier(draft)[0].parties
    assert (party.name_zh, party.name_en, party.country) == ("", "Himalayan Academy of Science", "NP")
    assert party.is_anso_member


def test_unlinked_it_is_written_in_again_without_membership(as_: As, draft: Proposal, cast: Cast) -> None:
    pi = as_("pi")
    pi.post(at(draft, "partners/p1/"), {"pk": cast.nepal.pk})
    written = {"parties": ["", "p1"], "parties.p1.institution_id": "", "parties.p1.name_en": "Elsewhere"}
    post(pi, draft, "parties", written)
    draft.refresh_from_db()
    (party,) = draft_dossier(draft)[0].parties
    assert (party.name_en, party.is_anso_member, party.institution_id) == ("Elsewhere", False, None)


def test_spreadsheet_cells_become_lines(as_: As, draft: Proposal) -> None:
    cells = "Travel\tVisits\t2022\t\t\t\t12,000\tTwo visits\tJoint work\nTravel\tMore\t\t\t\t\t100万\t\t"
    pi = as_("pi")
    first = {"budget_lines": ["", "b1"], "budget_lines.b1.name": "Pumps", "pasted": cells, "paste": "1"}
    assert post(pi, draft, "budget", first)["Location"] == at(draft, "edit/budget/#field-budget_lines")
    draft.refresh_from_db()
    assert [row["name"] for row in draft.draft["budget_lines"]] == ["Pumps", "Visits", "More"]
    assert draft.draft["budget_lines"][1]["category"] == "travel"
    assert draft.draft["budget_lines"][2]["amount_fen"] == "100万"


def test_the_years_follow_the_term(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    assert "Choose the period first" in pi.get(at(draft, "edit/plan/")).text
    post(pi, draft, "basics", {"start_date": "2022-01-01", "end_date": "2023-12-31"})
    text = pi.get(at(draft, "edit/plan/")).text
    assert 'name="yearly_plan.y2022.year" value="2022"' in text
    assert 'name="yearly_plan.y2023.year" value="2023"' in text
    post(pi, draft, "plan", {"yearly_plan": ["", "y2022"], "yearly_plan.y2022.year": "2022",
                             "yearly_plan.y2022.objectives": "Begin"})  # fmt: skip
    post(pi, draft, "basics", {"start_date": "2023-01-01", "end_date": "2023-12-31"})
    text = pi.get(at(draft, "edit/plan/")).text
    assert "Begin" in text
    assert "outside the project" in text
    assert 'value="yearly_plan:y2022"' in text


# ---------------------------------------------------------------- two versions
def test_a_stale_page_is_compared_not_overwritten(as_: As, draft: Proposal) -> None:
    one, other = as_("pi"), as_("pi")
    stale = one.get(at(draft, "edit/basics/")).text
    post(other, draft, "basics", {"title_en": "Theirs", "title_zh": "同"})
    form = {"revision": hidden(stale, "revision"), "base": hidden(stale, "base")}
    answer = one.post(at(draft, "edit/basics/"), form | {"title_en": "Mine", "title_zh": "同", "keywords": "a"})
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text
    assert 'name="choice:title_en"' in answer.text
    assert 'name="choice:title_zh"' not in answer.text
    draft.refresh_from_db()
    assert draft.draft["title_en"] == "Theirs"
    chosen = {
        "revision": hidden(answer.text, "revision"),
        "base": hidden(answer.text, "base"),
        "resolve": "1",
        "title_en": "Mine and theirs",
        "title_zh": "同",
        "keywords": "a",
        "choice:title_en": "mine",
        "choice:keywords": "theirs",
    }
    assert one.post(at(draft, "edit/basics/"), chosen).status_code == 303
    draft.refresh_from_db()
    assert draft.draft["title_en"] == "Mine and theirs"
    assert draft.draft.get("keywords", "") in ("", [])


def test_text_written_after_handing_in_is_shown_and_not_saved(cast: Cast, as_: As, full: Proposal) -> None:
    pi = as_("pi")
    text = pi.get(at(full, "edit/basics/")).text
    actions.request_endorsement(proposal=full, by=cast.pi)
    form = {"revision": hidden(text, "revision"), "base": hidden(text, "base"), "title_en": "Late thoughts"}
    answer = pi.post(at(full, "edit/basics/"), form)
    assert answer.status_code == 409
    assert "Late thoughts" in answer.text
    assert pi.get(at(full, "edit/basics/")).status_code == 404


def test_an_expired_session_keeps_the_text(cast: Cast, draft: Proposal) -> None:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(cast.pi, backend="django.contrib.auth.backends.ModelBackend")
    text = browser.get(at(draft, "edit/objectives/")).text
    browser.cookies.pop("sessionid")
    form = {"revision": hidden(text, "revision"), "base": hidden(text, "base"), "abstract_en": "An hour of work"}
    answer = browser.post(at(draft, "edit/objectives/"), form)
    assert answer.status_code == 302
    assert "login" in answer["Location"]
    browser.post("/login/", {"username": "pi@demo.example", "password": "demo"})
    assert "An hour of work" in browser.get("/resume/", follow=True).text


# ---------------------------------------------------------------- the office's comments
def test_comments_stand_at_their_fields(cast: Cast, as_: As, full: Proposal) -> None:
    actions.request_endorsement(proposal=full, by=cast.pi)
    line = full.draft["budget_lines"][0]["key"]
    comments = {"abstract_zh": "太短", f"budget_lines.{line}.basis": "Which quote?"}
    actions.return_to_pi(proposal=full, by=cast.office, comment="Please revise", field_comments=comments)
    pi = as_("pi")
    page = pi.get(at(full, "edit/objectives/")).text
    assert "Please revise" in page
    assert "太短" in page
    assert "Which quote?" in pi.get(at(full, "edit/budget/")).text
    for elsewhere in ("edit/people/", "hand-in/"):  # each is named and linked from every page
        page = pi.get(at(full, elsewhere)).text
        assert f'href="{at(full, "edit/objectives/")}#field-abstract_zh"' in page
        assert f'href="{at(full, "edit/budget/")}#field-budget_lines.{line}.basis"' in page
    assert page.count("1 comment<") == 2, "the rail tells where"


# ---------------------------------------------------------------- handing in
def test_what_is_missing_is_listed_and_nothing_is_handed_in(as_: As, draft: Proposal) -> None:
    answer = as_("pi").post(at(draft, "hand-in/"), follow=True)
    assert "Not handed in" in answer.text
    assert "at least 3 are required" in answer.text
    assert "2021 call, section 2, item 2" in answer.text
    assert "Cleared by: you" in answer.text
    draft.refresh_from_db()
    assert draft.state == S.DRAFT


def test_a_whole_application_goes_to_the_office_once(as_: As, full: Proposal) -> None:
    pi = as_("pi")
    assert "Nothing stands in the way" in pi.get(at(full, "hand-in/")).text
    answer = pi.post(at(full, "hand-in/"))
    assert (answer.status_code, answer["Location"]) == (303, at(full))
    full.refresh_from_db()
    assert full.state == S.ENDORSING
    again = pi.post(at(full, "hand-in/"), follow=True)
    assert "handed in already" in again.text
    assert full.handed_in.count() == 1


def test_an_exception_needs_a_reason(as_: As, cast: Cast, full: Proposal) -> None:
    pi = as_("pi")
    data = dict(full.draft)
    data["budget_lines"][0] |= {"category": "equipment", "unit_price_fen": "200,000", "quantity": 1}
    full = actions.save_draft(proposal=full, by=cast.pi, data=data, revision=full.revision)
    page = pi.get(at(full, "hand-in/")).text
    assert "To justify" in page
    pi.post(at(full, "hand-in/"))
    full.refresh_from_db()
    assert full.state == S.DRAFT
    key = hidden(page[page.index('name="justifications" value=""') + 40 :], "justifications")
    ref = hidden(page, f"justifications.{key}.finding")
    form = {"revision": hidden(page, "revision"), "base": hidden(page, "base"), "justifications": ["", key],
            f"justifications.{key}.finding": ref, f"justifications.{key}.text": "No cheaper one measures it."}  # fmt: skip
    answer = pi.post(at(full, "edit/reasons/"), form)
    assert answer["Location"] == at(full, "hand-in/")
    assert "Reason given" in pi.get(at(full, "hand-in/")).text
    pi.post(at(full, "hand-in/"))
    full.refresh_from_db()
    assert full.state == S.ENDORSING


def test_the_deadline_is_listed_as_nobodys_to_clear(as_: As, call: Call, full: Proposal, clock: Any) -> None:
    clock.set(call.closes_at)
    text = as_("pi").get(at(full, "hand-in/")).text
    assert "The call has closed" in text
    assert "Nobody can clear this" in text


# ---------------------------------------------------------------- who may not
@pytest.mark.parametrize("who", ["charlie", "office", "secretary", "director", "reviewer1", "mo", "sibling_office"])
def test_another_persons_draft_is_a_missing_page(as_: As, full: Proposal, who: str) -> None:
    client = as_(who)
    for page in ("edit/", "edit/basics/", "preview.pdf", "hand-in/", "partners/p1/"):
        denied, missing = client.get(at(full, page)), client.get(f"/anso/proposals/987654/{page}")
        assert denied.status_code == missing.status_code == 404, page
        assert denied.content == missing.content, page
    for page in ("edit/basics/", "hand-in/", "attach/", "detach/1/", "partners/p1/"):
        assert client.post(at(full, page), {"title_zh": "x"}).status_code == 404, page


def test_another_funders_address_leads_nowhere(as_: As, cast: Cast, full: Proposal) -> None:
    for page in ("edit/basics/", "hand-in/", "preview.pdf"):
        assert as_("pi").get(f"/most/proposals/{full.pk}/{page}").status_code == 404


def test_unknown_pages_are_missing(as_: As, draft: Proposal) -> None:
    assert as_("pi").get(at(draft, "edit/nothing/")).status_code == 404
    assert as_("pi").get("/anso/proposals/new/424242/").status_code == 404


def test_another_programme_has_its_own_pages(as_: As, cast: Cast, clock: Any) -> None:
    with tenant_scope(cast.most):
        call = make_call(cast.most, cast.mo, slug="2021-intergovernmental")
        proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    pi = as_("pi")
    for page in ("basics", "objectives", "people", "budget", "attachments"):
        answer = pi.get(f"/most/proposals/{proposal.pk}/edit/{page}/")
        assert answer.status_code == 200, page
    text = pi.get(f"/most/proposals/{proposal.pk}/edit/basics/").text
    assert 'name="answers.agreement_reference"' in text


def test_a_partner_is_put_onto_what_another_tab_saved_meanwhile(cast: Cast, draft: Proposal) -> None:
    seen = Proposal.objects.get(pk=draft.pk)
    actions.save_draft(proposal=draft, by=cast.pi, data={**draft.draft, "title_en": "Newer"}, revision=draft.revision)
    saved = choose_partner(proposal=seen, by=cast.pi, key="p1", institution_pk=cast.host_institution.pk)
    assert saved.draft["title_en"] == "Newer"
    assert [row["institution_id"] for row in saved.draft["parties"]] == [cast.host_institution.pk]
