"""The secretary is shown earlier applications that resemble the one before them, however many there are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from core.search import MOST_PIECES, pieces_of, sharing
from programs.models import Call
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from proposals.queries import dossier_of_version
from proposals.queries.alike import MOST_SHOWN, alike
from reviews.models import Conflict
from tests.cast import Cast
from tests.factories import WHILE_OPEN, good_draft, make_call, make_proposal
from tests.proposals.test_waivers import call_of_another_programme

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
ZH = "东非高原粮食主产区干旱预警与节水农业联合研究"
EN = "Joint research on drought warning and water-saving farming in the East African highlands"


def made(cast: Cast, call: Call, number: int, zh: str = "", en: str = "", *, days: int = -1, **more: Any) -> Proposal:
    text = {name: more.pop(name) for name in ("abstract_zh", "abstract_en", "keywords") if name in more}
    dossier = good_draft(cast, title_zh=zh, title_en=en, **text)
    at = WHILE_OPEN + timedelta(days=days)
    fields = {"state": S.DECLINED, "received_at": at, **more}
    return make_proposal(cast, call, number=number, dossier=dossier, **fields)


@pytest.fixture
def checked(cast: Cast, call: Call) -> Proposal:
    return made(cast, call, 1, ZH, EN, days=0, state=S.SUBMITTED)


def found(cast: Cast, proposal: Proposal, who: str = "secretary") -> list[int]:
    version = proposal.versions.get()
    return [one.proposal.pk for one in alike(cast.people[who], proposal, dossier_of_version(version))]


UNLIKE = {"abstract_zh": "研究疫苗冷链运输。", "abstract_en": "Vaccines in cold chains.", "keywords": ("疫苗",)}


def test_the_nearest_first_with_what_they_have_in_common(cast: Cast, call: Call, checked: Proposal) -> None:
    same = made(cast, call, 2, ZH, EN)
    changed = made(cast, call_of_another_programme(cast, call), 3, "东非粮食主产区节水农业及干旱预警研究", "", pi=cast.charlie,
                   lead_institution=cast.sibling)  # fmt: skip
    made(cast, call, 4, "热带传染病疫苗冷链运输示范", "Cold chains for vaccines against tropical diseases", **UNLIKE)
    rows = alike(cast.secretary, checked, dossier_of_version(checked.versions.get()))
    assert [one.proposal.pk for one in rows] == [same.pk, changed.pk]
    first, second = rows
    assert second.shared == "粮食主产区、干旱预警、节水农业" and 40 <= second.percent < 100
    with translation.override("en"):
        again = alike(cast.secretary, checked, dossier_of_version(checked.versions.get()))
        assert "drought, warning" in again[0].shared, "of the reader's language, where both have it"
        assert first.words == "Nearly the same"
    assert (first.percent, first.is_same_pi, first.is_same_lead) == (100, True, True)
    assert (second.is_same_pi, second.is_same_lead) == (False, False)


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("干旱预警与节水农业联合研究：东非高原粮食主产区", ""),  # other order
        ("東非高原", EN.replace("East African highlands", "highlands of East Africa")),
        ("", EN.upper()),
        ("东非高原粮食主产区旱灾预警与节水农业合作研究", "Something else"),
    ],
)
def test_words_in_another_order_or_language_are_found(
    cast: Cast, call: Call, checked: Proposal, zh: str, en: str
) -> None:
    other = made(cast, call, 2, zh, en)
    assert found(cast, checked) == [other.pk]


def test_a_title_of_its_own_finds_nothing_however_like_the_rest(cast: Cast, call: Call, checked: Proposal) -> None:
    made(cast, call, 2, "联合研究", "Joint research", **UNLIKE)
    made(cast, call, 3, "", "", **UNLIKE)
    assert found(cast, checked) == []
    bare = made(cast, call, 4, "", "", days=1, state=S.SUBMITTED)
    assert found(cast, bare) == []


def test_only_what_was_received_before_and_may_be_opened(cast: Cast, call: Call, checked: Proposal) -> None:
    made(cast, call, 2, ZH, EN, days=1)
    make_proposal(cast, call, state=S.DRAFT, title_zh=ZH, title_en=EN)
    tied, own = made(cast, call, 3, ZH, EN), made(cast, call, 4, ZH, EN, pi=cast.secretary)
    assert found(cast, checked) == [tied.pk]
    Conflict.objects.create(
        tenant=cast.anso, proposal=tied, user=cast.secretary, kind="declared", source="declared", evidence_zh="亲属",
        evidence_en="A relative", found_at=tied.created_at,
    )  # fmt: skip
    assert found(cast, checked) == []
    assert set(found(cast, checked, "director")) == {tied.pk, own.pk}


def test_not_another_funders(cast: Cast, call: Call, checked: Proposal, unscoped: None) -> None:
    most = make_call(cast.most, cast.mo)
    other = made(cast, most, 9, ZH, EN)
    pieces = pieces_of(ZH, EN)
    assert other.pk not in sharing(Proposal, cast.anso.pk, pieces, most=10)
    assert sharing(Proposal, cast.most.pk, pieces, most=10) == [other.pk]


def test_the_rarest_lead(cast: Cast, call: Call) -> None:
    """A hundred share the frequent end of the title, one its rare beginning."""
    rare = made(cast, call, 500, "藏羚羊迁徙廊道联合研究示范")
    for number in range(100):
        made(cast, call, number, f"第{number}号联合研究示范")
    ids = sharing(Proposal, cast.anso.pk, pieces_of("藏羚羊迁徙廊道联合研究示范"), most=5)
    assert ids[0] == rare.pk and len(ids) == 5


def test_pieces_are_bounded() -> None:
    assert len(pieces_of(ZH * 12, EN * 4)) <= MOST_PIECES
    assert pieces_of("", "a of 1") == []
    assert "干旱预" in pieces_of("干旱预警")


def test_the_page_shows_them_for_as_many_queries(cast: Cast, call: Call, checked: Proposal, as_: As) -> None:
    browser, address = as_("secretary"), reverse("proposals:alike", args=["anso", checked.pk])
    assert f'hx-get="{address}"' in browser.get(reverse("proposals:check", args=["anso", checked.pk])).text
    other = made(cast, call, 2, ZH, EN)
    browser.get(address)
    with CaptureQueriesContext(connection) as one:
        page = browser.get(address).text
    assert reverse("proposals:detail", args=["anso", other.pk]) in page and "Nearly the same" in page
    assert "same applicant" in page and "joint, research, drought" in page
    for number in range(3, 32):
        made(cast, call, number, ZH, EN)
    with CaptureQueriesContext(connection) as thirty:
        page = browser.get(address).text
    assert len(thirty) <= len(one) and page.count("Nearly the same") == MOST_SHOWN
    Proposal.objects.exclude(pk=checked.pk).update(state=S.DRAFT, received_at=None, application_number=None)
    assert "No earlier application resembles this one." in browser.get(address).text
