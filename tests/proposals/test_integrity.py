"""Integrity records: who writes them, whom a ban keeps out, on which days, and what the applicant reads (C32 C46 C49)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.queries import history_of
from core import clock
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs.clauses.people import IntegrityBan
from programs.findings import Finding, Stage
from programs.models import Call
from programs.policy import load_builtin
from programs.trying import read_facts
from proposals import actions
from proposals.actions.sanctioning import lift_sanction
from proposals.enums import Capacity, ProposalState, SanctionKind
from proposals.models import Proposal, Sanction, SanctionLift
from proposals.queries import findings
from proposals.queries.judging import Case, with_bans
from reviews.enums import LineDecision
from reviews.models import FundingPlan, PlanLine
from reviews.queries.plans import findings_of
from tests.cast import Cast
from tests.documents.test_checks import pdf
from tests.factories import good_draft, make_proposal
from tests.proposals.bans import banned, istcp_call
from tests.proposals.helpers import fill, link

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
TOTAL = SanctionKind.NO_TAKING_PART


@pytest.fixture
def draft(cast: Cast, clock: Any) -> Iterator[Proposal]:
    with tenant_scope(cast.most):
        yield fill(actions.create_draft(call=istcp_call(cast), pi=cast.pi, lead_institution=cast.lead), cast)


def bans(proposal: Proposal, stage: Stage = Stage.ENDORSE) -> dict[str, Finding]:
    found = findings(proposal, stage)
    return {one.field: one for one in found if isinstance(one, Finding) and one.code == "integrity_ban"}


# ---------------------------------------------------------------- whom it binds
def test_nobody_is_banned_at_first(draft: Proposal) -> None:
    assert bans(draft) == {}


@pytest.mark.parametrize("kind", [SanctionKind.NO_APPLYING, TOTAL])
@pytest.mark.parametrize(("who", "field"), [("lead", "lead"), ("pi", "pi")])
def test_both_bans_keep_the_applicants_out(cast: Cast, draft: Proposal, kind: str, who: str, field: str) -> None:
    banned(cast.most, cast.mo, getattr(cast, who), kind=kind)
    (finding,) = bans(draft).values()
    assert (finding.field, finding.blocks, finding.who_can_clear) == (field, True, "secretary")
    assert (finding.article, bans(draft, Stage.AWARD).keys()) == ("C49", {field})


def test_a_partner_and_a_participant_are_kept_out_by_a_ban_on_taking_part_only(cast: Cast, draft: Proposal) -> None:
    person = draft.draft["participants"][0]["key"]
    link(draft, person, cast.charlie)
    (kenya,) = (row["key"] for row in draft.draft["parties"] if row["institution_id"] == cast.kenya.pk)
    for subject in (cast.kenya, cast.charlie):
        banned(cast.most, cast.mo, subject)
    assert bans(draft) == {}
    for subject in (cast.kenya, cast.charlie):
        banned(cast.most, cast.mo, subject, kind=TOTAL)
    assert bans(draft).keys() == {f"parties.{kenya}", f"participants.{person}"}


def test_a_notice_keeps_nobody_out(cast: Cast, draft: Proposal) -> None:
    banned(cast.most, cast.mo, cast.pi, kind=SanctionKind.NOTICE, ends_on=None)
    assert bans(draft) == {}


def test_the_applicant_reads_until_when_and_by_which_decision_and_no_more(cast: Cast, draft: Proposal) -> None:
    banned(cast.most, cast.mo, cast.pi, decision="No. 7")
    banned(cast.most, cast.mo, cast.charlie, decision="No. 8", kind=TOTAL)
    (finding,) = bans(draft).values()
    assert finding.message_zh == "项目负责人已被取消申请资格，期限至 2022-12-31（No. 7）。"
    assert finding.message_en == (
        "A ban on applying runs for the principal investigator until 2022-12-31 (decision No. 7)."
    )


# ---------------------------------------------------------------- when
@pytest.mark.parametrize(
    ("instant", "runs"),
    [
        (datetime(2021, 6, 30, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 of the day before, in Beijing
        (datetime(2021, 6, 30, 16, 0, tzinfo=UTC), True),
        (datetime(2021, 7, 10, 15, 59, 59, tzinfo=UTC), True),  # the last second of the last day
        (datetime(2021, 7, 10, 16, 0, tzinfo=UTC), False),
    ],
)
def test_it_binds_from_the_first_to_the_last_day_in_the_funders_zone(
    cast: Cast, draft: Proposal, instant: datetime, runs: bool
) -> None:
    banned(cast.most, cast.mo, cast.lead, starts_on=date(2021, 7, 1), ends_on=date(2021, 7, 10))
    with clock.at(instant):
        assert bool(bans(draft)) is runs


def test_another_zone_has_other_days(cast: Cast, draft: Proposal) -> None:
    type(cast.most).objects.filter(pk=cast.most.pk).update(zone_name="America/New_York")
    banned(cast.most, cast.mo, cast.lead, starts_on=date(2021, 7, 1), ends_on=date(2021, 7, 10))
    for hour, runs in ((3, True), (4, False)):
        with clock.at(datetime(2021, 7, 11, hour, 0, tzinfo=UTC)):
            assert bool(bans(draft)) is runs


def test_a_lifted_one_binds_nobody_and_stays_on_record(cast: Cast, draft: Proposal) -> None:
    row = banned(cast.most, cast.mo, cast.lead)
    lift_sanction(sanction=row, by=cast.mo, reason="Reversed on appeal.")
    assert bans(draft) == {}
    assert Sanction.objects.get().lift.reason == "Reversed on appeal."
    assert [event.action for event in history_of(row)] == ["sanction.record", "sanction.lift"]


def test_another_funders_bans_and_other_programmes_know_nothing_of_it(cast: Cast, draft: Proposal) -> None:
    with tenant_scope(cast.anso):
        banned(cast.anso, cast.secretary, cast.lead)
    with tenant_scope([cast.anso, cast.most]):
        assert bans(draft) == {}


def test_a_banned_applicant_cannot_hand_in(cast: Cast, draft: Proposal) -> None:
    banned(cast.most, cast.mo, cast.pi)
    with pytest.raises(Refused) as refusal:
        actions.request_endorsement(proposal=draft, by=cast.pi)
    assert "integrity_ban" in {one.code for one in refusal.value.findings}


def test_it_is_judged_again_at_the_award(cast: Cast, draft: Proposal) -> None:
    proposal = make_proposal(cast, draft.call, state=ProposalState.REVIEWING)
    plan = FundingPlan.objects.create(tenant=cast.most, call=draft.call, number=1, prepared_by=cast.mo)
    version = proposal.versions.get()
    line = PlanLine.objects.create(
        tenant=cast.most, plan=plan, proposal=proposal, version=version, decision=LineDecision.FUND, amount_fen=1
    )

    def bans_at(stage: Stage) -> int:
        return sum(one.code == "integrity_ban" for one in findings_of(draft.call, [line], stage=stage)[line.pk])

    assert (bans_at(Stage.PLAN), bans_at(Stage.AWARD)) == (0, 0)
    banned(cast.most, cast.mo, cast.lead)
    assert (bans_at(Stage.PLAN), bans_at(Stage.AWARD)) == (1, 1)
    line.decision = LineDecision.DECLINE
    assert bans_at(Stage.AWARD) == 0, "nothing keeps the funder from declining it"


# ---------------------------------------------------------------- cost
def test_a_policy_that_asks_costs_one_query_for_any_number_and_another_none(cast: Cast, draft: Proposal) -> None:
    facts = read_facts({})
    cases = {number: Case(draft.pk, good_draft(cast), facts) for number in range(30)}
    for name, queries in (("most/istcp-intergovernmental", 1), ("anso/joint-research", 0)):
        policy = load_builtin(name)
        assert bool(policy.clauses_of(IntegrityBan)) is bool(queries)
        with CaptureQueriesContext(connection) as asked:
            with_bans(policy, cases)
        assert len(asked) == queries


def test_facts_name_a_ban_in_json() -> None:
    row = {"field": "pi", "until": "2022-12-31", "decision": "No. 7"}
    (ban,) = read_facts({"bans": [row]}).bans
    assert (ban.field, ban.until, ban.is_total) == ("pi", date(2022, 12, 31), False)
    for wrong in ({}, {**row, "until": "soon"}, {**row, "by": "whom"}, "pi"):
        with pytest.raises(ValueError):
            read_facts({"bans": [wrong]})


# ---------------------------------------------------------------- the record
@pytest.mark.parametrize("name", ["finance", "director", "office", "pi", "mo"])
def test_only_the_secretariat_writes(cast: Cast, call: Call, name: str) -> None:
    row = banned(cast.anso, cast.secretary, cast.sibling)
    with pytest.raises(NotVisible):
        banned(cast.anso, cast.people[name], cast.sibling, decision="another")
    with pytest.raises(NotVisible):
        lift_sanction(sanction=row, by=cast.people[name], reason="why")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": None}, "ends_on"),
        ({"ends_on": date(2020, 12, 31)}, "ends_on"),
        ({"kind": SanctionKind.NOTICE}, "ends_on"),
        ({"capacity": Capacity.EXPERT}, "subject"),
        ({"reason": " \x00"}, "reason"),
        ({"reason": "r" * 2001}, "reason"),
    ],
)
def test_what_makes_no_record_is_refused_at_its_field(cast: Cast, call: Call, changes: Any, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        banned(cast.anso, cast.secretary, cast.sibling, **changes)
    assert [one.field for one in refusal.value.findings] == [field]
    assert not Sanction.objects.exists()


def test_a_ban_of_one_day_is_one(cast: Cast, call: Call) -> None:
    assert banned(cast.anso, cast.secretary, cast.sibling, ends_on=date(2021, 1, 1)).is_ban


def test_the_same_is_recorded_and_lifted_once(cast: Cast, call: Call) -> None:
    for subject in (cast.sibling, cast.charlie):
        row = banned(cast.anso, cast.secretary, subject)
        with pytest.raises(Refused):
            banned(cast.anso, cast.secretary, subject)
        lift_sanction(sanction=row, by=cast.secretary, reason="why")
        with pytest.raises(WrongState):
            lift_sanction(sanction=row, by=cast.secretary, reason="why")
    assert (Sanction.objects.count(), SanctionLift.objects.count()) == (2, 2)


@pytest.mark.parametrize("changes", [{"person_id": 1}, {"institution_id": None}, {"ends_on": None}])
def test_the_database_keeps_what_the_actions_keep(cast: Cast, call: Call, changes: Any) -> None:
    row = banned(cast.anso, cast.secretary, cast.sibling)
    row.pk, row.decision = None, "another"
    for name, value in changes.items():
        setattr(row, name, cast.pi.pk if name == "person_id" else value)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# ---------------------------------------------------------------- pages
GOOD = {
    "capacity": "pi",
    "subject": "CHARLIE@demo.example",
    "kind": "no_applying",
    "decision": "No. 9",
    "starts_on": "2021-01-01",
    "ends_on": "2022-12-31",
    "reason": "False data.",
}


def test_the_secretariat_records_and_lifts(cast: Cast, call: Call, as_: As) -> None:
    browser = as_("secretary")
    answer = browser.post(reverse("proposals:integrity_new", args=["anso"]), GOOD, follow=True)
    row = Sanction.objects.get()
    assert (row.person, row.recorded_by) == (cast.charlie, cast.secretary)
    assert "Charlie" in answer.text and "Lift the sanction" in answer.text
    address = reverse("proposals:integrity_record", args=["anso", row.pk])
    assert "Lift the sanction" not in as_("director").get(address).text
    assert browser.post(address, {"reason": ""}).status_code == 422
    assert "Reversed." in browser.post(address, {"reason": "Reversed."}, follow=True).text
    assert "already" in browser.post(address, {"reason": "Again."}, follow=True).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": "nobody@demo.example"}, "Nobody has an account"),
        ({"capacity": "undertaking", "subject": "No such place"}, "No institution is called"),
        ({"ends_on": ""}, "give its last day"),
        ({"ends_on": "2020-01-01"}, "before the first"),
        ({"kind": "notice"}, "leave the last day empty"),
    ],
)
def test_mistakes_stand_at_the_field(cast: Cast, call: Call, as_: As, changes: Any, words: str) -> None:
    answer = as_("secretary").post(reverse("proposals:integrity_new", args=["anso"]), GOOD | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert not Sanction.objects.exists()


def test_the_list_finds_by_name_and_costs_the_same_for_thirty(cast: Cast, call: Call, as_: As) -> None:
    banned(cast.anso, cast.secretary, cast.charlie)
    browser, address = as_("secretary"), reverse("proposals:integrity", args=["anso"])
    browser.get(address)
    with CaptureQueriesContext(connection) as one:
        assert "Charlie" in browser.get(address).text
    for number in range(29):
        row = banned(cast.anso, cast.secretary, cast.sibling, decision=f"No. {number}")
        if number % 2:
            lift_sanction(sanction=row, by=cast.secretary, reason="why")
    with CaptureQueriesContext(connection) as thirty:
        page = browser.get(address).text
    assert page.count("/anso/proposals/integrity/") >= 25
    assert len(thirty) <= len(one)
    found = browser.get(address, {"q": "Charlie"}).text
    assert "Charlie" in found and "Coastal" not in found
    assert "Nothing matches" in browser.get(address, {"q": "nobody\x00x"}).text


def test_state_words(cast: Cast, call: Call, as_: As) -> None:
    today = clock.today()
    banned(cast.anso, cast.secretary, cast.charlie)
    banned(cast.anso, cast.secretary, cast.sibling, starts_on=today + timedelta(days=1))
    banned(cast.anso, cast.secretary, cast.kenya, kind=SanctionKind.NOTICE, ends_on=None)
    page = as_("finance").get(reverse("proposals:integrity", args=["anso"])).text
    for words in ("Runs today", "Does not run today", "Kept on record"):
        assert words in page
    assert "Record a sanction" not in page


# ---------------------------------------------------------------- whom it concerns
def test_whom_it_concerns_is_told_what_was_decided_and_opens_the_paper(cast: Cast, call: Call, as_: As) -> None:
    given = GOOD | {
        "subject": cast.charlie.email,
        "capacity": Capacity.PI,
        "paper": SimpleUploadedFile("决定.pdf", pdf()),
    }
    assert as_("secretary").post(reverse("proposals:integrity_new", args=["anso"]), given).status_code == 302
    row = Sanction.objects.get()
    place = banned(cast.anso, cast.secretary, cast.lead)
    notice = Notice.objects.get(user=cast.charlie)
    paper = reverse("proposals:integrity_paper", args=["anso", row.pk])
    assert notice.url == paper and row.reason in notice.body_en and str(row.ends_on) in notice.body_zh
    assert Notice.objects.get(user=cast.office).kind == "sanction-recorded" and not Notice.objects.filter(user=cast.pi)
    opened = {who for who in ("charlie", "secretary", "finance", "director", "pi", "office", "sibling_office", "host")
              if as_(who).get(paper).status_code == 200}  # fmt: skip
    assert opened == {"charlie", "secretary", "finance", "director"}
    assert as_("office").get(reverse("proposals:integrity_paper", args=["anso", place.pk])).status_code == 404, (
        "no paper"
    )
    lift_sanction(sanction=row, by=cast.secretary, reason="Reversed.")
    assert "Reversed." in Notice.objects.get(user=cast.charlie, kind="sanction-lifted").body_en


def test_a_paper_that_is_none_is_told_at_its_field(cast: Cast, call: Call, as_: As) -> None:
    given = GOOD | {"paper": SimpleUploadedFile("a.pdf", b"MZ no pdf")}
    answer = as_("secretary").post(reverse("proposals:integrity_new", args=["anso"]), given)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["paper"]
    assert not Sanction.objects.exists() and not Notice.objects.exists()
