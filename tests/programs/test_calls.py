"""Calls: made from a policy file, read by everybody once public, never changed after, numbered without gaps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from audit.models import Event
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from programs import actions
from programs.enums import CallState
from programs.models import Call, NumberCounter, PolicyVersion
from programs.policy import builtin_text
from programs.queries import calls_for, effective_policy, open_calls, takes_proposals
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NAME = "anso/calls/2021-joint-research"


@pytest.fixture
def scoped(cast: Cast, clock: Any) -> Iterator[Cast]:
    with tenant_scope(cast.anso):
        yield cast


@pytest.fixture
def drafted(scoped: Cast) -> Call:
    return actions.open_call(tenant=scoped.anso, source=builtin_text(NAME), by=scoped.secretary)


def client(cast: Cast, name: str = "", language: str = "en") -> Client:
    browser = Client(headers={"accept-language": language})
    if name:
        browser.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return browser


# ---------------------------------------------------------------- actions
def test_the_call_has_the_dates_of_the_notice(drafted: Call) -> None:
    assert drafted.state == CallState.DRAFTING
    assert drafted.opens_at == datetime(2021, 6, 14, 16, tzinfo=UTC)
    assert drafted.closes_at == datetime(2021, 7, 30, 16, tzinfo=UTC)
    assert drafted.shifted_days == 0
    assert drafted.policy_sha256 == effective_policy(drafted).sha256


@pytest.mark.parametrize("name", ["pi", "office", "finance", "director", "host", "mo", "reviewer1"])
def test_only_the_secretariat_makes_and_publishes(scoped: Cast, drafted: Call, name: str) -> None:
    by = scoped.people[name]
    with pytest.raises(NotVisible):
        actions.open_call(tenant=scoped.anso, source=builtin_text(NAME), by=by)
    with pytest.raises(NotVisible):
        actions.import_programme(tenant=scoped.anso, source=builtin_text("anso/joint-research"), by=by)
    with pytest.raises(NotVisible):
        actions.publish_call(call=drafted, by=by)


def test_a_shift_opens_it_on_that_day_and_is_kept(scoped: Cast) -> None:
    call = actions.open_call(
        tenant=scoped.anso, source=builtin_text(NAME), by=scoped.secretary, shift_to=date(2026, 11, 21)
    )
    assert call.opens_at.astimezone(scoped.anso.zone).date() == date(2026, 11, 21)
    assert call.shifted_days == (date(2026, 11, 21) - date(2021, 6, 15)).days
    assert effective_policy(call).call is not None
    assert effective_policy(call).call.closes_at == call.closes_at  # type: ignore[union-attr]


def test_publishing_pins_the_policy_and_happens_once(scoped: Cast, drafted: Call) -> None:
    published = actions.publish_call(call=drafted, by=scoped.secretary)
    assert (published.state, published.published_by) == (CallState.OPEN, scoped.secretary)
    assert takes_proposals(published, datetime(2021, 7, 1, tzinfo=UTC))
    event = Event.objects.get(action="call.publish")
    assert event.data == {"sha256": drafted.policy_sha256}
    with pytest.raises(WrongState):
        actions.publish_call(call=drafted, by=scoped.secretary)


@pytest.mark.parametrize(
    "state", [state for state in CallState if state not in (CallState.DRAFTING, CallState.APPROVED)]
)
def test_a_call_in_another_state_is_not_published(scoped: Cast, drafted: Call, state: str) -> None:
    Call.objects.filter(pk=drafted.pk).update(state=state)
    with pytest.raises(WrongState):
        actions.publish_call(call=drafted, by=scoped.secretary)


def test_a_call_whose_source_was_altered_is_not_published(scoped: Cast, drafted: Call) -> None:
    Call.objects.filter(pk=drafted.pk).update(source=drafted.source.replace("1_500_000", "9_500_000"))
    with pytest.raises(Refused) as refusal:
        actions.publish_call(call=drafted, by=scoped.secretary)
    assert [one.code for one in refusal.value.findings] == ["policy_changed"]


def test_two_calls_may_not_give_equal_numbers(scoped: Cast, drafted: Call) -> None:
    actions.publish_call(call=drafted, by=scoped.secretary)
    twin = builtin_text(NAME).replace('slug = "2021-joint-research"', 'slug = "twin"')
    second = actions.open_call(tenant=scoped.anso, source=twin, by=scoped.secretary)
    with pytest.raises(Refused) as refusal:
        actions.publish_call(call=second, by=scoped.secretary)
    assert [one.code for one in refusal.value.findings] == ["number_pattern"]


@pytest.mark.parametrize(
    "source",
    [
        "", "not toml =", "schema_version = 1", "\x00", "a" * 500_000,
        builtin_text("anso/joint-research"),
        builtin_text("most/calls/2021-intergovernmental"),
        builtin_text(NAME).replace("anso/joint-research", "anso/nothing"),
        builtin_text(NAME).replace('closes = "2021-07-30 24:00"', 'closes = "2021-05-30 24:00"'),
        builtin_text(NAME).replace('article = "B5"', 'article = "Z9"', 1),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_problems(scoped: Cast, source: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.open_call(tenant=scoped.anso, source=source, by=scoped.secretary)
    assert all(one.message_zh and one.message_en for one in refusal.value.findings)
    assert not Call.objects.exists()


def test_the_same_programme_is_imported_once(scoped: Cast) -> None:
    text = builtin_text("anso/joint-research")
    first = actions.import_programme(tenant=scoped.anso, source=text, by=scoped.secretary)
    again = actions.import_programme(tenant=scoped.anso, source=f"# spaced\n\n{text}", by=scoped.secretary)
    changed = actions.import_programme(
        tenant=scoped.anso, source=text.replace("4_000_000", "3_000_000"), by=scoped.secretary
    )
    assert (first.pk, first.number, changed.number) == (again.pk, 1, 2)
    with pytest.raises(Exception, match="append-only"):
        PolicyVersion.objects.filter(pk=first.pk).update(source="")


def test_numbers_run_from_one_in_each_series(scoped: Cast, drafted: Call) -> None:
    assert [actions.next_number(call=drafted, series="application") for _ in range(3)] == [1, 2, 3]
    assert actions.next_number(call=drafted, series="grant") == 1
    assert NumberCounter.objects.get(call=drafted, series="application").last == 3


def test_a_call_of_the_other_funder_stays_there(scoped: Cast, drafted: Call) -> None:
    with tenant_scope(scoped.most):
        assert not calls_for({Role.SECRETARY}).exists()
        with pytest.raises((Call.DoesNotExist, NotVisible)):
            actions.publish_call(call=drafted, by=scoped.mo)


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_secretary_makes_reads_and_publishes_a_call(scoped: Cast, language: str) -> None:
    secretary = client(scoped, "secretary", language)
    assert secretary.get("/anso/calls/new/").status_code == 200
    made = secretary.post("/anso/calls/new/", {"builtin": NAME, "is_shifted": "on"}, follow=True)
    assert made.status_code == 200
    call = Call.objects.get()
    page = made.text
    assert call.policy_sha256 in page
    policy = effective_policy(call)
    for clause in policy.clauses:
        assert policy.article_words(clause.article).label
    for article in {clause.article for clause in policy.clauses}:
        words = policy.articles[article]
        assert (words.zh if language.startswith("zh") else words.en) in page
    published = secretary.post(f"/anso/calls/{call.pk}/publish/", follow=True)
    assert published.status_code == 200
    call.refresh_from_db()
    assert call.state == CallState.OPEN
    assert list(open_calls()) == [call]
    assert secretary.post(f"/anso/calls/{call.pk}/publish/", follow=True).status_code == 200


def test_a_draft_call_is_a_404_for_the_public_and_a_published_one_is_not(scoped: Cast, drafted: Call) -> None:
    there = f"/anso/calls/{drafted.pk}/"
    for name in ("", "pi", "office", "host", "reviewer1", "mo"):
        assert client(scoped, name).get(there).status_code == 404
        assert drafted.title_en not in client(scoped, name).get("/anso/calls/").text
    assert client(scoped, "director").get(there).status_code == 200
    actions.publish_call(call=drafted, by=scoped.secretary)
    for name in ("", "pi", "office", "host", "reviewer1", "mo"):
        assert client(scoped, name).get(there).status_code == 200
        assert "30 July 2021" in client(scoped, name).get("/anso/calls/").text
    assert client(scoped, "mo").get(f"/most/calls/{drafted.pk}/").status_code == 404


def test_making_a_call_is_the_secretariats_alone(scoped: Cast, drafted: Call) -> None:
    for name in ("pi", "office", "finance", "director", "mo"):
        assert client(scoped, name).get("/anso/calls/new/").status_code == 404
        assert client(scoped, name).post("/anso/calls/new/", {"builtin": NAME}).status_code == 404
        assert client(scoped, name).post(f"/anso/calls/{drafted.pk}/publish/").status_code == 404
    anonymous = client(scoped).get("/anso/calls/new/")
    assert anonymous.status_code == 302


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"builtin": "most/calls/2021-intergovernmental"}, 422),
        ({"builtin": "../../etc/passwd"}, 422),
        ({"upload": SimpleUploadedFile("a.toml", b"\xff\xfe\x00")}, 422),
        ({"upload": SimpleUploadedFile("a.toml", b"x" * 500_000)}, 422),
        ({"upload": SimpleUploadedFile("a.toml", b"slug = [1")}, 409),
        ({"upload": SimpleUploadedFile("a.toml", b"slug = 1"), "builtin": NAME}, 422),
    ],
)
def test_a_bad_upload_is_answered_in_words(scoped: Cast, fields: dict[str, Any], status: int) -> None:
    answer = client(scoped, "secretary").post("/anso/calls/new/", fields)
    assert answer.status_code == status
    assert not Call.objects.exists()


def test_the_demonstrations_shift_is_said_on_the_page(scoped: Cast) -> None:
    call = actions.open_call(
        tenant=scoped.anso, source=builtin_text(NAME), by=scoped.secretary, shift_to=date(2021, 6, 20)
    )
    actions.publish_call(call=call, by=scoped.secretary)
    assert "moved by 5 days" in client(scoped).get(f"/anso/calls/{call.pk}/").text
