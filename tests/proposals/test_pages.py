"""Every page of a proposal, for those who may and those who may not."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from programs.models import Call
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from tests.cast import Cast
from tests.factories import make_assignment, make_expert, make_proposal
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]


def address(proposal: Proposal, page: str = "") -> str:
    return f"/anso/proposals/{proposal.pk}/{page}"


@pytest.fixture
def endorsing(cast: Cast, call: Call) -> Proposal:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    proposal.refresh_from_db()
    return proposal


@pytest.fixture
def submitted(cast: Cast, endorsing: Proposal) -> Proposal:
    actions.endorse(proposal=endorsing, by=cast.office)
    endorsing.refresh_from_db()
    return endorsing


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_opens(cast: Cast, as_: As, endorsing: Proposal, language: str) -> None:
    assert as_("pi", language).get(address(endorsing)).status_code == 200
    assert as_("pi", language).get("/anso/proposals/").status_code == 200
    assert as_("pi", language).get(address(endorsing, "compare/")).status_code == 200
    assert as_("pi", language).get(address(endorsing, "withdraw/")).status_code == 200
    page = as_("office", language).get(address(endorsing, "endorse/"))
    assert page.status_code == 200
    assert "at:abstract_zh" in page.text
    actions.endorse(proposal=endorsing, by=cast.office)
    page = as_("secretary", language).get(address(endorsing, "check/"))
    assert page.status_code == 200
    assert "point:complete" in page.text
    assert as_("secretary", language).get(address(endorsing)).status_code == 200


def test_the_office_returns_with_comments_and_the_applicant_reads_them(as_: As, endorsing: Proposal) -> None:
    answer = as_("office").post(
        address(endorsing, "endorse/"),
        {"decision": "return", "comment": "Please add", "at:abstract_zh": "Too <short>"},
        follow=True,
    )
    assert answer.status_code == 200
    endorsing.refresh_from_db()
    assert endorsing.state == S.DRAFT
    page = as_("pi").get(address(endorsing)).text
    assert "Please add" in page
    assert "Too &lt;short&gt;" in page


def test_a_return_without_comment_is_refused_in_words(as_: As, endorsing: Proposal) -> None:
    answer = as_("office").post(address(endorsing, "endorse/"), {"decision": "return", "comment": "  "})
    assert answer.status_code == 409
    assert "at least one comment" in answer.text


def test_a_second_click_says_so_and_does_nothing(as_: As, endorsing: Proposal) -> None:
    office = as_("office")
    posted = {"decision": "endorse", "seen": endorsing.handed_in.get().sha256}
    first = office.post(address(endorsing, "endorse/"), posted, follow=True)
    assert "ANSO-2021-JR-0001" in first.text
    again = office.post(address(endorsing, "endorse/"), posted, follow=True)
    assert again.status_code == 200
    assert "reload" in again.text
    assert endorsing.versions.count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_office_sees_what_it_asked_beside_what_changed(
    language: str, as_: As, cast: Cast, endorsing: Proposal
) -> None:
    office = as_("office", language)
    assert "Too short" not in office.get(address(endorsing, "endorse/")).text
    comments = {"abstract_zh": "Too short", "parties": "Whose station?"}
    actions.return_to_pi(proposal=endorsing, by=cast.office, comment="Two points.", field_comments=comments)
    actions.request_endorsement(proposal=endorsing, by=cast.pi)
    page = office.get(address(endorsing, "endorse/")).text
    place = {"en": "Abstract (Chinese)", "zh-hans": "摘要（中文）"}[language]
    assert f"<strong>{place}</strong>: Too short" in page
    assert "Whose station?" in page and "Two points." in page


def test_only_what_the_page_showed_is_endorsed(as_: As, cast: Cast, endorsing: Proposal) -> None:
    """The applicant takes it back and hands in something else while the office's page is open."""
    office, shown = as_("office"), endorsing.handed_in.get().sha256
    actions.take_back(proposal=endorsing, by=cast.pi)
    endorsing.refresh_from_db()
    data = {**endorsing.draft, "title_en": "Something quite different"}
    actions.save_draft(proposal=endorsing, by=cast.pi, data=data, revision=endorsing.revision)
    actions.request_endorsement(proposal=endorsing, by=cast.pi)
    for seen in (shown, ""):
        answer = office.post(address(endorsing, "endorse/"), {"decision": "endorse", "seen": seen})
        assert answer.status_code == 409
        assert "handed in anew" in answer.text and "Something quite different" in answer.text
    assert not endorsing.versions.exists()
    now = endorsing.handed_in.get(round=2).sha256
    assert f'name="seen" value="{now}"' in answer.text
    assert office.post(address(endorsing, "endorse/"), {"decision": "endorse", "seen": now}).status_code == 303
    assert endorsing.versions.get().sha256 == now


def test_the_check_page_decides(as_: As, submitted: Proposal) -> None:
    secretary = as_("secretary")
    refused = secretary.post(address(submitted, "check/"), {"decision": "pass", "reason": "", "point:complete": "on"})
    assert refused.status_code == 409
    assert "Not confirmed" in refused.text
    assert secretary.post(address(submitted, "check/"), {}).status_code == 422
    assert secretary.post(address(submitted, "check/"), {"decision": "return", "reason": ""}).status_code == 409
    done = secretary.post(address(submitted, "check/"), {"decision": "return", "reason": "缺页"}, follow=True)
    assert done.status_code == 200
    submitted.refresh_from_db()
    assert submitted.state == S.DRAFT
    assert "缺页" in as_("pi").get(address(submitted)).text


PAGES = ["", "compare/", "endorse/", "check/", "withdraw/", "versions/1.pdf", "attachments/1/"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["charlie", "sibling_office", "stranger", "mo", "conflicted", "reviewer1", "host"])
def test_those_outside_get_the_404_of_a_missing_page(as_: As, submitted: Proposal, name: str, page: str) -> None:
    client = as_(name)
    denied = client.get(address(submitted, page))
    missing = client.get(f"/anso/proposals/{submitted.pk + 1000}/{page}")
    assert denied.status_code == missing.status_code == 404
    assert denied.content == missing.content


def test_staff_see_nothing_before_the_institution_endorsed(as_: As, endorsing: Proposal) -> None:
    for name in ("secretary", "finance", "director"):
        assert as_(name).get(address(endorsing)).status_code == 404
        assert f"/{endorsing.pk}/" not in as_(name).get("/anso/proposals/").text


def test_an_expert_reads_while_assigned_and_a_conflict_ends_it(cast: Cast, as_: As, submitted: Proposal) -> None:
    from reviews.models import Conflict

    expert = make_expert(cast.anso, cast.reviewer1)
    make_assignment(submitted, expert, cast.secretary)
    page = as_("reviewer1").get(address(submitted))
    assert page.status_code == 200
    assert "Examine" not in page.text
    Conflict.objects.create(
        tenant=cast.anso,
        proposal=submitted,
        user=cast.reviewer1,
        kind="x",
        source="declared",
        evidence_zh="",
        evidence_en="",
    )
    assert as_("reviewer1").get(address(submitted)).status_code == 404
    Conflict.objects.create(
        tenant=cast.anso,
        proposal=submitted,
        user=cast.secretary,
        kind="x",
        source="declared",
        evidence_zh="",
        evidence_en="",
    )
    assert as_("secretary").get(address(submitted)).status_code == 404
    assert as_("secretary").get(address(submitted, "check/")).status_code == 404
    assert "JR-0001" not in as_("secretary").get("/anso/proposals/").text


def test_the_spreadsheet_holds_text_and_no_formulas(cast: Cast, call: Call, as_: As) -> None:
    make_proposal(cast, call, title_zh='=HYPERLINK("http://x")', title_en="+1", state=S.SUBMITTED)
    answer = as_("secretary").get("/anso/proposals/export.xlsx?state=submitted")
    assert answer.status_code == 200
    with ZipFile(BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=HYPERLINK" in texts


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "x" * 500, "state=nope", "call=abc", "call=99999999999999999999", "after=x", "before=_",
     "after=99999999999999999999_1", "sort=;drop", "after=t999999999999999999_1&sort=changed", "after=1_1&before=2_2", "q=%F0%9F%98%80",
     "after=5_1&sort=changed", "after=t5_1&sort=amount"],
)  # fmt: skip
def test_no_address_breaks_the_list(as_: As, call: Call, query: str) -> None:
    assert as_("secretary").get(f"/anso/proposals/?{query}").status_code == 200
    assert as_("secretary").get(f"/anso/proposals/export.xlsx?{query}").status_code == 200


def test_files_open_for_those_who_may_read_them(cast: Cast, as_: As, call: Call) -> None:
    proposal = complete_draft(cast, call)
    data = b"%PDF-1.4 not checked here"
    from documents.actions import store_bytes

    row = proposal.attachments.filter(kind="stamped_pdf").get()
    type(row).objects.filter(pk=row.pk).update(
        file=store_bytes(tenant=cast.anso, data=data, media_type="application/pdf")
    )
    there = address(proposal, f"attachments/{row.pk}/")
    assert as_("pi").get(there).content == data
    assert as_("office").get(there).status_code == 404
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    answer = as_("office").get(there)
    assert answer.content == data
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert as_("secretary").get(there).status_code == 404
    actions.endorse(proposal=proposal, by=cast.office)
    assert as_("secretary").get(there).content == data
    other: Any = make_proposal(cast, call, number=9)
    assert as_("pi").get(address(other, f"attachments/{row.pk}/")).status_code == 404
