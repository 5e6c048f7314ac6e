"""The pages of mid-term evaluation: each party finds its own step; bad input is told at its field; few queries."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from documents.queries import bytes_of, current_revision
from projects.midterm.actions import issue_notice
from projects.midterm.tasklist import tasks
from projects.models import MidTerm, MidTermDraw, Project
from proposals.models import TeamMember
from tests.cast import Cast
from tests.projects.midterm import HALFWAY, approved, drawn, filed, proposed, running

STEPS = {
    "Draw and send the notices": "secretary",
    "File it": "office",
    "Conclude or propose": "secretary",
    "Return with remarks": "director",
}


@pytest.fixture
def project(cast: Cast, call: Any, clock: Any) -> Project:
    clock.set(HALFWAY)
    return running(cast, call)


def page(name: str, *args: Any) -> str:
    return reverse(f"projects:{name}", args=["anso", *args])


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("stage", ["drawn", "filed", "proposed", "rectifying", "concluded"])
def test_each_party_finds_its_own_step_and_no_other(
    cast: Cast, call: Any, project: Project, as_: Any, stage: str
) -> None:
    (midterm,) = drawn(cast, call)
    if stage != "drawn":
        filed(cast, midterm)
    if stage in ("proposed", "rectifying"):
        conclusion = proposed(cast, midterm, "rectify")
        if stage == "rectifying":
            approved(cast, conclusion)
    if stage == "concluded":
        proposed(cast, midterm, "continue")
    wanted = {
        "drawn": {"pi": "File it", "office": "File it"},
        "filed": {"secretary": "Conclude or propose"},
        "proposed": {"director": "Return with remarks"},
        "rectifying": {"pi": "File it"},
        "concluded": {},
    }[stage]
    for person in ("pi", "office", "secretary", "finance", "director", "host"):
        for language in ("en", "zh-hans"):
            shown = text(as_(cast.people[person], language).get(page("midterm", project.pk)))
            if language == "en":
                steps = {step for step in STEPS if step in shown}
                assert steps == ({wanted[person]} if person in wanted else set()), (person, steps)
        mine = list(tasks(cast.people[person], [cast.anso]))
        assert bool(mine) == (person in wanted), person


def test_the_whole_evaluation_by_its_pages(cast: Cast, call: Any, project: Project, as_: Any) -> None:
    assert as_(cast.secretary).get(page("midterm", project.pk)).status_code == 404
    secretary = as_(cast.secretary)
    assert "Draw and send the notices" in text(secretary.get(page("midterms")))
    bad = secretary.post(page("midterm_draw"), {"call": call.pk, "number": "0"})
    assert bad.status_code == 422
    many = secretary.post(page("midterm_draw"), {"call": call.pk, "number": "2", "seed": "彩票 2023177"})
    assert many.status_code == 409 and "between 1 and 1" in text(many) and "彩票 2023177" in text(many)
    done = secretary.post(page("midterm_draw"), {"call": call.pk, "number": "1", "seed": "彩票 2023177"})
    record = text(secretary.get(done["Location"]))
    assert "彩票 2023177" in record and project.grant_number in record
    assert as_(cast.pi).get(page("midterm_draw_record", MidTermDraw.objects.get().pk)).status_code == 404

    office = as_(cast.office)
    given = {"science-result": "on_track", "science-text": "进展良好。", "science-organised_as": "panel"}
    empty = office.post(page("midterm_file", project.pk, "science"), {"science-text": "只写了这些"})
    assert empty.status_code == 422 and "只写了这些" in text(empty)
    hostile = SimpleUploadedFile("意见.pdf", b"<html>", "application/pdf")
    assert (
        office.post(page("midterm_file", project.pk, "science"), given | {"science-scan": hostile}).status_code == 422
    )
    issue_notice(MidTerm.objects.get())
    stamped = bytes_of(current_revision(MidTerm.objects.get().notice).file)
    scan = SimpleUploadedFile("意见.pdf", stamped, "application/pdf")
    assert office.post(page("midterm_file", project.pk, "science"), given | {"science-scan": scan}).status_code == 302
    late = given | {"science-text": "同事写的另一份意见。"}
    again = office.post(page("midterm_file", project.pk, "science"), late)
    assert again.status_code == 409 and "already" in text(again) and "同事写的另一份意见。" in text(again)
    finance = {name.replace("science", "finance"): value for name, value in given.items()}
    office.post(page("midterm_file", project.pk, "finance"), finance)
    report = {"report-result": "concerns", "report-text": "进展报告。"}
    as_(cast.pi).post(page("midterm_file", project.pk, "report"), report)
    assert MidTerm.objects.get().state == "filed"

    url = page("midterm_propose", project.pk)
    wrong = secretary.post(url, {"outcome": "adjust", "comment": "滞后", "amount": "100万"})
    assert wrong.status_code == 422 and "100万" in text(wrong)
    refused = secretary.post(url, {"outcome": "adjust", "comment": "滞后", "amount": "99999999999"})
    assert refused.status_code in (409, 422) and "滞后" in text(refused)
    assert secretary.post(url, {"outcome": "adjust", "comment": "滞后", "amount": "800000"}).status_code == 302
    slower = secretary.post(url, {"outcome": "continue", "comment": "我看可以继续"})
    assert slower.status_code == 409 and "我看可以继续" in text(slower)
    conclusion = MidTerm.objects.get().conclusions.get()
    director = as_(cast.director)
    url = page("midterm_decide", project.pk)
    assert director.post(url, {"conclusion": conclusion.pk, "decision": "return"}).status_code == 409
    assert director.post(url, {"conclusion": 2**63, "decision": "approve"}).status_code == 422
    assert director.post(url, {"conclusion": conclusion.pk, "decision": "approve"}).status_code == 302
    slower = director.post(url, {"conclusion": conclusion.pk, "decision": "return", "comment": "请再议"})
    assert slower.status_code == 409 and "请再议" in text(slower)
    project.refresh_from_db()
    assert project.approved_fen == 80_000_000
    assert "Mid-term evaluation" in text(as_(cast.pi).get(page("detail", project.pk)))


@pytest.mark.parametrize("name", ["midterms", "draw"])
def test_lists_make_as_many_queries_for_thirty_rows(
    cast: Cast, call: Any, project: Project, as_: Any, name: str
) -> None:
    client = as_(cast.secretary)

    def queries() -> int:
        url = page("midterms") if name == "midterms" else page("midterm_draw_record", MidTermDraw.objects.first().pk)
        client.get(url)
        with CaptureQueriesContext(connection) as made:
            assert client.get(url).status_code == 200
        return len(made)

    drawn(cast, call)
    running(cast, call, 2, approved_fen=600_000_000)
    running(cast, call, 3)
    before = queries()
    for number in range(4, 34):
        running(cast, call, number)
        running(cast, call, number + 40, approved_fen=600_000_000)
    drawn(cast, call, 29)
    assert queries() <= before


def test_who_is_tied_to_a_project_can_t_count_it_in_a_draw(cast: Cast, call: Any, project: Project, as_: Any) -> None:
    other = running(cast, call, 2)
    TeamMember.objects.create(tenant=cast.anso, proposal=other.proposal, user=cast.finance)
    Membership.objects.filter(user=cast.finance).update(role=Role.SECRETARY)
    client = as_(cast.finance)
    assert f"{call.title_en} (1)" in text(client.get(page("midterms")))
    drawn(cast, call, 2)
    record = text(client.get(page("midterm_draw_record", MidTermDraw.objects.get().pk)))
    assert "<dd>1 / 1</dd>" in record and other.grant_number not in record
    assert "<dd>2 / 2</dd>" in text(as_(cast.secretary).get(page("midterm_draw_record", MidTermDraw.objects.get().pk)))
