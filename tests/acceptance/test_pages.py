"""The acceptance's pages: each party finds its own step, in both languages, in few queries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from acceptance.models import Acceptance, Conclusion
from core.tenancy import tenant_scope
from documents.queries import bytes_of, current_revision
from tests.acceptance.stages import AFTER_TERM, filed, notified, project_of, proposed, published
from tests.factories import make_project, make_proposal


@pytest.fixture
def project(cast, anso, clock):
    clock.set(AFTER_TERM)
    return project_of(cast, anso)


@pytest.fixture
def browse(cast):
    """`browse("pi", "detail", project.pk)`: the page's text; keyword `post` sends it."""

    def go(person, page, *args, post=None, language="en"):
        client = Client()
        client.force_login(cast.people[person])
        client.cookies["django_language"] = language
        url = reverse(f"acceptance:{page}", args=["anso", *args])
        return client.get(url) if post is None else client.post(url, post)

    return go


def text(answer) -> str:
    return answer.content.decode()


STEPS = {
    "Send the notice": "secretary",
    "File the science opinion": "office",
    "Put it before the director": "secretary",
    "Return with remarks": "director",
}
STAGES = {
    "over": (lambda cast, project: None, "Send the notice"),
    "notified": (notified, "File the science opinion"),
    "filed": (filed, "Put it before the director"),
    "proposed": (proposed, "Return with remarks"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_each_party_finds_its_own_step_and_no_other(cast, project, browse, stage):
    make, step = STAGES[stage]
    make(cast, project)
    for person in ("pi", "office", "secretary", "finance", "director", "host"):
        page = text(browse(person, "detail", project.pk))
        assert {one for one in STEPS if one in page} == ({step} if person == STEPS[step] else set()), person


def test_the_whole_closing_by_its_pages(cast, project, browse):
    assert "Send the acceptance notice" in text(browse("secretary", "detail", project.pk))
    assert browse("secretary", "notify", project.pk, post={}).status_code in (302, 303)
    assert "not possible in the state" in text(browse("secretary", "notify", project.pk, post={})).lower()

    notice = Acceptance.objects.get().notice
    scan = SimpleUploadedFile("意见.pdf", bytes_of(current_revision(notice).file), "application/pdf")
    for kind, file in (("science", scan), ("finance", None)):
        given = {f"{kind}-organised_as": "panel", f"{kind}-result": "pass", f"{kind}-text": "Goals reached."}
        answer = browse(
            "office", "file_opinion", project.pk, kind, post=given | ({f"{kind}-scan": file} if file else {})
        )
        assert answer.status_code in (302, 303), text(answer)
    opinion = Acceptance.objects.get().opinions.get(kind="science")
    download = browse("secretary", "opinion_scan", project.pk, opinion.pk)
    assert "attachment" in download["Content-Disposition"]

    refused = browse("secretary", "propose", project.pk, post={"outcome": "pass"})
    assert refused.status_code == 409
    assert "ANSO Measures, article 41" in text(refused)
    given = {"title": "Glaciers", "channel": "ANSO website", "published_date": "2025-01-06", "url": ""}
    assert browse("pi", "record_result", project.pk, post=given).status_code in (302, 303)
    assert browse("secretary", "propose", project.pk, post={"outcome": "pass"}).status_code in (302, 303)

    shown = Conclusion.objects.get().pk
    assert f'name="conclusion" value="{shown}"' in text(browse("director", "detail", project.pk))
    decision = {"conclusion": shown, "decision": "approve", "comment": ""}
    assert browse("director", "decide", project.pk, post=decision).status_code in (302, 303)
    again = browse("director", "decide", project.pk, post=decision)
    assert again.status_code == 409
    project.refresh_from_db()
    assert project.state == "passed"

    document = Conclusion.objects.get().document
    for person in ("pi", "office", "secretary", "director", "host"):
        answer = browse(person, "document", project.pk, document.pk)
        assert answer.content.startswith(b"%PDF") and "attachment" in answer["Content-Disposition"]
    for person in ("charlie", "sibling_office", "reviewer1", "mo"):
        assert browse(person, "document", project.pk, document.pk).status_code == 404


def test_what_was_typed_wrong_is_answered_at_its_field_and_kept(cast, project, browse):
    notified(cast, project)
    answer = browse("office", "file_opinion", project.pk, "science", post={"science-text": "已完成全部指标"})
    assert answer.status_code == 422
    assert "已完成全部指标" in text(answer)
    renamed = SimpleUploadedFile("opinion.pdf", b"MZ" + b"\0" * 300)
    given = {"science-organised_as": "panel", "science-result": "pass", "science-text": "x", "science-scan": renamed}
    answer = browse("office", "file_opinion", project.pk, "science", post=given)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer)
    answer = browse(
        "pi", "record_result", project.pk, post={"title": "x", "channel": "y", "published_date": "2999-01-01"}
    )
    assert answer.status_code == 409 and "A41" in text(answer)


def test_a_fail_shows_its_reasons_with_evidence(cast, project, browse):
    filed(cast, project)
    answer = browse("secretary", "propose", project.pk, post={"outcome": "fail"})
    assert answer.status_code == 409 and "A33" in text(answer)
    given = {"outcome": "fail", "reason_goals_unmet": "on", "evidence_goals_unmet": "指标 2 未完成"}
    assert browse("secretary", "propose", project.pk, post=given).status_code in (302, 303)
    page = text(browse("director", "detail", project.pk))
    assert "指标 2 未完成" in page and "The goals promised" in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("stage", STAGES)
def test_pages_in_both_languages(cast, project, browse, stage, language):
    STAGES[stage][0](cast, project)
    page = text(browse("secretary", "detail", project.pk, language=language))
    assert ("验收" in page) if language == "zh-hans" else ("Acceptance" in page)


def test_the_overview_shows_what_is_due_and_under_way(cast, project, browse):
    page = text(browse("secretary", "list"))
    assert project.grant_number in page
    notified(cast, project)
    assert "Notice sent" in text(browse("director", "list"))
    assert browse("pi", "list").status_code == 404
    assert browse("mo", "list").status_code == 404


def test_pages_cost_the_same_for_one_and_for_thirty(cast, project, browse, django_assert_max_num_queries):
    client = Client()
    client.force_login(cast.secretary)

    def queries(url):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        # PostgreSQL's savepoints and row-level variable are no reads.
        return sum(" FROM " in query["sql"] for query in seen)

    overview = reverse("acceptance:list", args=["anso"])
    detail = reverse("acceptance:detail", args=["anso", project.pk])
    few = queries(overview)
    with tenant_scope(cast.anso):
        for n in range(30):
            other = make_project(make_proposal(cast, project.call, state="approved", number=n + 10), state="active")
            if n < 15:
                other.start_acceptance()
                other.save()
                Acceptance.objects.create(
                    tenant=cast.anso,
                    project=other,
                    notified_at=AFTER_TERM,
                    notified_by=cast.secretary,
                    due_at=AFTER_TERM,
                )
    assert queries(overview) == few <= 12
    filed(cast, project)
    published(cast, project)
    assert queries(detail) <= 22
