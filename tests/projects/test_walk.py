"""Steps 7 and 8 of the walk, by the actions: from the approval to the established project."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.errors import Refused
from documents import storage
from documents.verification import verify_pdf
from projects import actions
from projects.enums import ProjectState
from projects.queries import book_dossier, book_findings, book_pdf, rounds_of
from tests.cast import Cast
from tests.projects.world import PARTIES, agree, in_review, signer, start


def test_the_book_is_asked_for_with_the_approved_amount(cast: Cast, anso: Any, clock: Any) -> None:
    project = start(cast, amount_fen=100_000_000)
    assert not book_dossier(project)[1]
    codes = [one.code for one in book_findings(project)]
    assert "award_kept" in codes
    with pytest.raises(Refused) as refused:
        actions.submit_book(project=project, by=cast.pi)
    assert "award_kept" in [one.code for one in refused.value.findings]
    actions.scale_book(project=project, by=cast.pi, revision=0)
    project.refresh_from_db()
    assert book_dossier(project)[0].total_fen == 100_000_000
    assert book_findings(project) == []


def test_a_revision_and_its_answer_then_both_agree(cast: Cast, anso: Any, clock: Any) -> None:
    project = in_review(cast, amount_fen=100_000_000)
    actions.give_opinion(project=project, by=cast.secretary, kind="secretariat", verdict="agree")
    line = book_dossier(project)[0].budget_lines[0]
    actions.give_opinion(
        project=project,
        by=cast.expert1,
        kind="finance",
        verdict="revise",
        field_comments={f"budget_lines.{line.key}": "测算依据不足"},
    )
    project.refresh_from_db()
    assert project.state == ProjectState.BOOK_DRAFTING
    with pytest.raises(Refused, match="dealt with"):
        actions.submit_book(project=project, by=cast.pi)
    actions.submit_book(project=project, by=cast.pi, answer="已补充测算依据")
    project = agree(cast, project)
    assert project.state == ProjectState.SIGNING
    assert [one.row.number for one in rounds_of(project)] == [2, 1]
    assert len(rounds_of(project)[1].opinions) == 2


def test_four_parties_sign_and_the_project_is_established(cast: Cast, anso: Any, clock: Any, tmp_path: Path) -> None:
    project = agree(cast, in_review(cast))
    for position, party in enumerate(PARTIES, start=1):
        clock.forward(hours=1)
        project.refresh_from_db()
        assert project.grant_number is None
        signature = actions.sign_book(project=project, party=party, by=signer(cast, party))
        assert signature.position == position
    project.refresh_from_db()
    assert project.state == ProjectState.ACTIVE
    assert project.grant_number == "ANSO-JR-2021-01"
    latest = book_pdf(project)
    assert latest is not None
    data = storage.get(latest.file.sha256)
    report = verify_pdf(data)
    assert report.is_complete
    assert [one.field for one in report.signatures] == ["pi", "lead-institution", "secretariat", "host"]
    if shutil.which("pdfsig"):
        path = tmp_path / "book.pdf"
        path.write_bytes(data)
        said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
        assert said.count("Signature is Valid") == 4
        assert "Total document signed" in said.split("Signature #4")[1]
