"""The pool of candidate projects: kept by the secretariat, searched, exported, drawn into calls by invitation (C8)."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import Workbook, load_workbook

from audit.models import Event
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs.models import Call, CallInvitation
from programs.pool.actions import change_candidate, close_candidate, draw_candidate
from programs.pool.models import Candidate, CandidateDraw
from tests.cast import Cast
from tests.programs.candidates import candidate
from tests.programs.targeted import targeted

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
POOL = "/anso/pool/"
FULL = {
    "title_zh": "高山冰川监测",
    "title_en": "Glaciers watched",
    "channel": "embassy",
    "proposer": "Science section in Kathmandu",
    "institution": "Himalayan Academy of Science",
    "contact_email": "",
    "country": "NP",
    "field": "Water",
    "keywords": "glacier, flood",
    "summary": "Twelve stations.",
    "amount_fen": "1,200,000",
    "notes": "Ask about the licence.",
}


@pytest.fixture(autouse=True)
def scope(cast: Cast, clock: Any) -> Iterator[None]:
    with tenant_scope(cast.anso):
        yield


@pytest.fixture
def call(cast: Cast) -> Call:
    return targeted(cast)


@pytest.fixture
def as_(cast: Cast) -> As:
    def client(name: str, language: str = "en") -> Client:
        browser = Client(headers={"accept-language": language})
        browser.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return client


def test_the_secretariat_adds_changes_and_closes(as_: As, cast: Cast) -> None:
    secretary = as_("secretary")
    answer = secretary.post(f"{POOL}new/", FULL)
    row = Candidate.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{POOL}{row.pk}/")
    assert (row.institution, row.amount_fen, row.country) == (cast.nepal, 120_000_000, "NP")
    page = secretary.get(f"{POOL}{row.pk}/edit/").text
    assert 'value="Himalayan Academy of Science"' in page and 'value="1,200,000.00"' in page
    assert secretary.post(f"{POOL}{row.pk}/edit/", FULL | {"field": "Ice", "revision": "1"}).status_code == 302
    late = secretary.post(f"{POOL}{row.pk}/edit/", FULL | {"field": "Snow", "revision": "1"})
    assert late.status_code == 409 and "Somebody changed it" in late.text and 'value="Snow"' in late.text
    assert re.findall(r"It says now: [^<]*", late.text) == ["It says now: Ice"] * 2  # at the field, and in the summary
    assert secretary.post(f"{POOL}{row.pk}/close/", {"reason": " "}).status_code == 422
    assert secretary.post(f"{POOL}{row.pk}/close/", {"reason": "Funded elsewhere."}).status_code == 302
    row.refresh_from_db()
    assert (row.field, row.close_reason, row.closed_by) == ("Ice", "Funded elsewhere.", cast.secretary)
    assert "Funded elsewhere." in as_("director").get(f"{POOL}{row.pk}/").text
    for action in (
        lambda: close_candidate(candidate=row, by=cast.secretary, reason="x"),
        lambda: change_candidate(candidate=row, by=cast.secretary, data={}, revision=2),
    ):
        with pytest.raises(WrongState):
            action()
    with pytest.raises(NotVisible):
        close_candidate(candidate=row, by=cast.director, reason="x")
    done = [event.action for event in Event.objects.order_by("seq")]
    assert done == ["candidate.add", "candidate.change", "candidate.close"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title_zh": "", "title_en": ""}, "Write a title"),
        ({"institution": "Nowhere"}, "no such institution"),
        ({"institution": "CAS"}, "Several institutions match"),
        ({"amount_fen": "100万"}, "as digits"),
        ({"channel": "pigeon"}, "valid choice"),
        ({"contact_email": "nobody"}, "valid email"),
        ({"proposer": "x" * 201}, "at most 200"),
        ({"field": "nul\x00"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(as_: As, wrong: dict[str, str], said: str) -> None:
    answer = as_("secretary").post(f"{POOL}new/", FULL | wrong)
    assert answer.status_code == 422
    assert said in answer.text and "Twelve stations" in answer.text
    assert not Candidate.objects.exists()


def test_it_is_searched_filtered_and_exported_by_the_address(as_: As, cast: Cast) -> None:
    glacier = candidate(cast, title_en="Glaciers watched", channel="embassy", country="NP", institution=cast.nepal)
    candidate(cast, title_en="=Seeds()", channel="expert", keywords="rice glacier")
    closed = candidate(cast, title_en="Old ships", channel="own")
    close_candidate(candidate=closed, by=cast.secretary, reason="Done elsewhere.")
    secretary = as_("secretary")

    def titles(query: str) -> set[str]:
        text = secretary.get(f"{POOL}?{query}").text
        return {title for title in ("Glaciers watched", "=Seeds()", "Old ships") if f">{title}</a>" in text}

    assert titles("") == {"Glaciers watched", "=Seeds()", "Old ships"}
    assert titles("q=GLACIER") == {"Glaciers watched", "=Seeds()"}
    assert titles("q=glacier+himalayan") == {"Glaciers watched"}
    assert titles("channel=expert&status=open") == {"=Seeds()"}
    assert titles("country=NP") == {"Glaciers watched"}
    assert titles("status=closed&channel=nonsense") == {"Old ships"}
    assert titles("q=%00&after=x&sort=up") == {"Glaciers watched", "=Seeds()", "Old ships"}
    book = load_workbook(BytesIO(secretary.get(f"{POOL}export.xlsx?channel=expert").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[1] for row in rows] == ["Title in English", "=Seeds()"]
    assert book.worksheets[0]["B2"].data_type == "s"
    assert glacier.title == "Glaciers watched"


def test_drawing_invites_links_both_and_happens_once(as_: As, cast: Cast, call: Call) -> None:
    one = candidate(cast, title_en="Glaciers watched", institution=cast.lead)
    other = candidate(cast, title_en="Seeds kept", contact_email=cast.charlie.email)
    nobody = candidate(cast, title_en="Nobody's idea")
    secretary = as_("secretary")
    ticked = {"candidate": [one.pk, other.pk, nobody.pk], "call": call.pk}
    answer = secretary.post(f"{POOL}draw/", ticked, follow=True).text
    assert "2 projects drawn into" in answer and "Nobody to invite" in answer
    assert {(row.institution, row.user) for row in CallInvitation.objects.all()} == {
        (cast.lead, None),
        (None, cast.charlie),
    }
    assert Notice.objects.filter(user=cast.charlie, kind="call-invitation").count() == 1
    assert as_("charlie").get(f"/anso/calls/{call.pk}/").status_code == 200
    page = secretary.get(f"/anso/calls/{call.pk}/").text
    assert "Glaciers watched" in page and "Seeds kept" in page
    assert "Glaciers watched" not in as_("charlie").get(f"/anso/calls/{call.pk}/").text
    assert call.title_en in secretary.get(f"{POOL}{one.pk}/").text
    assert "has drawn it already" in secretary.post(f"{POOL}draw/", ticked, follow=True).text
    assert CandidateDraw.objects.count() == 2
    with pytest.raises(NotVisible):
        draw_candidate(candidate=nobody, call=call, by=cast.pi)
    close_candidate(candidate=nobody, by=cast.secretary, reason="Given up.")
    with pytest.raises(Refused):
        draw_candidate(candidate=nobody, call=call, by=cast.secretary)
    for odd in (
        {},
        {"candidate": "9" * 30, "call": call.pk},
        {"candidate": one.pk, "call": "9" * 30},
        {"candidate": "x"},
    ):
        assert secretary.post(f"{POOL}draw/", odd).status_code == 422


def test_the_list_costs_the_same_at_one_and_at_thirty(as_: As, cast: Cast, call: Call) -> None:
    secretary, counts = as_("secretary"), []
    for many in (1, 29):
        for n in range(many):
            row = candidate(cast, title_en=f"Project {n}", institution=cast.kenya)
            draw_candidate(candidate=row, call=call, by=cast.secretary)
        with CaptureQueriesContext(connection) as asked:
            assert secretary.get(POOL).status_code == 200
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 1 <= 13, counts  # past one page the rest is counted


# ---------------------------------------------------------------- lists from Excel
HEAD = [
    "推荐渠道",
    "Proposed by",
    "Title in English",
    "Country",
    "Estimated amount (yuan)",
    "Contact institution",
    "Odd",
]


def sheet(*rows: list[Any]) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile("list.xlsx", target.getvalue())


def test_a_list_is_read_in_whole(as_: As, cast: Cast) -> None:
    rows = [["专家", "Dr Silva", "Reefs", "LK", 1200000.5, "Kandy Institute of Food Research", "x"]]
    rows += [[], ["Embassy or consulate", "Nairobi", "Fields", "肯尼亚", None, None]]
    with translation.override("en"):
        answer = as_("secretary").post(f"{POOL}import/", {"file": sheet(HEAD, *rows)})
    assert answer.status_code == 302, answer.text
    found = [(one.channel, one.country, one.amount_fen, one.institution) for one in Candidate.objects.order_by("pk")]
    assert found == [("expert", "LK", 120_000_050, cast.lanka), ("embassy", "KE", 0, None)]


def test_what_is_wrong_in_a_list_is_said_by_cell_and_nothing_is_read_in(as_: As) -> None:
    secretary = as_("secretary")
    rows = [["专家", "Dr Silva", "=1+1"], ["pigeon", "", "Seeds", "Atlantis", "many", "Nowhere"]]
    rows += [["专家", "Dr Silva", "Reefs", "LK", 6666666.6667]]
    answer = secretary.post(f"{POOL}import/", {"file": sheet(HEAD, *rows)})
    assert answer.status_code == 422
    assert re.findall(r"<strong>([A-Z]\d+)</strong>", answer.text) == ["C2", "A3", "B3", "F3", "D3", "E3", "E4"]
    for file in (sheet(["Title in English"], ["Reefs"]), sheet(HEAD), SimpleUploadedFile("a.xlsx", b"no"), None):
        assert secretary.post(f"{POOL}import/", {"file": file} if file else {}).status_code == 422
    assert not Candidate.objects.exists()
