"""The closing of a project: dates of A30, opinions of A31, conclusions of A32, reasons of A33, results of A41."""

import io
from datetime import date, timedelta

import pypdf
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction

from acceptance import actions, queries
from acceptance.models import Acceptance, Conclusion
from accounts.enums import Role
from accounts.models import Membership
from audit.queries import broken_links
from core import clock as portal_clock
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from documents.queries import bytes_of, current_revision
from documents.refusals import FileRefused
from notifications.models import Notice, Reminder
from reviews.models import Conflict
from tests.acceptance.stages import AFTER_TERM, EVIDENCE, filed, notified, opinion, project_of, proposed, published

TICK = timedelta(microseconds=1)


@pytest.fixture
def project(cast, anso, clock):
    clock.set(AFTER_TERM)
    return project_of(cast, anso)


def codes(refusal):
    return [finding.code for finding in refusal.value.findings]


def text_of(document) -> str:
    pages = pypdf.PdfReader(io.BytesIO(bytes_of(current_revision(document).file))).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


# ---------------------------------------------------------------- A30: the notice and its dates
def test_no_notice_before_the_term_is_over_in_beijing(cast, project, clock):
    over = portal_clock.end_of_day(project.end_date)
    clock.set(over - TICK)
    with pytest.raises(Refused) as refusal:
        notified(cast, project)
    assert codes(refusal) == ["term-runs"]
    assert not Acceptance.objects.exists()
    clock.set(over)
    assert notified(cast, project).state == "notified"


def test_the_opinions_are_due_two_months_after_the_notice(cast, project):
    acceptance = notified(cast, project)
    assert acceptance.due_at == portal_clock.end_of_day(date(2025, 3, 7))
    ahead = sorted(acceptance.due_at - one.due_at for one in Reminder.objects.all())
    assert ahead == [timedelta(days=3), timedelta(days=14)]
    assert {one.user for one in Reminder.objects.all()} == {cast.office}
    project.refresh_from_db()
    assert project.state == "accepting"
    assert {notice.user for notice in Notice.objects.filter(kind="acceptance.notice")} == {cast.pi, cast.office}


def test_the_notice_is_sent_once(cast, project):
    notified(cast, project)
    with pytest.raises(WrongState):
        notified(cast, project)
    assert Acceptance.objects.count() == 1


@pytest.mark.parametrize("state", ["book_drafting", "signing", "passed", "failed", "terminated"])
def test_a_project_that_does_not_run_gets_no_notice(cast, anso, clock, state):
    clock.set(AFTER_TERM)
    with pytest.raises(WrongState):
        notified(cast, project_of(cast, anso, state=state))


def test_the_notice_reads_well_in_both_languages(cast, project):
    document = notified(cast, project).notice
    text = text_of(document)
    for words in (
        "项目验收通知",
        "AcceptanceNotice",
        project.grant_number,
        "2025年3月7日",
        "7March2025",
        cast.lead.name_zh,
    ):
        assert words.replace(" ", "") in text
    assert document.subject_id == project.pk
    assert document.kind == "acceptance_notice"


# ---------------------------------------------------------------- A31: opinions
def test_both_opinions_complete_the_filing_and_end_the_reminding(cast, project):
    acceptance = notified(cast, project)
    opinion(cast, acceptance, "science")
    acceptance.refresh_from_db()
    assert acceptance.state == "notified"
    assert Reminder.objects.filter(cancelled_at=None).exists()
    opinion(cast, acceptance, "finance", organised_as="audit", result="fail")
    acceptance.refresh_from_db()
    assert acceptance.state == "filed"
    assert not Reminder.objects.filter(cancelled_at=None).exists()
    assert {notice.user for notice in Notice.objects.filter(kind="acceptance.filed")} == {cast.secretary}


def test_an_opinion_is_filed_once(cast, project):
    acceptance = notified(cast, project)
    opinion(cast, acceptance, "science")
    with pytest.raises(WrongState) as refusal:
        opinion(cast, acceptance, "science", text="Another one.")
    assert codes(refusal) == ["opinion-filed"]
    assert acceptance.opinions.get().text == "同意通过验收。"


def test_a_scan_is_kept_and_checked_by_its_content(cast, project):
    acceptance = notified(cast, project)
    scan = bytes_of(current_revision(acceptance.notice).file)
    kept = opinion(cast, acceptance, "science", filename="意见.pdf", data=scan)
    assert bytes_of(kept.file) == scan
    with pytest.raises(FileRefused):
        opinion(cast, acceptance, "finance", filename="opinion.pdf", data=b"MZ" + b"\0" * 400)
    assert acceptance.opinions.count() == 1


# ---------------------------------------------------------------- A41: results
def test_a_pass_needs_a_published_result(cast, project):
    acceptance = filed(cast, project)
    with pytest.raises(Refused) as refusal:
        actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome="pass", reasons=[])
    assert any("A41" in finding.article for finding in refusal.value.findings)
    assert acceptance.conclusions.count() == 0
    published(cast, project)
    actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome="pass", reasons=[])


def test_a_fail_does_not(cast, project):
    acceptance = filed(cast, project)
    conclusion = actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome="fail", reasons=EVIDENCE)
    assert (conclusion.outcome, conclusion.reasons) == ("fail", EVIDENCE)


def test_a_result_lies_in_the_past(cast, project):
    with pytest.raises(Refused) as refusal:
        published(cast, project, published_date=AFTER_TERM.date() + timedelta(days=1))
    assert codes(refusal) == ["not-yet-published"]


# ---------------------------------------------------------------- A32 A33: conclusions
@pytest.mark.parametrize(
    ("outcome", "reasons", "expected"),
    [
        ("fail", [], "fail-without-reason"),
        ("fail", [{"code": "goals_unmet", "article": "A33.1", "evidence": "  "}], "reason-without-evidence"),
        ("fail", [{"code": "made_up", "article": "A33.9", "evidence": "x"}], "fail-without-reason"),
        ("pass", EVIDENCE, "pass-with-reasons"),
    ],
)
def test_a_fail_rests_on_listed_reasons_with_evidence(cast, project, outcome, reasons, expected):
    acceptance = filed(cast, project)
    published(cast, project)
    with pytest.raises(Refused) as refusal:
        actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome=outcome, reasons=reasons)
    assert codes(refusal) == [expected]


@pytest.mark.parametrize(
    ("outcome", "state", "kind"), [("pass", "passed", "closing_notice"), ("fail", "failed", "failing_notice")]
)
def test_approval_closes_the_project_with_a_notice(cast, project, outcome, state, kind):
    conclusion = actions.decide_conclusion(conclusion=proposed(cast, project, outcome), by=cast.director, approve=True)
    project.refresh_from_db()
    assert project.state == state
    assert conclusion.document.kind == kind
    assert conclusion.document.content_sha256 == conclusion.content_sha256
    text = text_of(conclusion.document)
    assert {"pass": "项目结题通知", "fail": "不通过验收通知"}[outcome] in text
    assert ("两项指标未完成" in text) == (outcome == "fail")
    assert conclusion.acceptance.__class__.objects.get().state == "concluded"
    assert {notice.user for notice in Notice.objects.filter(kind="acceptance.concluded")} == {cast.pi, cast.office}
    assert list(broken_links()) == []
    events = [event.action for event in reversed(queries.history(project, conclusion.acceptance))]
    assert events[0] == "acceptance.notify" and events[-1] == "acceptance.approve"


def test_a_return_needs_a_reason_and_another_proposal_follows(cast, project):
    first = proposed(cast, project)
    with pytest.raises(Refused) as refusal:
        actions.decide_conclusion(conclusion=first, by=cast.director, approve=False, comment=" ")
    assert codes(refusal) == ["return-without-comment"]
    actions.decide_conclusion(conclusion=first, by=cast.director, approve=False, comment="请核实指标。")
    project.refresh_from_db()
    assert project.state == "accepting"
    acceptance = Acceptance.objects.get()
    assert acceptance.state == "filed"
    second = actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome="fail", reasons=EVIDENCE)
    assert second.number == 2


def test_a_stale_page_does_not_approve_what_it_did_not_show(cast, project):
    first = proposed(cast, project)
    actions.decide_conclusion(conclusion=first, by=cast.director, approve=False, comment="再议")
    actions.propose_conclusion(acceptance=Acceptance.objects.get(), by=cast.secretary, outcome="fail", reasons=EVIDENCE)
    with pytest.raises(WrongState) as refusal:
        actions.decide_conclusion(conclusion=first, by=cast.director, approve=True)
    assert codes(refusal) == ["conclusion-decided"]
    assert Acceptance.objects.get().state == "proposed"


def test_a_double_click_closes_once(cast, project):
    conclusion = proposed(cast, project)
    actions.decide_conclusion(conclusion=conclusion, by=cast.director, approve=True)
    with pytest.raises(WrongState):
        actions.decide_conclusion(conclusion=conclusion, by=cast.director, approve=True)
    assert Notice.objects.filter(kind="acceptance.concluded", user=cast.pi).count() == 1


def test_nobody_decides_what_they_proposed(cast, project):
    Membership.objects.create(user=cast.secretary, tenant=cast.anso, role=Role.DIRECTOR)
    conclusion = proposed(cast, project)
    with pytest.raises(Refused) as refusal:
        actions.decide_conclusion(conclusion=conclusion, by=cast.secretary, approve=True)
    assert codes(refusal) == ["own-proposal"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Conclusion.objects.filter(pk=conclusion.pk).update(
            decided_by=cast.secretary, decided_at=AFTER_TERM, is_approved=True
        )


@pytest.mark.parametrize("change", [{"outcome": "fail"}, {"comment": "x"}, {"reasons": EVIDENCE}])
def test_the_approval_binds_what_was_proposed(cast, project, change):
    conclusion = proposed(cast, project)
    Conclusion.objects.filter(pk=conclusion.pk).update(**change)
    with pytest.raises(Refused) as refusal:
        actions.decide_conclusion(conclusion=conclusion, by=cast.director, approve=True)
    assert codes(refusal) == ["conclusion-changed"]
    project.refresh_from_db()
    assert project.state == "accepting"


# ---------------------------------------------------------------- action × state × person
ACTIONS = {
    "notice": lambda cast, project, by: actions.send_notice(project=project, by=by),
    "opinion": lambda cast, project, by: opinion(cast, Acceptance.objects.get(), "science", by=by),
    "result": lambda cast, project, by: published(cast, project, by=by),
    "propose": lambda cast, project, by: actions.propose_conclusion(
        acceptance=Acceptance.objects.get(), by=by, outcome="fail", reasons=EVIDENCE
    ),
    "decide": lambda cast, project, by: actions.decide_conclusion(
        conclusion=Conclusion.objects.get(), by=by, approve=True
    ),
}
STAGES = {
    "active": lambda cast, project: None,
    "notified": notified,
    "filed": filed,
    "proposed": proposed,
    "concluded": lambda cast, project: actions.decide_conclusion(
        conclusion=proposed(cast, project), by=cast.director, approve=True
    ),
}
WHO = {
    "notice": "secretary",
    "opinion": "office",
    "result": "pi office secretary",
    "propose": "secretary",
    "decide": "director",
}
WHEN = {"notice": "active", "opinion": "notified", "result": " ".join(STAGES), "propose": "filed", "decide": "proposed"}
CAST = "pi office secretary finance director host reviewer1 conflicted expert1 charlie sibling_office stranger mo mo_director"


@pytest.mark.parametrize("stage", STAGES)
def test_who_may_do_what_when(cast, project, stage):
    """Every action by every person in every stage; each tried in a savepoint of its own."""
    STAGES[stage](cast, project)
    project.refresh_from_db()
    for name, act in ACTIONS.items():
        for person in CAST.split():
            may, now = person in WHO[name].split(), stage in WHEN[name].split()
            outcome = attempt(act, cast, project, cast.people[person])
            assert outcome == ("done" if may and now else "early or late" if may else "invisible"), (name, person)


def attempt(act, cast, project, by) -> str:
    class Undo(Exception):
        pass

    try:
        with transaction.atomic():
            act(cast, project, by)
            raise Undo
    except Undo:
        return "done"
    except NotVisible:
        return "invisible"
    except (WrongState, ObjectDoesNotExist):
        # Before there is an acceptance there is nothing to name; who may not act learns no more than that.
        is_missing = not Acceptance.objects.exists() or not Conclusion.objects.exists()
        return "early or late" if by_name(cast, by) in WHO[name_of(act)].split() or not is_missing else "invisible"


def name_of(act) -> str:
    return next(name for name, one in ACTIONS.items() if one is act)


def by_name(cast, user) -> str:
    return next(name for name, one in cast.people.items() if one == user)


@pytest.mark.parametrize("role", ["secretary", "director"])
def test_a_conflicted_member_of_staff_has_no_part(cast, project, role):
    proposed(cast, project)
    Conflict.objects.create(
        tenant=cast.anso, proposal=project.proposal, user=cast.people[role], kind="declared", source="declared",
        evidence_zh="亲属", evidence_en="family",
    )  # fmt: skip
    act = ACTIONS["decide" if role == "director" else "propose"]
    with pytest.raises(NotVisible):
        act(cast, project, cast.people[role])


def test_a_director_does_not_decide_on_the_own_project(cast, project):
    Membership.objects.create(user=cast.pi, tenant=cast.anso, role=Role.DIRECTOR)
    with pytest.raises(NotVisible):
        actions.decide_conclusion(conclusion=proposed(cast, project), by=cast.pi, approve=True)


def test_another_funder_s_staff_sees_none(cast, project):
    filed(cast, project)
    for user in (cast.mo, cast.mo_director, cast.charlie, cast.sibling_office):
        assert not queries.visible_to(user).exists()
    with tenant_scope(cast.most):
        assert not Acceptance.objects.exists()
