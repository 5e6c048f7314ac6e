"""Search by words: what is found by which words, in Chinese and English, and that the terms follow their rows."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.search import LONGEST, beginnings_in, terms_of
from programs.models import Call
from projects.models import ProjectTerm
from projects.queries.listing import filtered as filtered_projects
from proposals.models import Proposal
from proposals.queries.listing import filtered
from tests import factories
from tests.cast import Cast

TITLE_ZH = "基于5G通信的青藏高原（冰川）变化研究"
TITLE_EN = "Glacier change on the Tibetan Plateau: carbon-nanotube sensors"


def found(person: Any, text: str) -> set[int]:
    return {row.pk for arm in filtered(person, {"q": text}) for row in arm}


@pytest.fixture
def row(cast: Cast, call: Call) -> Proposal:
    number = 7
    row = factories.make_proposal(cast, call, state="submitted", number=number)
    row.title_zh, row.title_en = TITLE_ZH, TITLE_EN
    row.save(update_fields=["title_zh", "title_en"])
    other = factories.make_proposal(cast, call, state="submitted", number=8)
    other.title_zh, other.title_en = "海洋生态", "Ocean life"
    other.save()
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "高原", "冰", "青藏高原", "变化研究", "5g", "５Ｇ通信", "GLACIER", "glac", "g", "tibetan glacier", "冰川 plateau",
        "nanotube", "carbon-nano", TITLE_ZH, TITLE_EN, " 高原　冰川 ", "高原，研究",
    ],
)  # fmt: skip
def test_found(cast: Cast, row: Proposal, text: str) -> None:
    assert found(cast.secretary, text) == {row.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["lacier", "高原海洋", "ocean glacier", "冰川研究", "%", "_", "'", "青藏高原的", "0'; --", "x" * 100]
)
def test_not_found(cast: Cast, row: Proposal, text: str) -> None:
    assert row.pk not in found(cast.secretary, text)


@pytest.mark.django_db
def test_numbers_and_people(cast: Cast, row: Proposal) -> None:
    assert row.application_number
    assert found(cast.secretary, row.application_number) == {row.pk}
    assert found(cast.secretary, row.application_number.rpartition("-")[2]) == {row.pk}
    for name in (row.pi.name_zh, row.pi.name_zh[1:], row.pi.name_en.split()[-1][:3]):
        assert row.pk in found(cast.secretary, name), name
    assert row.pk in found(cast.secretary, f"{row.pi.name_zh} 高原")


@pytest.mark.django_db
def test_terms_follow_titles_and_names(cast: Cast, row: Proposal, django_assert_num_queries: Any) -> None:
    row.title_zh = "湖泊"
    row.save(update_fields=["title_zh"])
    assert found(cast.secretary, "湖泊") == {row.pk}
    assert found(cast.secretary, "冰川") == set()
    fresh = Proposal.objects.get(pk=row.pk)
    fresh.revision += 1
    with CaptureQueriesContext(connection) as queries:
        fresh.save(update_fields=["revision"])
        fresh.save()
    assert not any("proposalterm" in query["sql"] for query in queries)
    person = row.pi
    person.name_zh = "欧阳新名"
    person.save()
    assert row.pk in found(cast.secretary, "新名")
    assert found(cast.secretary, "湖泊 欧阳") == {row.pk}
    person.set_password("x")
    with django_assert_num_queries(1):
        person.save(update_fields=["password"])


@pytest.mark.django_db
def test_projects_and_their_numbers(cast: Cast, row: Proposal) -> None:
    project = factories.make_project(row)
    wanted = {project.pk}
    for text in (row.title_zh[:4], row.title_en.split()[0], row.application_number or "", row.pi.name_zh):
        assert {one.pk for arm in filtered_projects(cast.secretary, {"q": text}) for one in arm} == wanted, text
    assert all(not arm.exists() for arm in filtered_projects(cast.secretary, {"q": "海洋"}))
    row.pi.name_zh = "欧阳新名"
    row.pi.save()
    assert any(arm.exists() for arm in filtered_projects(cast.secretary, {"q": "新名"}))


@pytest.mark.django_db
def test_command_makes_them_anew(cast: Cast, row: Proposal) -> None:
    project = factories.make_project(row)
    Proposal.objects.filter(pk=row.pk).update(title_zh="沙漠")
    ProjectTerm.objects.all().delete()
    call_command("search_terms")
    assert found(cast.secretary, "沙漠") == {row.pk}
    assert found(cast.secretary, "冰川") == set()
    assert set(project.terms.values_list("term", flat=True)) == terms_of(*project.texts())


def test_terms_are_short() -> None:
    assert terms_of("internationalisation") == {"internationa"}
    assert max(map(len, terms_of("中" * 40))) == LONGEST
    assert terms_of("气候变化") == {"气候变化", "候变化", "变化", "化"}
    assert terms_of("", "—", "a_b") == {"a", "b"}


def test_long_words_are_asked_for_in_pieces() -> None:
    text = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰"
    pieces = beginnings_in(text)
    assert "".join(pieces[:2]) == text[: 2 * LONGEST]
    assert text.endswith(pieces[-1])
    assert set(pieces) <= terms_of(f"{text}尾")
    assert beginnings_in("。") == []
    assert len(beginnings_in(" ".join(map(str, range(50))))) == 8
