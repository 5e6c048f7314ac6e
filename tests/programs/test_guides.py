"""Yearly guides: drafted, commented on, approved by hash, public; corrected and withdrawn, never silently."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from icalendar import Calendar

from audit.models import Event
from core import clock
from core.errors import NotVisible, Refused, StaleRevision, WrongState
from core.tasklist import tasks_for
from core.tenancy import tenant_scope
from notifications.models import Notice, Reminder
from notifications.reminders import send_due
from programs.enums import GuideState
from programs.guides import actions as guiding
from programs.guides.content import GuideContent, differences
from programs.guides.queries import lacks
from programs.models import Guide, GuideComment
from tests.cast import Cast
from tests.programs.guides import (
    CONTENT,
    WAN,
    approved,
    consulted,
    content,
    drafted,
    published,
    strategist_of,
    submitted,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 8, 2, 0, tzinfo=UTC)


@pytest.fixture
def anso(cast: Cast) -> Any:
    with tenant_scope(cast.anso), clock.at(NOW):
        yield cast.anso


def refused(attempt: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        attempt()
    assert all(one.message_zh and one.message_en for one in refusal.value.findings)
    return {one.code for one in refusal.value.findings}


def test_a_guide_s_whole_way(cast: Cast, anso: Any, client: Client):
    guide = drafted(cast)
    expert = strategist_of(cast)
    guide = guiding.consult(guide=guide, by=cast.secretary, experts=[expert], until=NOW + timedelta(days=10))
    (task,) = tasks_for(expert, [anso])
    assert task.kind == "guide" and task.due_at == guide.consult_until
    guiding.comment(guide=guide, by=expert, part="budget", text="More for conferences.")
    assert tasks_for(expert, [anso]) == [], "commented, done"
    guide = guiding.resume(guide=guide, by=cast.secretary)
    guide = guiding.submit(guide=guide, by=cast.secretary)
    assert any(item.kind == "guide" for item in tasks_for(cast.director, [anso]))
    guide = guiding.decide(guide=guide, by=cast.director, approve=True, comment="好", sha256=guide.submitted_sha256)
    assert any(item.kind == "guide" for item in tasks_for(cast.secretary, [anso]))
    guide = guiding.publish(guide=guide, by=cast.secretary)
    assert guide.state == GuideState.PUBLISHED and guide.text.total_fen == 200 * WAN
    actions = list(Event.objects.filter(subject_type="programs.guide").values_list("action", flat=True))
    assert actions == [
        "guide.start", "guide.save", "guide.consult", "guide.comment", "guide.resume", "guide.submit", "guide.approve",
        "guide.publish",
    ]  # fmt: skip
    page = client.get(f"/anso/guides/{guide.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "/anso/guides/" in client.get("/anso/calls/").content.decode(), "found by everybody"
    assert "粮食安全" in page and "200 万元" in page and "More for conferences." not in page


def test_a_correction_takes_the_place_of_the_published_one_and_both_say_so(cast: Cast, anso: Any, client: Client):
    guide = published(cast)
    assert refused(lambda: guiding.correct(guide=guide, by=cast.secretary, reason_zh="", reason_en=" ")) == {"reason"}
    new = guiding.correct(guide=guide, by=cast.secretary, reason_zh="金额有误", reason_en="A wrong amount")
    assert refused(lambda: guiding.correct(guide=guide, by=cast.secretary, reason_zh="又", reason_en="again")) == {
        "correcting"
    }
    changed = content(budget=[{**CONTENT["budget"][0], "amount_fen": 300 * WAN}])  # type: ignore[index]
    guiding.save_guide(guide=new, by=cast.secretary, content=changed, revision=1)
    assert client.get(f"/anso/guides/{new.pk}/").status_code == 404, "not public yet"
    new = guiding.submit(guide=new, by=cast.secretary)
    guiding.decide(guide=new, by=cast.director, approve=True, comment="", sha256=new.submitted_sha256)
    guide.refresh_from_db()
    assert guide.state == GuideState.PUBLISHED, "in force until the correction is"
    new = guiding.publish(guide=new, by=cast.secretary)
    guide.refresh_from_db()
    assert (guide.state, new.state, new.version) == (GuideState.CORRECTED, GuideState.PUBLISHED, 2)
    client.cookies["django_language"] = "en"
    old_page, new_page = (client.get(f"/anso/guides/{one.pk}/").content.decode() for one in (guide, new))
    assert "This version was corrected" in old_page and "A wrong amount" in old_page
    assert "This version corrects version 1" in new_page and "A wrong amount" in new_page
    assert [change.path for change in differences(guide.text, new.text)] == ["budget.r1.amount_fen"]
    assert "What the correction changes" in new_page


def test_a_withdrawn_guide_stays_with_its_reason_and_its_events_are_cancelled(cast: Cast, anso: Any, client: Client):
    guide = published(cast)
    before = Calendar.from_ical(client.get(f"/anso/guides/{guide.pk}/calendar.ics").content)
    guide = guiding.withdraw(guide=guide, by=cast.secretary, reason_zh="经费取消", reason_en="No funds")
    client.cookies["django_language"] = "en"
    page = client.get(f"/anso/guides/{guide.pk}/").content.decode()
    assert "This guide is withdrawn" in page and "No funds" in page
    after = Calendar.from_ical(client.get(f"/anso/guides/{guide.pk}/calendar.ics").content)
    assert {str(one["status"]) for one in after.walk("VEVENT")} == {"CANCELLED"}
    assert [str(one["uid"]) for one in before.walk("VEVENT")] == [str(one["uid"]) for one in after.walk("VEVENT")]
    again = guiding.start_guide(tenant=anso, by=cast.secretary, year=2027)
    assert again.version == 2, "a year whose guide was withdrawn may have another"


def test_a_correction_of_a_guide_that_was_withdrawn_meanwhile_can_still_be_published(cast: Cast, anso: Any):
    guide = published(cast)
    new = guiding.correct(guide=guide, by=cast.secretary, reason_zh="改", reason_en="Change")
    guiding.withdraw(guide=guide, by=cast.secretary, reason_zh="撤", reason_en="Gone")
    new = guiding.submit(guide=new, by=cast.secretary)
    guiding.decide(guide=new, by=cast.director, approve=True, comment="", sha256=new.submitted_sha256)
    assert guiding.publish(guide=new, by=cast.secretary).state == GuideState.PUBLISHED
    guide.refresh_from_db()
    assert guide.state == GuideState.WITHDRAWN


def test_the_calendar_has_whole_days_and_the_calls(cast: Cast, anso: Any, client: Client):
    from tests.factories import make_call

    call = make_call(cast.anso, cast.secretary)
    guide = published(cast, year=call.opens_at.year)
    answer = client.get(f"/anso/guides/{guide.pk}/calendar.ics", headers={"accept-language": "zh-hans"})
    assert answer["Content-Type"].startswith("text/calendar") and "attachment" in answer["Content-Disposition"]
    events = {str(one["summary"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    taken, results = events["受理申请"], events["公布结果"]
    assert (taken["dtstart"].dt, taken["dtend"].dt) == (date(2034, 3, 1), date(2034, 5, 1)), "the last day is inside"
    assert (results["dtstart"].dt, results["dtend"].dt) == (date(2034, 6, 15), date(2034, 6, 16))
    own = events[call.title_zh]
    assert (own["dtstart"].dt, own["dtend"].dt) == (call.opens_at, call.closes_at)
    assert len({str(one["uid"]) for one in events.values()}) == len(events)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_zh": ""}, "title_zh"),
        ({"intro_en": ""}, "intro_zh"),
        ({"organisation_en": ""}, "organisation_zh"),
        ({"priorities": []}, "priorities"),
        ({"priorities": [{"key": "r1", "title_zh": "只有中文"}]}, "priorities"),
        ({"budget": []}, "budget"),
        ({"budget": [{"key": "r1", "programme": "conference", "amount_fen": 0}]}, "budget"),
        ({"budget": [{"key": f"r{n}", "programme": "conference", "amount_fen": 1} for n in (1, 2)]}, "budget"),
        ({"steps": []}, "steps"),
        ({"steps": [{"key": "r1", "title_zh": "无日期", "title_en": "No day"}]}, "steps"),
        (
            {
                "steps": [
                    {
                        "key": "r1",
                        "first_day": "2027-02-01",
                        "last_day": "2027-01-01",
                        "title_zh": "倒",
                        "title_en": "x",
                    }
                ]
            },
            "steps",
        ),
    ],
)
def test_what_it_lacks_keeps_it_from_experts_and_director(cast: Cast, anso: Any, changes: Any, field: str):
    guide = drafted(cast, **changes)
    assert field in {one.field for one in lacks(guide.text)}
    assert "guide_lacks" in refused(lambda: guiding.submit(guide=guide, by=cast.secretary))
    assert "guide_lacks" in refused(
        lambda: guiding.consult(
            guide=guide, by=cast.secretary, experts=[strategist_of(cast)], until=NOW + timedelta(days=1)
        )
    )
    guide.refresh_from_db()
    assert guide.state == GuideState.DRAFTING


def test_the_director_decides_on_the_very_text_and_never_on_their_own(cast: Cast, anso: Any):
    guide = submitted(cast)
    decide = guiding.decide
    assert refused(lambda: decide(guide=guide, by=cast.director, approve=True, comment="", sha256="0" * 64)) == {
        "content_changed"
    }
    sha = guide.submitted_sha256
    assert refused(lambda: decide(guide=guide, by=cast.director, approve=False, comment=" ", sha256=sha)) == {"comment"}
    for by in (cast.secretary, cast.pi, strategist_of(cast), cast.finance):
        with pytest.raises(NotVisible):
            decide(guide=guide, by=by, approve=True, comment="", sha256=sha)
    from accounts.enums import Role
    from accounts.models import Membership

    Membership.objects.create(user=cast.secretary, tenant=anso, role=Role.DIRECTOR)
    assert refused(lambda: decide(guide=guide, by=cast.secretary, approve=True, comment="", sha256=sha)) == {"own"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Guide.objects.filter(pk=guide.pk).update(decided_by=cast.secretary)
    back = decide(guide=guide, by=cast.director, approve=False, comment="再议", sha256=sha)
    assert back.state == GuideState.DRAFTING and back.decision_comment == "再议"
    with pytest.raises(WrongState):
        decide(guide=guide, by=cast.director, approve=True, comment="", sha256=sha)
    assert Notice.objects.filter(user=cast.secretary, kind="guide-decision").count() == 1


def test_what_is_before_others_is_not_changed(cast: Cast, anso: Any):
    for number, make in enumerate((consulted, submitted, approved, published)):
        guide = make(cast, year=2030 + number)
        with pytest.raises(WrongState):
            guiding.save_guide(guide=guide, by=cast.secretary, content=GuideContent(), revision=guide.revision)


def test_a_stale_text_gets_what_stands(cast: Cast, anso: Any):
    guide = drafted(cast)
    guiding.save_guide(guide=guide, by=cast.secretary, content=content(title_en="Theirs"), revision=guide.revision)
    with pytest.raises(StaleRevision) as stale:
        guiding.save_guide(guide=guide, by=cast.secretary, content=content(title_en="Mine"), revision=guide.revision)
    assert stale.value.current["title_en"] == "Theirs"


def test_only_invited_experts_comment_and_only_in_time(cast: Cast, anso: Any):
    guide = consulted(cast)
    expert = strategist_of(cast)
    for by in (cast.secretary, cast.director, cast.reviewer1):
        with pytest.raises(NotVisible):
            guiding.comment(guide=guide, by=by, part="whole", text="x")
    assert refused(lambda: guiding.comment(guide=guide, by=expert, part="whole", text=" ")) == {"comment"}
    assert refused(lambda: guiding.comment(guide=guide, by=expert, part="nothing", text="x")) == {"comment"}
    assert refused(lambda: guiding.comment(guide=guide, by=expert, part="whole", text="字" * 5001)) == {"comment"}
    until = guide.consult_until
    assert until is not None
    with clock.at(until - timedelta(microseconds=1)):
        made = guiding.comment(guide=guide, by=expert, part="whole", text="就在截止前")
    with clock.at(until), pytest.raises(WrongState):
        guiding.comment(guide=guide, by=expert, part="whole", text="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        GuideComment.objects.filter(pk=made.pk).update(text="又改了")


def test_only_strategy_experts_are_asked(cast: Cast, anso: Any):
    guide = drafted(cast)
    ask = guiding.consult
    soon = NOW + timedelta(days=5)
    assert refused(lambda: ask(guide=guide, by=cast.secretary, experts=[], until=soon)) == {"nobody"}
    assert refused(lambda: ask(guide=guide, by=cast.secretary, experts=[cast.reviewer1], until=soon)) == {
        "not_a_strategist"
    }
    expert = strategist_of(cast)
    for until in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=500)):
        assert refused(lambda until=until: ask(guide=guide, by=cast.secretary, experts=[expert], until=until)) == {
            "until"
        }


def test_reminders_come_when_due_and_only_while_they_have_a_point(cast: Cast, anso: Any):
    guide, expert = consulted(cast), strategist_of(cast)
    with clock.at(NOW + timedelta(days=8, minutes=1)):
        assert send_due() == 1
    assert Notice.objects.filter(user=expert, kind="reminder.guide-comment").exists()
    guide = guiding.submit(guide=guide, by=cast.secretary)
    guiding.decide(guide=guide, by=cast.director, approve=True, comment="", sha256=guide.submitted_sha256)
    guide = guiding.publish(guide=guide, by=cast.secretary)
    assert Reminder.objects.filter(kind="guide-step", sent_at=None, cancelled_at=None).count() == 2
    with clock.at(datetime(2034, 2, 16, tzinfo=UTC)):
        assert send_due() == 1
        assert Notice.objects.filter(user=cast.secretary, kind="reminder.guide-step").count() == 1
    guiding.withdraw(guide=guide, by=cast.secretary, reason_zh="撤", reason_en="Gone")
    with clock.at(datetime(2034, 6, 2, tzinfo=UTC)):
        assert send_due() == 0


def test_of_two_things_that_begin_on_one_day_both_are_reminded_of(cast: Cast, anso: Any):
    second = {"key": "r3", "first_day": "2034-06-15", "title_zh": "启动会", "title_en": "Opening meeting"}
    guide = guiding.submit(guide=drafted(cast, steps=[*CONTENT["steps"], second]), by=cast.secretary)
    guiding.decide(guide=guide, by=cast.director, approve=True, comment="", sha256=guide.submitted_sha256)
    guiding.publish(guide=guide, by=cast.secretary)
    rows = Reminder.objects.filter(kind="guide-step", user=cast.secretary).order_by("due_at")
    assert [row.payload["title_en"].partition(" (")[0] for row in rows] == [
        "2034-03-01: Applications",
        "2034-06-15: Results; Opening meeting",
    ]
    assert "公布结果、启动会" in rows[1].payload["title_zh"]


def test_experts_hear_of_a_consultation_that_is_begun_anew(cast: Cast, anso: Any):
    guide, expert = consulted(cast), strategist_of(cast)
    guide = guiding.resume(guide=guide, by=cast.secretary)
    until = clock.now() + timedelta(days=30)
    guiding.consult(guide=guide, by=cast.secretary, experts=[expert], until=until)
    assert Notice.objects.filter(user=expert, kind="guide-comment").count() == 2


def test_odd_days_and_people_are_refused(cast: Cast, client: Client):
    client.force_login(cast.secretary)
    with tenant_scope(cast.anso), clock.at(NOW):
        guide = drafted(cast)
    address = f"/anso/guides/{guide.pk}"
    for experts, day in ((str(2**63), "2034-01-01"), ("9" * 5000, "2034-01-01"), ("1", "0001-01-01")):
        assert client.post(f"{address}/consult/", {"experts": experts, "last_day": day}).status_code == 422
    forms = client.get(f"{address}/edit/").context["forms"]
    fields = [*forms.all, *(rows.management_form for rows in forms.rows.values())]
    typed = {one.html_name: one.value() or "" for form in fields for one in form}
    for day in ("0001-01-01", "9999-12-31"):
        assert client.post(f"{address}/edit/", typed | {"steps-0-first_day": day}).status_code == 422


def test_one_guide_a_year_is_written_and_one_in_force(cast: Cast, anso: Any):
    drafted(cast)
    assert refused(lambda: guiding.start_guide(tenant=anso, by=cast.secretary, year=2027)) == {"guide_exists"}
    assert refused(lambda: guiding.start_guide(tenant=anso, by=cast.secretary, year=1)) == {"year"}
    published(cast, year=2028)
    assert refused(lambda: guiding.start_guide(tenant=anso, by=cast.secretary, year=2028)) == {"guide_exists"}
    next_one = guiding.start_guide(tenant=anso, by=cast.secretary, year=2029)
    assert next_one.text.priorities and not next_one.text.steps, "last year's text, without its dates"


def test_it_is_written_in_the_browser(cast: Cast, client: Client):
    with tenant_scope(cast.anso):
        guide = drafted(cast)
    client.force_login(cast.secretary)
    url = f"/anso/guides/{guide.pk}/edit/"
    forms = client.get(url).context["forms"]
    data: dict[str, Any] = {"stay": "1"}
    for form in [forms.main, *(rows.management_form for rows in forms.rows.values()), *forms.all]:
        for bound in form:
            value = bound.field.prepare_value(bound.value())
            data[bound.html_name] = "" if value is None or value is False else value
    assert client.post(url, data).status_code == 302
    with tenant_scope(cast.anso):
        guide.refresh_from_db()
    assert guide.revision == 2 and guide.text == content(), "sent back unchanged, nothing changes"
    data |= {
        "priorities-1-title_zh": "生命健康",
        "priorities-1-title_en": "Health",
        "budget-0-amount_fen": "3,000,000.50",
    }
    data |= {"steps-0-DELETE": "on"}
    assert client.post(url, data).status_code == 302
    with tenant_scope(cast.anso):
        text = Guide.objects.get().text
    assert [one.key for one in text.priorities] == ["r1", "r2"] and text.total_fen == 300_000_050
    assert [one.key for one in text.steps] == ["r2"]
    answer = client.post(url, data | {"title_en": "Late"})
    assert answer.status_code == 409 and b"Late" in answer.content and answer.context["present"]
    answer = client.post(url, data | {"revision": "3", "budget-0-amount_fen": "100万", "steps-1-first_day": "x"})
    assert answer.status_code == 422 and "100万" in answer.content.decode()
    assert client.post(url, {"revision": "3"}).status_code == 422, "without its rows"
    answer = client.post(url, data | {"revision": "3", "intro_zh": "\u202e反"})
    assert answer.status_code == 422


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_and_the_tasks_ask_the_same_number_of_queries(
    cast: Cast, client: Client, many: int, django_assert_max_num_queries: Any
):
    with tenant_scope(cast.anso):
        for number in range(many):
            submitted(cast, year=2030 + number)
    client.force_login(cast.director)
    with django_assert_max_num_queries(12):
        assert client.get("/anso/guides/").status_code == 200
    with tenant_scope(cast.anso), django_assert_max_num_queries(26):
        assert sum(item.kind == "guide" for item in tasks_for(cast.director, [cast.anso])) == min(many, 20)
