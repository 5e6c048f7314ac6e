"""The pages as people use them, through the real URLs."""

import json
from typing import Any

import pytest
from django.urls import reverse

from programs.models import Call
from projects import actions
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import book_pdf
from tests.cast import PASSWORD, Cast
from tests.projects.world import agree, being_signed, in_review, start


def at(name: str, *args: Any) -> str:
    return reverse(f"projects:{name}", args=["anso", *args])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_a_books_life_opens(cast: Cast, anso: Any, clock: Any, as_: Any, language: str) -> None:
    pi, secretary, expert = as_(cast.pi, language), as_(cast.secretary, language), as_(cast.expert1, language)
    project = start(cast, amount_fen=100_000_000)
    for page in ("detail", "book_edit", "book_submit", "book"):
        assert pi.get(at(page, project.pk)).status_code == 200, page
    assert pi.get(at("list")).status_code == 200
    actions.scale_book(project=project, by=cast.pi, revision=0)
    assert pi.get(at("book_preview", project.pk))["Content-Type"] == "application/pdf"
    assert pi.post(at("book_submit", project.pk), {"answer": ""}).status_code == 302
    assert secretary.get(at("book", project.pk)).status_code == 200
    assert secretary.get(at("book_expert", project.pk)).status_code == 200
    assert expert.get(at("book", project.pk)).status_code == 404


def test_the_book_is_written_handed_in_judged_and_signed_by_pages(cast: Cast, anso: Any, clock: Any, as_: Any) -> None:
    project = in_review(cast)
    secretary, expert, pi = as_(cast.secretary), as_(cast.expert1), as_(cast.pi)
    url = at("book", project.pk)
    line = project.book_draft["budget_lines"][0]["key"]
    answer = expert.post(url, {"verdict": "revise", "round": "1", f"on.budget_lines.{line}": "basis?"})
    assert answer.status_code == 302
    assert "basis?" in secretary.get(url).content.decode()
    assert secretary.post(url, {"verdict": "agree", "round": "1", "comment": "fine"}).status_code == 302
    project.refresh_from_db()
    assert project.state == ProjectState.BOOK_DRAFTING
    page = pi.get(at("book_edit", project.pk)).content.decode()
    assert "basis?" in page and "Zhang Zhen" not in page and "甄账" not in page
    refused = pi.post(at("book_submit", project.pk), {"answer": ""})
    assert refused.status_code == 409
    assert pi.post(at("book_submit", project.pk), {"answer": "explained"}).status_code == 302
    stale = expert.post(url, {"verdict": "agree", "round": "1"})  # a page from before the revision
    assert stale.status_code == 409 and "Another round was handed in" in stale.content.decode()
    assert 'name="round" value="2"' in stale.content.decode()
    assert expert.post(url, {"verdict": "agree"}).status_code == 409
    assert expert.post(url, {"verdict": "agree", "round": "2"}).status_code == 302
    assert secretary.post(url, {"verdict": "agree", "round": "2"}).status_code == 302
    project.refresh_from_db()
    assert project.state == ProjectState.SIGNING
    sign = at("sign", project.pk)
    assert "Open the task book" in pi.get(sign).content.decode()
    latest = book_pdf(project)
    assert latest is not None
    good = {"party": "pi", "sha256": latest.file.sha256, "password": PASSWORD}
    assert pi.post(sign, {**good, "password": "wrong"}).status_code == 422
    assert pi.post(sign, {**good, "sha256": "0" * 64}).status_code == 409
    assert pi.post(sign, good).status_code == 302
    again = pi.post(sign, good, follow=True)
    assert "Nothing is left to sign here" in again.content.decode()
    assert project.signatures.count() == 1
    assert secretary.get(at("book_pdf", project.pk)).status_code == 200
    assert secretary.get(at("book_pdf", project.pk) + "?revision=0").status_code == 200
    assert secretary.get(at("book_pdf", project.pk) + "?revision=9").status_code == 404


def _form_of(project: Project) -> dict[str, str]:
    from projects.sheet import flat

    return {name: value for name, value in flat(project.book_draft).items() if value}


def test_the_editing_page_saves_adds_removes_and_scales(cast: Cast, anso: Any, clock: Any, as_: Any) -> None:
    project = start(cast, amount_fen=100_000_000)
    pi, url = as_(cast.pi), at("book_edit", project.pk)
    fields = _form_of(project)
    first = project.book_draft["budget_lines"][0]["key"]
    fields[f"budget_lines.{first}.amount_fen"] = "12万"
    assert pi.post(url, {**fields, "revision": "0", "do": "save"}).status_code == 302
    project.refresh_from_db()
    assert project.book_draft["budget_lines"][0]["amount_fen"] == "12万"
    page = pi.get(url).content.decode()
    assert 'value="12万"' in page and "digits" in page
    scale = pi.post(url, {**fields, "revision": "1", "do": "scale"})
    assert scale.status_code == 409
    fields[f"budget_lines.{first}.amount_fen"] = "123,456.78"
    project.refresh_from_db()
    assert pi.post(url, {**fields, "revision": str(project.book_revision), "do": "scale"}).status_code == 302
    project.refresh_from_db()
    assert sum(line["amount_fen"] for line in project.book_draft["budget_lines"]) == 100_000_000
    count = len(project.book_draft["budget_lines"])
    fields, revision = _form_of(project), str(project.book_revision)
    assert pi.post(url, {**fields, "revision": revision, "add_row": "budget_lines"}).status_code == 302
    project.refresh_from_db()
    assert len(project.book_draft["budget_lines"]) == count + 1
    fields, revision = _form_of(project), str(project.book_revision)
    gone = {**fields, "revision": revision, "remove_row": f"budget_lines:{first}"}
    assert pi.post(url, gone).status_code == 302
    project.refresh_from_db()
    assert first not in [line["key"] for line in project.book_draft["budget_lines"]]


def test_a_stale_tab_overwrites_nothing(cast: Cast, anso: Any, clock: Any, as_: Any) -> None:
    project = start(cast)
    pi, fields = as_(cast.pi), _form_of(project)
    mine = {**fields, "objectives_en": "mine"}
    assert (
        pi.post(at("book_edit", project.pk), {**fields, "objectives_en": "first", "revision": "0"}).status_code == 302
    )
    stale = pi.post(at("book_edit", project.pk), {**mine, "revision": "0"})
    assert stale.status_code == 409 and "mine" in stale.content.decode()
    json_answer = pi.post(at("book_autosave", project.pk), mine, headers={"X-Revision": "0"})
    assert json_answer.status_code == 409
    assert json.loads(json_answer.content)["theirs"]["objectives_en"] == "first"
    saved = pi.post(at("book_autosave", project.pk), mine, headers={"X-Revision": "1"})
    assert saved.status_code == 200 and json.loads(saved.content)["revision"] == 2
    project.refresh_from_db()
    assert project.book_draft["objectives_en"] == "mine"


def test_nobody_else_writes_the_book(cast: Cast, anso: Any, clock: Any, as_: Any) -> None:
    project = start(cast)
    for person in (cast.office, cast.secretary, cast.director, cast.charlie, cast.mo):
        for page in ("book_edit", "book_submit"):
            assert as_(person).get(at(page, project.pk)).status_code == 404
        assert as_(person).post(at("book_autosave", project.pk), {}).status_code == 404


def test_the_tray_signs_in_one_confirmation(cast: Cast, call: Call, as_: Any) -> None:
    projects = [being_signed(cast, call, number=n, signed=2) for n in (1, 2, 3)]
    secretary, url = as_(cast.secretary), at("tray")
    page = secretary.get(url)
    assert page.status_code == 200
    assert page.content.decode().count('name="items"') == 3
    seen = {f"sha256.{one.pk}": _sha(one) for one in projects}
    chosen = [str(one.pk) for one in projects]
    assert secretary.post(url, {"items": chosen, **seen, "password": "no"}).status_code == 422
    wrong = {**seen, f"sha256.{projects[0].pk}": "0" * 64}
    assert secretary.post(url, {"items": chosen, **wrong, "password": PASSWORD}).status_code == 409
    done = secretary.post(url, {"items": chosen, **seen, "password": PASSWORD})
    assert done.status_code == 302
    assert secretary.get(done["Location"]).status_code == 200
    twice = secretary.post(url, {"items": chosen, **seen, "password": PASSWORD})
    assert twice.status_code == 409
    assert as_(cast.host).get(done["Location"]).status_code == 404
    for verb in ("pause", "resume"):
        assert secretary.post(done["Location"] + "control/", {"do": verb}).status_code == 302


def _sha(project: Project) -> str:
    latest = book_pdf(project)
    assert latest is not None
    return latest.file.sha256


def test_acknowledgement_and_history_of_an_established_project(cast: Cast, call: Call, as_: Any) -> None:
    project = being_signed(cast, call, signed=4)
    assert project.state == ProjectState.ACTIVE
    for person in (cast.pi, cast.office, cast.secretary, cast.host, cast.director, cast.finance):
        page = as_(person).get(at("detail", project.pk))
        assert page.status_code == 200
        text = page.content.decode()
        assert f"Grant No. {project.grant_number}" in text or str(project.grant_number) in text
        assert as_(person).get(at("book_pdf", project.pk)).status_code == 200
    for person in (cast.charlie, cast.sibling_office, cast.mo, cast.reviewer1, cast.expert1):
        for page_name in ("detail", "book_pdf", "book", "sign"):
            assert as_(person).get(at(page_name, project.pk)).status_code == 404


def test_export_has_the_filtered_rows_and_no_formulas(cast: Cast, call: Call, as_: Any) -> None:
    project = being_signed(cast, call, number=1)
    project.title_en = "=cmd()|'/c calc'!A0"
    project.save()
    answer = as_(cast.secretary).get(at("export") + "?q=cmd")
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert b"<f>" not in answer.content


def test_pages_after_signing_began(cast: Cast, anso: Any, clock: Any, as_: Any) -> None:
    project = agree(cast, in_review(cast))
    assert as_(cast.host).get(at("detail", project.pk)).status_code == 200
    assert as_(cast.host).get(at("sign", project.pk)).status_code == 200
    assert as_(cast.pi).get(at("book_edit", project.pk)).status_code == 302
