"""An application declared invalid: all that is wrong at once, an appeal in time and once, decided by somebody else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership, Tenant, User
from audit.queries import history_of
from core.errors import NotVisible, Refused, WrongState
from notifications.models import Notice, Reminder
from notifications.reminders import send_due
from programs.models import Call
from proposals import actions
from proposals.actions.appealing import decide_appeal, file_appeal
from proposals.enums import AppealState, CheckDecision
from proposals.enums import ProposalState as S
from proposals.models import Appeal, PreliminaryCheck, Proposal
from reviews.models import Conflict
from tests.cast import Cast
from tests.documents.test_checks import pdf
from tests.factories import make_proposal
from tests.proposals.helpers import complete_draft, let_write

pytestmark = pytest.mark.django_db
PDF = pdf()
As = Callable[..., Client]
# Decided on 2021-07-01 (the tests' clock), fifteen days: 24:00 of the 16th in Beijing.
ENDS = datetime(2021, 7, 17, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TICK = timedelta(microseconds=1)


@pytest.fixture
def other(cast: Cast) -> User:
    """A second secretary."""
    user = User.objects.create(email="second@demo.example", name_en="Sec Ond", language="en")
    Membership.objects.create(user=user, tenant=cast.anso, role=Role.SECRETARY)
    cast.people["other"] = user
    return user


@pytest.fixture
def invalid(cast: Cast, call: Call, clock: Any, other: User) -> Proposal:
    clock.set(datetime(2021, 7, 1, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai")))
    return declared(cast, make_proposal(cast, call, state=S.SUBMITTED))


def declared(cast: Cast, proposal: Proposal, by: User | None = None) -> Proposal:
    decide(cast, proposal, CheckDecision.INVALID, by=by, article="B2.3")
    proposal.refresh_from_db()
    return proposal


def decide(cast: Cast, proposal: Proposal, decision: str, *, by: User | None = None, **more: Any) -> PreliminaryCheck:
    points = {"complete": {"ok": False, "note": "Page 12 is missing."}, "truthful": {"ok": False, "note": ""}}
    given: dict[str, Any] = {"points": points, "reason": "The letter names another institution.", **more}
    return actions.decide_check(proposal=proposal, by=by or cast.secretary, decision=decision, **given)


def appealed(cast: Cast, proposal: Proposal, **more: Any) -> Appeal:
    return file_appeal(proposal=proposal, by=cast.pi, **{"reason": "It is the same institution, renamed.", **more})


def at(name: str, *args: int) -> str:
    return reverse(f"proposals:{name}", args=["anso", *args])


# ---------------------------------------------------------------- the check itself
def test_all_defects_are_listed_at_once_with_their_articles(cast: Cast, invalid: Proposal, as_: As) -> None:
    notice = Notice.objects.get(user=cast.pi, kind="check-invalid")
    assert "Page 12 is missing." in notice.body_en and "article 20" in notice.body_en
    assert "2021-07-17 00:00:00 (Asia/Shanghai)" in notice.body_zh
    assert Notice.objects.filter(user=cast.office, kind="check-invalid", body_zh=notice.body_zh).exists()
    page = as_("pi").get(at("detail", invalid.pk)).text
    assert (
        "Page 12 is missing." in page and "2021-07-17 00:00:00 UTC+08:00" in page and at("appeal", invalid.pk) in page
    )


def test_invalidity_needs_an_article_of_the_policy(cast: Cast, call: Call) -> None:
    proposal = make_proposal(cast, call, state=S.SUBMITTED)
    for article in ("", "Z9"):
        with pytest.raises(Refused) as refusal:
            decide(cast, proposal, CheckDecision.INVALID, article=article)
        assert [one.field for one in refusal.value.findings] == ["article"]


def test_it_is_returned_once(cast: Cast, call: Call, as_: As) -> None:
    proposal = complete_draft(cast, call)
    for _ in range(2):
        actions.request_endorsement(proposal=proposal, by=cast.pi)
        actions.endorse(proposal=proposal, by=cast.office)
        if not PreliminaryCheck.objects.exists():
            decide(cast, proposal, CheckDecision.RETURN)
            assert "Page 12 is missing." in as_("pi").get(at("hand_in", proposal.pk)).text
    with pytest.raises(Refused) as refusal:
        decide(cast, proposal, CheckDecision.RETURN)
    assert [one.code for one in refusal.value.findings] == ["returned_before"]
    page = as_("secretary").get(at("check", proposal.pk)).text
    assert 'value="return"' not in page and "Page 12 is missing." in page


# ---------------------------------------------------------------- in time, once
@pytest.mark.parametrize(
    ("late", "is_late"), [(-TICK, False), (-timedelta(seconds=1), False), (timedelta(), True), (TICK, True)]
)
def test_the_last_second_counts_and_the_end_itself_is_too_late(
    cast: Cast, invalid: Proposal, clock: Any, late: timedelta, is_late: bool
) -> None:
    clock.set(ENDS + late)
    if not is_late:
        assert appealed(cast, invalid).filed_at == ENDS + late
        return
    with pytest.raises(Refused) as refusal:
        appealed(cast, invalid)
    assert [one.code for one in refusal.value.findings] == ["appeal_too_late"]
    assert not Appeal.objects.exists()


def test_waiting_for_a_lock_does_not_make_it_late(
    cast: Cast, invalid: Proposal, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proposals.actions import appealing

    plain = appealing.locked

    def slow(proposal: Proposal) -> Proposal:
        clock.forward(minutes=10)
        return plain(proposal)

    monkeypatch.setattr(appealing, "locked", slow)
    clock.set(ENDS - TICK)
    assert appealed(cast, invalid).filed_at == ENDS - TICK


def test_the_funders_days_and_zone_decide_and_what_was_decided_keeps_its_day(
    cast: Cast, call: Call, invalid: Proposal
) -> None:
    Tenant.objects.filter(pk=cast.anso.pk).update(appeal_days=3, zone_name="America/New_York")
    cast.anso.refresh_from_db()
    fresh = Proposal.objects.get(pk=make_proposal(cast, call, state=S.SUBMITTED, number=2).pk)
    declared(cast, fresh)
    ends = [check.appeal_until for check in PreliminaryCheck.objects.order_by("pk")]
    # There it is still the 30th of June.
    assert ends == [ENDS, datetime(2021, 7, 4, 0, 0, tzinfo=ZoneInfo("America/New_York"))]


def test_once_for_each_declaration_and_a_new_one_after_a_granted_appeal(cast: Cast, invalid: Proposal) -> None:
    first = appealed(cast, invalid)
    with pytest.raises(WrongState):
        appealed(cast, invalid)
    decide_appeal(appeal=first, by=cast.other, grants=True, article="A20", reason="Renamed in 2020.")
    invalid.refresh_from_db()
    assert invalid.state == S.SUBMITTED
    with pytest.raises(WrongState):
        appealed(cast, invalid)
    declared(cast, invalid, by=cast.other)
    with pytest.raises(WrongState):
        appealed(cast, invalid, against=first.against_id)  # the page of the first one
    second = appealed(cast, invalid)
    assert second.against.number == 2 and PreliminaryCheck.objects.count() == 2
    decide_appeal(appeal=second, by=cast.secretary, grants=False, article="A18", reason="Another one.")
    told = [event.action for event in history_of(invalid).order_by("seq")]
    assert told == [
        "proposal.check_invalid", "proposal.appeal", "proposal.grant_appeal",
        "proposal.check_invalid", "proposal.appeal", "proposal.uphold_invalid",
    ]  # fmt: skip


def test_what_the_institution_returned_cannot_be_appealed(cast: Cast, call: Call, as_: As) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.return_to_pi(proposal=proposal, by=cast.office, comment="No.", field_comments={})
    with pytest.raises(WrongState):
        appealed(cast, proposal)
    assert as_("pi").get(at("appeal", proposal.pk)).status_code == 404


# ---------------------------------------------------------------- who
@pytest.mark.parametrize("who", ["office", "secretary", "other", "director", "charlie", "mo"])
def test_only_the_applicant_appeals(cast: Cast, invalid: Proposal, who: str) -> None:
    let_write(invalid, cast.charlie)
    with pytest.raises(NotVisible):
        file_appeal(proposal=invalid, by=cast.people[who], reason="Mine.")


@pytest.mark.parametrize("who", ["pi", "office", "director", "finance", "host", "charlie", "mo"])
def test_only_a_secretary_decides(cast: Cast, invalid: Proposal, who: str) -> None:
    appeal = appealed(cast, invalid)
    with pytest.raises(NotVisible):
        decide_appeal(appeal=appeal, by=cast.people[who], grants=True, article="A20", reason="Fine.")


def test_not_whoever_declared_it_invalid(cast: Cast, invalid: Proposal, as_: As) -> None:
    appeal = appealed(cast, invalid)
    with pytest.raises(Refused) as refusal:
        decide_appeal(appeal=appeal, by=cast.secretary, grants=True, article="A20", reason="Mine after all.")
    assert [one.code for one in refusal.value.findings] == ["own_declaration"]
    page = as_("secretary").get(at("appeal_decision", appeal.pk)).text
    assert "somebody else of the secretariat decides" in page and 'name="decision"' not in page
    assert at("appeal_decision", appeal.pk) not in as_("secretary").get("/").text
    assert at("appeal_decision", appeal.pk) in as_("other").get("/").text
    told = set(Notice.objects.filter(kind="appeal-filed").values_list("user", flat=True))
    assert told == {cast.pi.pk, cast.office.pk, cast.other.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(
            state=AppealState.UPHELD, article="A20", decision_reason="r", decided_at=ENDS, decided_by=cast.secretary
        )


def test_where_nobody_may_decide_the_administrators_are_told(cast: Cast, invalid: Proposal) -> None:
    Membership.objects.filter(user=cast.other).delete()
    for admin in (cast.director, cast.charlie):
        Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    Conflict.objects.create(
        tenant=cast.anso, proposal=invalid, user=cast.charlie, kind="declared", source="declared",
        evidence_zh="亲属", evidence_en="A relative", found_at=ENDS,
    )  # fmt: skip
    appealed(cast, invalid)
    notice = Notice.objects.exclude(user__in=[cast.pi, cast.office]).get(kind="appeal-filed")
    assert notice.user == cast.director and invalid.title_en not in notice.title_en + notice.body_en


def test_a_secretary_with_a_tie_neither_reads_nor_decides(cast: Cast, invalid: Proposal, as_: As) -> None:
    appeal = appealed(cast, invalid, data=PDF, filename="letter.pdf")
    Conflict.objects.create(
        tenant=cast.anso, proposal=invalid, user=cast.other, kind="declared", source="declared",
        evidence_zh="亲属", evidence_en="A relative", found_at=appeal.filed_at,
    )  # fmt: skip
    with pytest.raises(NotVisible):
        decide_appeal(appeal=appeal, by=cast.other, grants=True, article="A20", reason="Fine.")
    browser = as_("other")
    assert browser.get(at("appeal_decision", appeal.pk)).status_code == 404
    assert browser.get(at("appeal_evidence", invalid.pk, appeal.pk)).status_code == 404
    assert at("appeal_decision", appeal.pk) not in browser.get(at("appeals")).text + browser.get("/").text


# ---------------------------------------------------------------- reminders
def test_the_applicant_is_reminded_unless_there_is_nothing_left_to_do(
    cast: Cast, call: Call, invalid: Proposal, clock: Any
) -> None:
    done = declared(cast, make_proposal(cast, call, state=S.SUBMITTED, number=2))
    appealed(cast, done)
    assert set(Reminder.objects.filter(cancelled_at=None).values_list("subject_id", flat=True)) == {invalid.pk}
    clock.set(ENDS - timedelta(days=3))
    assert send_due() == 1
    assert Notice.objects.get(user=cast.pi, kind__startswith="reminder").url == at("appeal", invalid.pk)
    clock.set(ENDS + TICK)
    assert send_due() == 0, "the time is over"


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages(language: str, cast: Cast, invalid: Proposal, as_: As, clock: Any) -> None:
    pi, other = as_("pi", language), as_("other", language)
    assert at("appeal", invalid.pk) in pi.get("/").text
    link = at("appeal", invalid.pk)
    against = str(PreliminaryCheck.objects.get().pk)
    assert pi.get(link).status_code == 200
    assert pi.post(link, {"reason": " "}).status_code == 422
    assert pi.post(link, {"reason": "x" * 5001}).status_code == 422
    answer = pi.post(link, {"reason": "同一单位", "evidence": SimpleUploadedFile("a.pdf", b"MZ no pdf")})
    assert answer.status_code == 422 and "同一单位" in answer.text and not Appeal.objects.exists()
    given = {"reason": "同一单位，已更名。=cmd()<b>", "against": against}
    assert pi.post(link, {**given, "against": "9" * 30}).status_code == 303 and not Appeal.objects.exists()
    assert pi.post(link, {**given, "evidence": SimpleUploadedFile("更名批复.pdf", PDF)}).status_code == 303
    assert pi.post(link, {**given, "reason": "again"}).status_code == 303
    assert pi.get(link).status_code == 303
    appeal = Appeal.objects.get()
    decision = at("appeal_decision", appeal.pk)
    for page in (pi.get(at("detail", invalid.pk)), as_("office").get(at("detail", invalid.pk)), other.get(decision)):
        assert "=cmd()&lt;b&gt;" in page.text and at("appeal_evidence", invalid.pk, appeal.pk) in page.text
    assert as_("office").get(at("appeal_evidence", invalid.pk, appeal.pk)).content == PDF
    assert as_("finance").get(at("appeal_evidence", invalid.pk, appeal.pk)).status_code == 404
    good = {"decision": "grant", "article": "A20", "reason": "成立。"}
    for bad in ({"decision": "perhaps"}, {"article": "Z1"}, {"reason": ""}, {"reason": "x" * 5001}):
        assert other.post(decision, good | bad).status_code == 422
    assert other.post(decision, good).status_code == 303
    assert other.post(decision, good | {"decision": "uphold"}).status_code == 303  # a second tab
    appeal.refresh_from_db()
    assert appeal.state == AppealState.GRANTED
    for user in (cast.pi, cast.office):
        assert "成立。" in Notice.objects.get(user=user, kind="appeal-decided").body_zh
    page = as_("secretary", language).get(at("check", invalid.pk)).text
    assert "Page 12 is missing." in page and "成立。" in page, "the earlier decision stays beside the new check"


def test_too_late_keeps_what_was_written(cast: Cast, invalid: Proposal, as_: As, clock: Any) -> None:
    clock.set(ENDS)
    answer = as_("pi").post(at("appeal", invalid.pk), {"reason": "Renamed in 2020."})
    assert answer.status_code == 409 and "Renamed in 2020." in answer.text and "2021-07-17 00:00:00" in answer.text
    assert as_("pi").get(at("appeal", invalid.pk)).status_code == 303
    assert at("appeal", invalid.pk) not in as_("pi").get("/").text


def test_the_list_costs_the_same_for_thirty(cast: Cast, call: Call, invalid: Proposal, as_: As) -> None:
    appealed(cast, invalid)
    browser, address = as_("other"), at("appeals")
    browser.get(address)
    with CaptureQueriesContext(connection) as one:
        browser.get(address)
    for number in range(29):
        row = make_proposal(cast, call, state=S.SUBMITTED, number=100 + number)
        appealed(cast, declared(cast, row))
    with CaptureQueriesContext(connection) as thirty:
        page = browser.get(address).text
    assert page.count("proposals/appeals/") >= 25
    assert len(thirty) <= len(one)
