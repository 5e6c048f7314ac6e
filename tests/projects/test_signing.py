"""The order of signing, what a signature binds, numbers, and what nobody may do."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotVisible, Refused, WrongState
from documents import storage
from notifications.models import Notice, Reminder
from projects import actions
from projects.enums import ProjectState
from projects.queries import book_pdf, waiting_for_signature
from reviews.enums import ConflictSource
from reviews.models import Conflict
from tests.cast import Cast
from tests.projects.world import PARTIES, being_signed, signer


@pytest.mark.parametrize("signed", range(5))
def test_only_the_next_party_signs(cast: Cast, call: Any, signed: int) -> None:
    project = being_signed(cast, call, signed=signed)
    for position, party in enumerate(PARTIES):
        if position == signed:
            continue
        with pytest.raises(Refused) as refused:
            actions.sign_book(project=project, party=party, by=signer(cast, party))
        if position < signed:
            assert isinstance(refused.value, WrongState)
            assert "Nothing is left to sign" in refused.value.findings[0].message_en
        else:
            assert refused.value.findings[0].code == "not-your-turn"
    assert project.signatures.count() == signed
    if signed < 4:
        actions.sign_book(project=project, party=PARTIES[signed], by=signer(cast, PARTIES[signed]))
        assert project.signatures.count() == signed + 1


def test_each_revision_contains_the_one_before(cast: Cast, call: Any) -> None:
    project = being_signed(cast, call, signed=4)
    chain = [storage.get(one.file.sha256) for one in project.book_document.revisions.order_by("number")]
    assert len(chain) == 5
    assert all(later.startswith(earlier) for earlier, later in pairwise(chain))


def test_a_signature_binds_the_file_that_was_shown(cast: Cast, call: Any) -> None:
    project = being_signed(cast, call)
    with pytest.raises(Refused, match="not the one you were shown"):
        actions.sign_book(project=project, party="pi", by=cast.pi, expected_sha256="0" * 64)
    assert project.signatures.count() == 0
    latest = book_pdf(project)
    assert latest is not None
    actions.sign_book(project=project, party="pi", by=cast.pi, expected_sha256=latest.file.sha256)


def test_unknown_parties_and_other_people_see_nothing(cast: Cast, call: Any) -> None:
    project = being_signed(cast, call)
    for party, by in (
        ("notary", cast.pi),
        ("pi", cast.office),
        ("lead_institution", cast.sibling_office),
        ("host", cast.mo),
    ):
        with pytest.raises(NotVisible):
            actions.sign_book(project=project, party=party, by=by)


def test_a_conflicted_secretary_neither_signs_nor_sees(cast: Cast, call: Any) -> None:
    project = being_signed(cast, call, signed=2)
    assert [one.project for one in waiting_for_signature(cast.secretary)] == [project]
    Conflict.objects.create(
        tenant=cast.anso,
        proposal=project.proposal,
        user=cast.secretary,
        kind="declared",
        source=ConflictSource.DECLARED,
        evidence_zh="亲属",
        evidence_en="family",
    )
    with pytest.raises(NotVisible):
        actions.sign_book(project=project, party="secretariat", by=cast.secretary)
    assert waiting_for_signature(cast.secretary) == []


def test_nobody_signs_for_two_parties(cast: Cast, call: Any) -> None:
    from accounts.enums import AffiliationKind
    from accounts.models import Affiliation

    Affiliation.objects.create(user=cast.pi, institution=cast.lead, kind=AffiliationKind.OFFICE)
    project = being_signed(cast, call, signed=1)
    with pytest.raises(Refused, match="somebody else"):
        actions.sign_book(project=project, party="lead_institution", by=cast.pi)


def test_numbers_come_only_with_the_last_signature_and_in_order(cast: Cast, call: Any) -> None:
    first, second = (being_signed(cast, call, number=n, signed=3) for n in (1, 2))
    assert first.grant_number is None and second.grant_number is None
    actions.sign_book(project=second, party="host", by=cast.host)
    actions.sign_book(project=first, party="host", by=cast.host)
    first.refresh_from_db(), second.refresh_from_db()
    assert (second.grant_number, first.grant_number) == ("ANSO-JR-2021-01", "ANSO-JR-2021-02")
    assert first.state == second.state == ProjectState.ACTIVE
    told = Notice.objects.filter(kind="project-established", key__endswith=f":{first.pk}:1").values_list(
        "user__email", flat=True
    )
    assert {mail.split("@")[0] for mail in told} >= {"pi", "office", "secretary", "host"}


def test_a_refused_last_signature_uses_up_no_number(cast: Cast, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from projects.actions import signing

    project = being_signed(cast, call, signed=3)
    with monkeypatch.context() as broken:
        broken.setattr(signing, "add_signature", _fails)
        with pytest.raises(RuntimeError):
            actions.sign_book(project=project, party="host", by=cast.host)
    actions.sign_book(project=project, party="host", by=cast.host)
    project.refresh_from_db()
    assert project.grant_number == "ANSO-JR-2021-01"


def _fails(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("the key store is away")


def test_the_next_signer_is_told_and_reminded_until_done(cast: Cast, call: Any) -> None:
    project = being_signed(cast, call, signed=1)
    waiting = Reminder.objects.filter(kind="signature-waiting", cancelled_at__isnull=True)
    assert {one.user for one in waiting} == {cast.office}
    assert Notice.objects.filter(user=cast.office, kind="signature-waiting").count() == 1
    actions.sign_book(project=project, party="lead_institution", by=cast.office)
    assert {one.user for one in waiting.all()} == {cast.secretary}


def test_pdfsig_finds_four_valid_signatures_over_the_whole_file(cast: Cast, call: Any, tmp_path: Path) -> None:
    if not shutil.which("pdfsig"):
        pytest.skip("needs poppler-utils")
    project = being_signed(cast, call, signed=4)
    latest = book_pdf(project)
    assert latest is not None
    path = tmp_path / "book.pdf"
    path.write_bytes(storage.get(latest.file.sha256))
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid") == 4
    assert "Total document signed" in said.split("Signature #4")[1]
