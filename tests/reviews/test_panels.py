"""Panels above five million (A22): refused before, allowed after; who sits there, who records, who reads."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership
from audit.queries import history_of
from core import clock as portal_clock
from core.errors import NotVisible, Refused
from documents.refusals import FileRefused
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews import actions
from reviews.actions import Minutes
from reviews.enums import PanelConclusion, PanelForm, PlanState, ReviewKind
from reviews.models import Conflict, Expert, Panel, PanelMember
from reviews.queries.panels import panels_that_count, sittings_of, standing_panel
from reviews.queries.plans import rows_of_plan
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers
from tests.reviews.panels import LIMIT_YUAN, PDF, held, large_call, large_dossier, meeting

ABOVE = LIMIT_YUAN + 1


@pytest.fixture
def call(cast: Cast, anso: Any, clock: Any) -> Iterator[Any]:
    """A call that takes large requests; a month after proposals were received."""
    with portal_clock.at(factories.WHILE_OPEN + timedelta(days=30)):
        yield large_call(cast)


@pytest.fixture
def large(cast: Cast, call: Any, pool: dict[str, Expert]) -> Proposal:
    """A proposal under review for one yuan above the limit."""
    dossier = large_dossier(cast, ABOVE)
    return factories.make_proposal(cast, call, state=ProposalState.REVIEWING, dossier=dossier)


@pytest.fixture
def reviewed(cast: Cast, large: Proposal, pool: dict[str, Expert]) -> Proposal:
    """The same with its reviews, the budget's after Daniel's panel."""
    review_content(cast, large, pool)
    held(cast, large, pool["reviewer4"])
    review_budget(cast, large, pool)
    return Proposal.objects.get(pk=large.pk)


def review_content(cast: Cast, proposal: Proposal, pool: dict[str, Expert]) -> None:
    for n in (1, 2, 3):
        helpers.submitted(cast, proposal, pool[f"reviewer{n}"])


def review_budget(cast: Cast, proposal: Proposal, pool: dict[str, Expert]) -> None:
    for n in (1, 2):
        helpers.submitted(cast, proposal, pool[f"expert{n}"], ReviewKind.FINANCE)


@pytest.fixture
def expert(pool: dict[str, Expert]) -> Expert:
    """Daniel, who reviews nothing here."""
    return pool["reviewer4"]


def codes(attempt: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        attempt()
    assert all(one.message_zh and one.message_en and one.article for one in refusal.value.findings)
    return [one.code for one in refusal.value.findings]


def at(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=["anso", *args])


# ---------------------------------------------------------------- planning
def test_a_large_request_is_reviewed_and_planned_only_after_its_panel(
    cast: Cast, call: Any, large: Proposal, pool: dict[str, Expert], client_of: Any
) -> None:
    review_content(cast, large, pool)
    with pytest.raises(Refused) as refusal:
        helpers.accepted(cast, large, pool["expert1"], ReviewKind.FINANCE)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.article, finding.who_can_clear) == ("panel_above", "A22", "secretary")

    def page(who: str) -> str:
        browser = client_of(cast.people[who], "en")
        return str(browser.get(at("assign", large.pk), {"kind": "finance"}).content.decode())

    link = reverse("reviews:panel", args=["anso", large.pk])
    assert "The budget is reviewed after the panel" in page("secretary")
    assert link in page("secretary")
    assert link not in page("finance")  # who assigns budget reviews, but records no panel
    plan = helpers.plan_with(cast, call, [large], hand_in=False)
    hand_in = lambda: actions.hand_in_plan(plan=plan, by=cast.secretary)  # noqa: E731
    assert "panel_above" in codes(hand_in)
    held(cast, large, pool["reviewer4"])
    assert "The budget is reviewed after the panel" not in page("finance")
    review_budget(cast, large, pool)
    assert hand_in().state == PlanState.APPROVING
    assert actions.decide_plan(plan=plan, by=cast.director, approve=True).state == PlanState.APPROVED


def test_at_the_limit_no_panel_is_needed(cast: Cast, call: Any, pool: dict[str, Expert]) -> None:
    proposal = helpers.reviewed(cast, call, pool, dossier=large_dossier(cast, LIMIT_YUAN))
    assert helpers.plan_with(cast, call, [proposal]).state == PlanState.APPROVING


def test_what_the_panel_did_not_pass_can_only_be_declined(
    cast: Cast, call: Any, large: Proposal, pool: dict[str, Expert]
) -> None:
    review_content(cast, large, pool)
    held(cast, large, pool["reviewer4"], conclusion=PanelConclusion.NOT_PASSED)
    assert codes(lambda: review_budget(cast, large, pool)) == ["panel_above"]
    plan = helpers.plan_with(cast, call, [large], hand_in=False)
    assert "panel_above" in codes(lambda: actions.hand_in_plan(plan=plan, by=cast.secretary))
    actions.put_line(plan=plan, proposal=large, by=cast.secretary, decision="decline", amount_fen=0)
    assert actions.hand_in_plan(plan=plan, by=cast.secretary).state == PlanState.APPROVING


def test_a_member_s_conflict_voids_the_record(
    cast: Cast, call: Any, reviewed: Proposal, pool: dict[str, Expert]
) -> None:
    panel = standing_panel(reviewed)
    assert panels_that_count([reviewed.pk]) == {reviewed.pk: panel}
    plan = helpers.plan_with(cast, call, [reviewed])
    actions.record_conflict(proposal=reviewed, user=cast.reviewer4, by=cast.secretary, reason="Co-authors.")
    assert panels_that_count([reviewed.pk]) == {}
    assert codes(lambda: actions.decide_plan(plan=plan, by=cast.director, approve=True)) == ["panel_above"]
    assert not sittings_of(reviewed)[0].counts
    actions.record_panel(
        proposal=reviewed,
        by=cast.secretary,
        meeting=meeting(pool["reviewer1"], cast.secretary),
        supersedes=panel,
        reason="Held again without Daniel Okafor.",
    )
    assert actions.decide_plan(plan=plan, by=cast.director, approve=True).state == PlanState.APPROVED


def test_the_director_decides_on_the_record_that_was_shown(
    cast: Cast, call: Any, reviewed: Proposal, expert: Expert
) -> None:
    panel = standing_panel(reviewed)
    assert panel is not None
    plan = helpers.plan_with(cast, call, [reviewed])
    again = meeting(expert, cast.secretary, opinion="Passed, but only just.")
    new = actions.record_panel(
        proposal=reviewed, by=cast.secretary, meeting=again, supersedes=panel, reason="The opinion was incomplete."
    )
    decide = lambda seen: actions.decide_plan(plan=plan, by=cast.director, approve=True, seen_panels=seen)  # noqa: E731
    assert codes(lambda: decide(str(panel.pk))) == ["changed-panel"]
    assert rows_of_plan(plan)[0].panel == new
    assert decide(str(new.pk)).state == PlanState.APPROVED


# ---------------------------------------------------------------- recording
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"held_date": portal_clock.real_today() + timedelta(days=99999)}, "panel-future"),
        ({"place": " "}, "panel-place"),
        ({"place": "x" * 201}, "panel-place"),
        ({"form": "by post"}, "panel-form"),
        ({"conclusion": "perhaps"}, "panel-conclusion"),
        ({"opinion": "\x00 "}, "panel-opinion"),
        ({"minutes": None}, "panel-minutes"),
        ({"secretariat": []}, "panel-no-secretariat"),
        ({"experts": []}, "panel-no-expert"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_record_needs(
    changes: dict[str, Any], expected: str, cast: Cast, large: Proposal, expert: Expert
) -> None:
    assert codes(lambda: held(cast, large, expert, **changes)) == [expected]
    assert not Panel.objects.exists() and not PanelMember.objects.exists()


def test_dates_are_the_funder_s(cast: Cast, large: Proposal, expert: Expert) -> None:
    """At 20:00 UTC it is tomorrow in Beijing."""
    with portal_clock.at(datetime(2021, 8, 10, 20, tzinfo=UTC)):
        assert codes(lambda: held(cast, large, expert, held_date=date(2021, 8, 12))) == ["panel-future"]
        assert codes(lambda: held(cast, large, expert, held_date=date(2021, 6, 30))) == ["panel-too-early"]
        assert held(cast, large, expert, held_date=date(2021, 8, 11)).held_date == date(2021, 8, 11)


def test_nobody_with_a_conflict_sits_there(cast: Cast, large: Proposal, pool: dict[str, Expert]) -> None:
    both = [pool["reviewer4"], pool["conflicted"]]
    with pytest.raises(Refused) as refusal:
        held(cast, large, pool["reviewer4"], experts=both)
    assert {(one.article, one.field) for one in refusal.value.findings} == {("A16", "experts")}
    assert "Institute of Mountain Ecology" in refusal.value.findings[0].message_en
    # The evidence stays although the record was refused.
    assert Conflict.objects.filter(proposal=large, user=cast.conflicted).exists()
    assert not Panel.objects.exists()


def test_who_may_sit_there(cast: Cast, large: Proposal, pool: dict[str, Expert]) -> None:
    finance = pool["expert1"]
    experts = [pool["reviewer4"], finance]
    assert codes(lambda: held(cast, large, finance, experts=experts)) == ["panel-not-domain"]
    at_home = pool["reviewer3"]
    at_home.is_international = False
    assert codes(lambda: held(cast, large, at_home)) == ["panel-no-expert"]
    for person in (cast.director, cast.pi, cast.charlie, cast.mo):
        assert codes(lambda person=person: held(cast, large, pool["reviewer4"], secretariat=[person])) == [
            "secretariat-tied"
        ]
    Membership.objects.create(user=cast.office, tenant=cast.anso, role="secretary")  # of the lead institution
    attempt = lambda: held(cast, large, pool["reviewer4"], secretariat=[cast.secretary, cast.office])  # noqa: E731
    assert codes(attempt) == ["secretariat-tied"]


@pytest.mark.parametrize(("name", "data", "code"), [("m.docx", PDF, "extension"), ("m.pdf", b"MZ", "type"), ("m.pdf", b"", "empty")])  # fmt: skip
def test_minutes_are_a_pdf(name: str, data: bytes, code: str, cast: Cast, large: Proposal, expert: Expert) -> None:
    with pytest.raises(FileRefused):
        held(cast, large, expert, minutes=Minutes(name, data))
    assert not Panel.objects.exists()


@pytest.mark.parametrize("who", ["director", "finance", "pi", "office", "reviewer1", "reviewer4", "mo", "charlie"])
def test_only_the_secretariat_records(who: str, cast: Cast, large: Proposal, expert: Expert) -> None:
    with pytest.raises(NotVisible):
        actions.record_panel(proposal=large, by=cast.people[who], meeting=meeting(expert, cast.secretary))


def test_a_conflicted_secretary_does_not(cast: Cast, large: Proposal, expert: Expert) -> None:
    actions.record_conflict(proposal=large, user=cast.secretary, by=cast.secretary, reason="A friend's.")
    with pytest.raises(NotVisible):
        held(cast, large, expert)


@pytest.mark.parametrize("state", [one for one in ProposalState if one not in actions.RECORDABLE])
def test_only_in_review_and_until_the_approval(state: str, cast: Cast, large: Proposal, expert: Expert) -> None:
    Proposal.objects.filter(pk=large.pk).update(state=state)
    if state in (ProposalState.DRAFT, ProposalState.ENDORSING):  # received once, so the secretariat still knows it
        assert codes_or_missing(lambda: held(cast, large, expert))
    else:
        with pytest.raises(Refused):
            held(cast, large, expert)
    assert not Panel.objects.exists()


def codes_or_missing(attempt: Any) -> bool:
    with pytest.raises((Refused, NotVisible)):
        attempt()
    return True


def test_a_correction_supersedes_and_says_why(cast: Cast, large: Proposal, expert: Expert) -> None:
    first = held(cast, large, expert)
    again = meeting(expert, cast.secretary, form=PanelForm.ONLINE, place="Tencent Meeting", minutes=None)
    correct = lambda **more: actions.record_panel(proposal=large, by=cast.secretary, meeting=again, **more)  # noqa: E731
    assert codes(lambda: correct(supersedes=first)) == ["panel-reason"]
    assert codes(lambda: correct(reason="Held online.")) == ["panel-changed"]
    second = correct(supersedes=first, reason="It was held online.")
    assert codes(lambda: correct(supersedes=first, reason="Again.")) == ["panel-changed"]
    assert (second.number, second.minutes_id, second.filename) == (2, first.minutes_id, "minutes.pdf")
    assert [one.panel for one in sittings_of(large)] == [second, first]
    events = [event for event in history_of(large) if event.action.startswith("panel.")]
    assert [(event.action, event.reason) for event in events] == [
        ("panel.record", ""),
        ("panel.correct", "It was held online."),
    ]
    assert events[1].data["supersedes"] == first.pk and events[1].data["members"] == sorted(
        [cast.reviewer4.pk, cast.secretary.pk]
    )


def test_records_are_never_changed(cast: Cast, large: Proposal, expert: Expert) -> None:
    panel = held(cast, large, expert)
    for change in (
        lambda: Panel.objects.filter(pk=panel.pk).update(opinion="Other."),
        lambda: PanelMember.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        panel.pk, panel._state.adding, panel.number, panel.reason = None, True, 2, ""
        panel.save()


# ---------------------------------------------------------------- pages
def posted(expert: Expert, secretary: Any, **changes: Any) -> dict[str, Any]:
    fields = {
        "held_date": portal_clock.today().isoformat(),
        "form": "on_site",
        "place": "Beijing",
        "experts": [expert.pk],
        "secretariat": [secretary.pk],
        "conclusion": "passed",
        "opinion": "Good.",
        "minutes": SimpleUploadedFile("纪要.pdf", PDF),
        "supersedes": "",
    }
    return {**fields, **changes}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_records_and_the_results_show_it(
    language: str, cast: Cast, client_of: Any, large: Proposal, expert: Expert
) -> None:
    secretary = client_of(cast.secretary, language)
    page = secretary.get(at("panel", large.pk)).content.decode()
    assert "Daniel Okafor" in page and f'value="{expert.pk}"' in page
    answer = secretary.post(at("panel", large.pk), posted(expert, cast.secretary))
    assert answer.status_code == 303 and answer["Location"].endswith("#panel")
    panel = Panel.objects.get()
    for person in (cast.secretary, cast.director, cast.finance):
        shown = client_of(person, language).get(at("results", large.pk)).content.decode()
        assert "Daniel Okafor" in shown and "纪要.pdf" in shown
        file = client_of(person).get(at("panel_minutes", large.pk, panel.pk))
        assert file.content == PDF and "attachment" in file["Content-Disposition"]
    again = posted(expert, cast.secretary, minutes="", opinion="Better.", reason="A word was missing.")
    assert secretary.post(at("panel", large.pk), again).status_code == 409  # not what stands now
    again["supersedes"] = panel.pk
    assert secretary.post(at("panel", large.pk), again).status_code == 303
    shown = secretary.get(at("results", large.pk)).content.decode()
    assert "Better." in shown and "A word was missing." in shown


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"held_date": "tomorrow"}, 422),
        ({"held_date": "9999-12-31"}, 409),
        ({"experts": ["-1"]}, 422),
        ({"experts": ["9" * 40]}, 422),
        ({"supersedes": "9" * 40}, 422),
        ({"supersedes": "x"}, 422),
        ({"minutes": SimpleUploadedFile("m.pdf", b"MZ")}, 422),
        ({"minutes": ""}, 422),
        ({"place": "x" * 300, "opinion": "y" * 30_000}, 422),
        ({"opinion": "\x00"}, 422),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(
    changes: dict[str, Any], status: int, cast: Cast, client_of: Any, large: Proposal, expert: Expert
) -> None:
    answer = client_of(cast.secretary).post(
        at("panel", large.pk), posted(expert, cast.secretary, **{"place": "A long hall", **changes})
    )
    page = answer.content.decode()
    assert answer.status_code == status
    assert "has-error" in page or "supersedes" in changes
    assert "place" in changes or "A long hall" in page
    assert not Panel.objects.exists()


def test_nobody_else_learns_who_sat_there(cast: Cast, client_of: Any, large: Proposal, expert: Expert) -> None:
    panel = held(cast, large, expert)
    detail = reverse("proposals:detail", args=["anso", large.pk])
    for person in (cast.pi, cast.office, cast.reviewer1):
        client = client_of(person)
        page = client.get(detail).content.decode()
        assert "Daniel Okafor" not in page and "anel put on record" not in page
        for address in (at("panel", large.pk), at("results", large.pk), at("panel_minutes", large.pk, panel.pk)):
            assert client.get(address).status_code == 404
    other = factories.make_proposal(cast, large.call, state=ProposalState.REVIEWING, number=9)
    assert client_of(cast.secretary).get(at("panel_minutes", other.pk, panel.pk)).status_code == 404


def test_the_plan_shows_the_panel(
    cast: Cast, call: Any, client_of: Any, large: Proposal, pool: dict[str, Expert]
) -> None:
    review_content(cast, large, pool)
    plan = helpers.plan_with(cast, call, [large], hand_in=False)
    page = client_of(cast.secretary).get(at("plan", plan.pk)).content.decode()
    assert "must go before a panel on site first" in page and "article 22" in page.lower()
    held(cast, large, pool["reviewer4"])
    review_budget(cast, large, pool)
    actions.hand_in_plan(plan=plan, by=cast.secretary)
    director = client_of(cast.director)
    page = director.get(at("plan", plan.pk)).content.decode()
    assert "Panel of" in page and f'name="panels" value="{Panel.objects.get().pk}"' in page
    plan.refresh_from_db()
    data = {"decision": "approve", "seen": plan.content_sha256, "panels": "", "comment": ""}
    assert director.post(at("plan_decide", plan.pk), data).status_code == 409
    data["panels"] = str(Panel.objects.get().pk)
    assert director.post(at("plan_decide", plan.pk), data).status_code == 303


def test_after_the_approval_the_page_only_shows(
    cast: Cast, call: Any, client_of: Any, reviewed: Proposal, expert: Expert
) -> None:
    panel = standing_panel(reviewed)
    assert panel is not None
    plan = helpers.plan_with(cast, call, [reviewed])
    actions.decide_plan(plan=plan, by=cast.director, approve=True)
    secretary = client_of(cast.secretary)
    page = secretary.get(at("panel", reviewed.pk))
    assert page.status_code == 200 and b'name="opinion"' not in page.content
    late = posted(expert, cast.secretary, supersedes=panel.pk, reason="Late.")
    assert secretary.post(at("panel", reviewed.pk), late).status_code == 409
    with pytest.raises(Refused):
        actions.record_panel(
            proposal=reviewed,
            by=cast.secretary,
            meeting=replace(meeting(expert, cast.secretary), opinion="Late."),
            supersedes=panel,
            reason="Late.",
        )
