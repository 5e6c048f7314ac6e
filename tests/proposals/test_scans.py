"""The sealed list comes back as a scan: its code says which list it is, and a wrong one is refused in words."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audit.models import Event
from core.errors import NotVisible, Refused
from documents import scanning
from documents.qr import new_code
from documents.queries import bytes_of, documents_of
from proposals import actions
from proposals.models import EndorsementScan, EndorsementSummary, Proposal, ProposalVersion, VersionScan
from proposals.queries.summaries import chapters
from tests.cast import Cast
from tests.documents.test_scanning import packed, sheet
from tests.factories import make_call
from tests.proposals.chains import handed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_scope(anso: Any, clock: Any) -> None:
    """ANSO's scope, while the call is open."""


@pytest.fixture
def summary(cast: Cast) -> EndorsementSummary:
    """The office's list over one application."""
    return issue(cast, make_call(cast.anso, cast.secretary))


def issue(cast: Cast, call: Any) -> EndorsementSummary:
    actions.endorse(proposal=handed_in(cast, call), by=cast.office)
    (chapter,) = chapters(cast.office)
    return actions.issue_summary(chapter=chapter, by=cast.office, language="en")


def code_of(summary: EndorsementSummary) -> str:
    return documents_of(summary).get().code


def codes(refusal: Any) -> set[str]:
    return {finding.code for finding in refusal.value.findings}


@pytest.mark.parametrize(("kind", "name"), [("PDF", "sealed.pdf"), ("PNG", "sealed.png"), ("JPEG", "sealed.jpg")])
def test_the_list_is_known_by_its_code(cast: Cast, summary: EndorsementSummary, kind: str, name: str) -> None:
    data = packed(sheet(code_of(summary), angle=2), kind)
    row = actions.file_scan(by=cast.office, data=data, filename=name)
    assert (row.summary, row.filename, bytes_of(row.file)) == (summary, name, data)
    assert actions.file_scan(by=cast.office, data=data, filename=name) == row
    assert Event.objects.filter(action="endorsement_summary.scan").count() == 1


def test_while_another_is_read_it_says_so(
    cast: Cast, summary: EndorsementSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "WAIT_SECONDS", 0.01)
    with scanning._AT_ONCE, pytest.raises(Refused) as refusal:
        actions.file_scan(by=cast.office, data=packed(sheet(code_of(summary)), "PNG"), filename="a.png")
    assert codes(refusal) == {"scan_busy"}


def test_one_file_of_many_pages(cast: Cast, summary: EndorsementSummary) -> None:
    stream = io.BytesIO()
    pages = [sheet(code_of(summary)), sheet(), sheet(code_of(summary))]
    pages[0].save(stream, "PDF", save_all=True, append_images=pages[1:])
    assert actions.file_scan(by=cast.office, data=stream.getvalue(), filename="all.pdf").summary == summary


def test_a_list_that_a_newer_one_replaced_is_refused_with_both_numbers(cast: Cast, summary: EndorsementSummary) -> None:
    newer = issue(cast, summary.call)
    with pytest.raises(Refused) as refusal:
        actions.file_scan(by=cast.office, data=packed(sheet(code_of(summary)), "PNG"), filename="a.png")
    assert codes(refusal) == {"scan_outdated"}
    assert "list 1" in str(refusal.value) and "list 2" in str(refusal.value)
    assert actions.file_scan(by=cast.office, data=packed(sheet(code_of(newer)), "PNG"), filename="a.png")


def paper_of(proposal: Proposal, by: User) -> str:
    """The code of the printed newest version."""
    version = proposal.versions.last()
    assert version is not None
    return actions.issue_version_pdf(version=version, language="en", by=by).code


def test_a_stamped_application_is_known_by_its_code(cast: Cast, summary: EndorsementSummary) -> None:
    proposal = Proposal.objects.get()
    data = packed(sheet(paper_of(proposal, cast.pi), angle=2), "PDF")
    given = {"proposal": proposal, "data": data, "filename": "盖章件.pdf"}
    row = actions.file_version_scan(by=cast.office, **given)
    assert row.version == proposal.versions.last() and bytes_of(row.file) == data
    assert actions.file_version_scan(by=cast.pi, **given) == row
    assert Event.objects.filter(action="proposal.file_scan").count() == 1
    for stranger in (cast.charlie, cast.secretary, cast.sibling_office):
        with pytest.raises(NotVisible):
            actions.file_version_scan(by=stranger, **given)


def test_an_old_version_and_other_papers_are_refused(cast: Cast, summary: EndorsementSummary) -> None:
    proposal = Proposal.objects.get()
    old, other = paper_of(proposal, cast.pi), code_of(summary)
    first = proposal.versions.get()
    ProposalVersion.objects.create(
        tenant=cast.anso,
        proposal=proposal,
        number=2,
        dossier_json=first.dossier_json,
        sha256="0" * 64,
        policy_sha256=first.policy_sha256,
        budget_book=first.budget_book,
        received_at=first.received_at,
        frozen_by=cast.office,
    )
    for found, reason in ((old, "scan_outdated"), (other, "scan_of_another"), (new_code(), "scan_of_another")):
        with pytest.raises(Refused) as refusal:
            actions.file_version_scan(
                proposal=proposal, by=cast.office, data=packed(sheet(found), "PNG"), filename="a.png"
            )
        assert codes(refusal) == {reason}


def test_the_scan_is_filed_and_read_on_the_application_s_page(cast: Cast, summary: EndorsementSummary) -> None:
    proposal = Proposal.objects.get()
    address = f"/anso/proposals/{proposal.pk}/"

    def client(name: str) -> Client:
        fresh = Client()
        fresh.force_login(cast.people[name])
        return fresh

    for wrong in ({}, {"scan": SimpleUploadedFile("a.pdf", b"<html>")}):
        answer = client("office").post(f"{address}scan/", wrong, follow=True)
        assert answer.status_code == 200 and "messages" in answer.context
    scan = SimpleUploadedFile("盖章.png", packed(sheet(paper_of(proposal, cast.pi)), "PNG"))
    client("office").post(f"{address}scan/", {"scan": scan})
    row = VersionScan.objects.get()
    for name in ("pi", "office", "secretary"):
        assert "盖章.png" in client(name).get(address).content.decode(), name
        assert client(name).get(f"{address}scans/{row.pk}/").status_code == 200
    for name in ("charlie", "reviewer1"):
        assert client(name).get(f"{address}scans/{row.pk}/").status_code == 404


def test_other_papers_are_refused(cast: Cast, summary: EndorsementSummary) -> None:
    for by, found, reason in (
        (cast.office, (), "scan_without_code"),
        (cast.office, (new_code(),), "scan_of_another"),
        (cast.office, (code_of(summary), new_code()), "scan_of_several"),
        (cast.sibling_office, (code_of(summary),), "scan_of_another"),
        (cast.pi, (code_of(summary),), "scan_of_another"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.file_scan(by=by, data=packed(sheet(*found), "PNG"), filename="a.png")
        assert codes(refusal) == {reason}
    for data, name in ((b"", "a.pdf"), (b"text", "a.pdf"), (b"%PDF-1.7 broken", "a.pdf")):
        with pytest.raises(Refused):
            actions.file_scan(by=cast.office, data=data, filename=name)
    assert not EndorsementScan.objects.exists()


def test_on_its_page(cast: Cast, summary: EndorsementSummary, as_: Callable[..., Client]) -> None:
    office, address = as_("office"), "/anso/proposals/endorsing/lists/"
    good = SimpleUploadedFile("sealed.png", packed(sheet(code_of(summary)), "PNG"))
    assert "Filed with list 1." in office.post(f"{address}scan/", {"scan": good}, follow=True).content.decode()
    (row,) = EndorsementScan.objects.all()
    page = office.get(address).content.decode()
    assert f"{address}scans/{row.pk}/" in page
    assert office.get(f"{address}scans/{row.pk}/")["Content-Disposition"].startswith("attachment")
    assert as_("sibling_office").get(f"{address}scans/{row.pk}/").status_code == 404
    bad = SimpleUploadedFile("other.png", packed(sheet(), "PNG"))
    assert "No QR code could be read" in office.post(f"{address}scan/", {"scan": bad}, follow=True).content.decode()
    assert "empty" in office.post(f"{address}scan/", follow=True).content.decode()
