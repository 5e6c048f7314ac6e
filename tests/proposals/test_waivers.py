"""Exceptions (一事一议): asked for by the applicant, granted with a reason, shown to everybody who decides later (A19)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.queries import history_of
from core.errors import NotVisible, Refused, WrongState
from notifications.models import Notice
from programs.findings import Stage
from programs.models import Call
from projects.enums import ProjectState
from proposals import actions
from proposals.actions.waiving import ask_for_waiver, decide_waiver, waivable_findings
from proposals.enums import CheckDecision, ProposalState, WaiverState
from proposals.models import Proposal, Waiver
from proposals.queries import findings
from reviews.models import Conflict
from tests import factories
from tests.cast import Cast
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
LIMIT = "concurrent_limit"


def running(cast: Cast, call: Call, number: int) -> None:
    """The PI leads one more project of the funder."""
    other = factories.make_proposal(cast, call, state=ProposalState.APPROVED, number=number)
    factories.make_project(other, state=ProjectState.ACTIVE)


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    """Complete, but the PI leads a project already: one is the limit. Another programme's, so that B2.1 is met."""
    made = complete_draft(cast, call)
    running(cast, call_of_another_programme(cast, call), 50)
    return made


def call_of_another_programme(cast: Cast, call: Call) -> Call:
    programme = type(call.programme).objects.create(
        tenant=cast.anso, slug="conference", title_zh="会议", title_en="Conferences"
    )
    return Call.objects.create(
        tenant=cast.anso,
        programme=programme,
        policy_version=call.policy_version,
        slug="another",
        title_zh="会议",
        title_en="Conferences",
        source=call.source,
        policy_sha256=call.policy_sha256,
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        state=call.state,
        created_by=cast.secretary,
    )


def blocking(draft: Proposal, stage: Stage = Stage.ENDORSE) -> list[str]:
    return [one.code for one in findings(Proposal.objects.get(pk=draft.pk), stage) if getattr(one, "blocks", True)]


def asked(cast: Cast, draft: Proposal, reason: str = "Both projects end this winter.") -> Waiver:
    (finding,) = waivable_findings(draft)
    return ask_for_waiver(proposal=draft, by=cast.pi, ref=finding.ref, reason=reason)


def granted(cast: Cast, draft: Proposal) -> Waiver:
    return decide_waiver(waiver=asked(cast, draft), by=cast.secretary, grants=True, reason="A one-off; see minutes 12.")


# ---------------------------------------------------------------- the whole way
def test_an_exception_lets_the_application_on_and_everybody_reads_why(cast: Cast, draft: Proposal, as_: As) -> None:
    assert blocking(draft) == [LIMIT]
    with pytest.raises(Refused):
        actions.request_endorsement(proposal=draft, by=cast.pi)
    granted(cast, draft)
    assert blocking(draft) == []
    actions.request_endorsement(proposal=draft, by=cast.pi)
    assert "see minutes 12" in as_("office").get(at("endorse", draft.pk)).text
    actions.endorse(proposal=draft, by=cast.office)
    page = as_("secretary").get(at("check", draft.pk)).text
    assert "Waived" in page and "see minutes 12" in page
    draft.refresh_from_db()
    points = {point.key: {"ok": True, "note": ""} for point in policy_of(draft).checklist}
    check = actions.decide_check(
        proposal=draft, by=cast.secretary, decision=CheckDecision.PASS, points=points, reason=""
    )
    kept = [(one["code"], one["waived"], one["waiver_reason"]) for one in check.findings]
    assert kept == [(LIMIT, True, "A one-off; see minutes 12.")]
    told = [event.action for event in history_of(draft) if event.action.endswith("waiver")]
    assert sorted(told) == ["proposal.ask_waiver", "proposal.grant_waiver"]


def policy_of(proposal: Proposal) -> Any:
    from programs.queries import effective_policy

    return effective_policy(proposal.call)


def test_a_refused_one_changes_nothing_and_may_be_asked_again(cast: Cast, draft: Proposal) -> None:
    decide_waiver(waiver=asked(cast, draft), by=cast.secretary, grants=False, reason="No grounds given.")
    assert blocking(draft) == [LIMIT]
    assert granted(cast, draft).state == WaiverState.GRANTED
    assert blocking(draft) == []


def test_it_covers_no_more_than_was_asked(cast: Cast, call: Call, draft: Proposal) -> None:
    granted(cast, draft)
    running(cast, Call.objects.get(slug="another"), 51)
    assert blocking(draft) == [LIMIT], "two projects are more than the one that was excepted"
    (finding,) = waivable_findings(draft)
    assert "already leads 2" in finding.message_en


# ---------------------------------------------------------------- who, when, why
@pytest.mark.parametrize("who", ["charlie", "office", "secretary", "director", "mo"])
def test_only_the_applicant_asks(who: str, cast: Cast, draft: Proposal) -> None:
    (finding,) = waivable_findings(draft)
    with pytest.raises(NotVisible):
        ask_for_waiver(proposal=draft, by=cast.people[who], ref=finding.ref, reason="Please.")


@pytest.mark.parametrize("who", ["pi", "charlie", "office", "finance", "director", "host", "mo"])
def test_only_the_secretariat_decides(who: str, cast: Cast, draft: Proposal) -> None:
    waiver = asked(cast, draft)
    with pytest.raises(NotVisible):
        decide_waiver(waiver=waiver, by=cast.people[who], grants=True, reason="Fine.")


def test_a_conflicted_secretary_neither_reads_nor_decides(cast: Cast, draft: Proposal, as_: As) -> None:
    waiver = asked(cast, draft)
    assert as_("secretary").get(at("waiver", waiver.pk)).status_code == 200
    Conflict.objects.create(
        tenant=cast.anso, proposal=draft, user=cast.secretary, kind="declared", source="declared",
        evidence_zh="亲属", evidence_en="A relative", found_at=waiver.asked_at,
    )  # fmt: skip
    with pytest.raises(NotVisible):
        decide_waiver(waiver=waiver, by=cast.secretary, grants=True, reason="Fine.")
    browser = as_("secretary")
    assert browser.get(at("waiver", waiver.pk)).status_code == 404
    assert draft.title_en not in browser.get(reverse("proposals:waivers", args=["anso"])).text
    assert at("waiver", waiver.pk) not in browser.get("/").text


def test_what_cannot_be_waived_cannot_be_asked(cast: Cast, call: Call) -> None:
    empty = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    blocked = [one for one in findings(empty, Stage.ENDORSE) if getattr(one, "blocks", True)]
    assert blocked
    assert waivable_findings(empty) == []
    for one in blocked:
        with pytest.raises(NotVisible):
            ask_for_waiver(proposal=empty, by=cast.pi, ref=getattr(one, "ref", ""), reason="Please.")


def test_not_twice_and_not_after_handing_in(cast: Cast, draft: Proposal) -> None:
    (finding,) = waivable_findings(draft)
    waiver = asked(cast, draft)
    with pytest.raises(WrongState):
        asked(cast, draft)
    decide_waiver(waiver=waiver, by=cast.secretary, grants=True, reason="Fine.")
    with pytest.raises(WrongState):
        decide_waiver(waiver=waiver, by=cast.secretary, grants=False, reason="No.")
    actions.request_endorsement(proposal=draft, by=cast.pi)
    with pytest.raises(WrongState):
        ask_for_waiver(proposal=draft, by=cast.pi, ref=finding.ref, reason="Please.")


def test_a_decision_without_a_reason_cannot_stand(cast: Cast, draft: Proposal) -> None:
    waiver = asked(cast, draft)
    with pytest.raises(Refused):
        decide_waiver(waiver=waiver, by=cast.secretary, grants=True, reason=" \x00 ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(state=WaiverState.GRANTED)


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages(language: str, cast: Cast, draft: Proposal, as_: As) -> None:
    pi, secretary = as_("pi", language), as_("secretary", language)
    (finding,) = waivable_findings(draft)
    link = f"{at('ask_waiver', draft.pk)}?ref={finding.ref}"
    shown = pi.get(at("hand_in", draft.pk)).text
    assert at("ask_waiver", draft.pk) in shown
    assert pi.get(link).status_code == 200
    assert pi.post(link, {"reason": " "}).status_code == 422
    assert pi.post(link, {"reason": "x" * 2001}).status_code == 422
    assert pi.post(link, {"reason": "年内结题。\x00"}).status_code == 422
    assert pi.post(link, {"reason": "年内结题。=cmd()\u202e<b>"}).status_code == 303
    again = pi.post(link, {"reason": "again"})
    assert again.status_code == 303 and Waiver.objects.count() == 1
    waiver = Waiver.objects.get()
    assert at("waiver", waiver.pk) in secretary.get("/").text
    assert Notice.objects.filter(user=cast.secretary, kind="waiver-asked").count() == 1
    assert secretary.post(at("waiver", waiver.pk), {"decision": "perhaps", "reason": "r"}).status_code == 422
    assert secretary.post(at("waiver", waiver.pk), {"decision": "grant", "reason": ""}).status_code == 422
    assert (
        secretary.post(at("waiver", waiver.pk), {"decision": "grant", "reason": "同意，见会议纪要。"}).status_code
        == 303
    )
    assert secretary.post(at("waiver", waiver.pk), {"decision": "refuse", "reason": "stale"}).status_code == 303
    waiver.refresh_from_db()
    assert (waiver.state, waiver.decision_reason) == (WaiverState.GRANTED, "同意，见会议纪要。")
    assert Notice.objects.filter(user=cast.pi, kind="waiver-decided").count() == 1
    shown = pi.get(at("hand_in", draft.pk)).text
    assert "同意，见会议纪要。" in shown and at("ask_waiver", draft.pk) not in shown
    assert pi.get(link).status_code == 302  # nothing to ask for any more


def test_the_list_costs_the_same_for_thirty(cast: Cast, call: Call, draft: Proposal, as_: As) -> None:
    asked(cast, draft)
    browser, address = as_("secretary"), reverse("proposals:waivers", args=["anso"])
    browser.get(address)
    with CaptureQueriesContext(connection) as one:
        browser.get(address)
    for number in range(29):
        other = factories.make_proposal(cast, call, number=100 + number)
        fields = {"ref": "r", "article": "A19", "message_zh": "m", "message_en": "m", "reason": "r"}
        Waiver.objects.create(tenant=cast.anso, proposal=other, asked_at=draft.created_at, asked_by=cast.pi, **fields)
    with CaptureQueriesContext(connection) as thirty:
        page = browser.get(address).text
    assert page.count("proposals/exceptions/") >= 25
    assert len(thirty) <= len(one)


def at(name: str, pk: int) -> str:
    return reverse(f"proposals:{name}", args=["anso", pk])
