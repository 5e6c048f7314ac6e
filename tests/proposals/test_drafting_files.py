"""Uploads of an applicant: each wrong file gets a clear answer at its place; the preview carries 草稿 on each page."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from programs.models import Call
from proposals import actions
from proposals.models import Proposal
from proposals.queries import attachments_of
from tests.cast import Cast
from tests.documents.test_checks import office, pdf
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
MEGABYTE = 1024 * 1024


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    party = {"key": "p1", "name_en": "Rift Valley University", "country": "KE"}
    data = {**proposal.draft, "parties": [party]}
    return actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=0)


def at(proposal: Proposal, page: str) -> str:
    return f"/anso/proposals/{proposal.pk}/{page}"


def upload(client: Client, proposal: Proposal, data: bytes, name: str, **fields: Any) -> Any:
    form = {"slot": "stamped_pdf", "kind": "stamped_pdf", "party_key": "", **fields}
    return client.post(at(proposal, "attach/"), form | {"file": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize(
    ("data", "name", "en", "zh"),
    [
        (b"%PDF-1.7" + b"0" * 30 * MEGABYTE, "big.pdf", "the limit is 20.0 MB", "上限为 20.0 MB"),
        (b"MZ\x90\x00" + b"\x00" * 400, "tool.exe", "not accepted", "不接受此类型"),
        (b"MZ\x90\x00" + b"\x00" * 400, "renamed.pdf", "not accepted", "不接受此类型"),
        (office("docx"), "other.docx", "not accepted", "不接受此类型"),
        (pdf(), "named.docx", "the content is pdf", "与实际内容"),
        (pdf(password="x", user_password="x"), "locked.pdf", "encrypted", "已加密"),
        (b"%PDF-1.7 broken", "broken.pdf", "damaged", "已损坏"),
        (b"", "empty.pdf", "empty", "文件为空"),
    ],
    ids=["large", "program", "renamed", "other-kind", "misnamed", "locked", "broken", "empty"],
)
def test_a_wrong_file_is_answered_where_it_was_given(
    as_: As, draft: Proposal, data: bytes, name: str, en: str, zh: str
) -> None:
    for language, words in (("en", en), ("zh-hans", zh)):
        answer = upload(as_("pi", language), draft, data, name)
        assert answer.status_code == 422
        place = answer.text[answer.text.index('id="refused-stamped_pdf"') :]
        assert words in place[: place.index("</form>")]
    assert not attachments_of(draft).exists()


def test_a_name_that_reads_backwards_is_kept_without_its_trick(as_: As, draft: Proposal) -> None:
    upload(as_("pi"), draft, pdf(), "gnp\u202efdp.pdf")
    assert attachments_of(draft).get().filename == "gnpfdp.pdf"


def test_no_file_chosen_is_said(as_: As, draft: Proposal) -> None:
    answer = as_("pi").post(at(draft, "attach/"), {"slot": "stamped_pdf", "kind": "stamped_pdf"})
    assert answer.status_code == 422
    assert "Choose a file" in answer.text


def test_an_unknown_kind_is_refused(as_: As, draft: Proposal) -> None:
    answer = upload(as_("pi"), draft, pdf(), "a.pdf", kind="passport", slot="<x>")
    assert answer.status_code == 422
    assert "<x>" not in answer.text


def test_the_portal_names_the_file_as_the_call_wants(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    assert "中国科学院山地生态研究所+裴山" in pi.get(at(draft, "edit/attachments/")).text
    assert upload(pi, draft, pdf(), "scan 001.PDF", rename="1").status_code == 303
    (held,) = attachments_of(draft)
    assert held.filename == "中国科学院山地生态研究所+裴山.PDF"
    page = pi.get(at(draft, "edit/attachments/")).text
    assert "must be named" not in page


def test_a_wrong_name_is_pointed_out_where_one_insists_on_it(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    upload(pi, draft, pdf(), "scan.pdf")
    assert "must be named" in pi.get(at(draft, "edit/attachments/")).text


def test_each_foreign_partner_has_its_place(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    page = pi.get(at(draft, "edit/attachments/")).text
    assert 'id="slot-for-p1"' in page
    assert "Missing for Rift Valley University" in page
    upload(pi, draft, pdf(), "letter.pdf", slot="for-p1", kind="willingness", party_key="p1")
    page = pi.get(at(draft, "edit/attachments/")).text
    assert "Missing for Rift Valley University" not in page
    assert "letter.pdf" in page


def test_a_file_goes_away_and_only_from_its_own_draft(cast: Cast, as_: As, call: Call, draft: Proposal) -> None:
    pi = as_("pi")
    upload(pi, draft, pdf(), "scan.pdf")
    (held,) = attachments_of(draft)
    other = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    assert pi.post(at(other, f"detach/{held.pk}/")).status_code == 404
    assert as_("charlie").post(at(draft, f"detach/{held.pk}/")).status_code == 404
    assert pi.post(at(draft, f"detach/{held.pk}/")).status_code == 303
    assert pi.post(at(draft, f"detach/{held.pk}/")).status_code == 404
    assert not attachments_of(draft).exists()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "words"), [("en", "Project Proposal"), ("zh-hans", "项目申请书")])
def test_the_preview_is_marked_a_draft_on_each_page(cast: Cast, call: Call, as_: As, language: str, words: str) -> None:
    proposal = complete_draft(cast, call)
    answer = as_("pi", language).get(at(proposal, "preview.pdf"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    pages = [page.extract_text().replace(" ", "") for page in PdfReader(BytesIO(answer.content)).pages]
    assert all("草稿" in page for page in pages)
    assert words.replace(" ", "") in "".join(pages).replace("\n", "")


@pytest.mark.slow
def test_an_empty_draft_can_be_previewed_too(as_: As, draft: Proposal) -> None:
    assert as_("pi").get(at(draft, "preview.pdf")).content.startswith(b"%PDF-")
