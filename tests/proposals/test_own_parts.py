"""What only some programmes ask – typed questions, courses, meetings – typed, judged, shown, printed and compared."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from core.tenancy import tenant_scope
from programs.actions import open_call, publish_call
from programs.dossier import diff
from programs.findings import Stage
from programs.models import Call
from programs.policy import builtin_text, load_builtin
from proposals import actions
from proposals.forms.conflict import differences
from proposals.forms.pages import Page, pages_of
from proposals.forms.reading import parts_from_json, parts_from_post, posted_from
from proposals.models import Proposal
from proposals.papers import preview_pdf
from proposals.queries import draft_dossier, findings
from tests.cast import Cast
from tests.proposals.test_drafting_pages import at, post

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
CONFERENCE = "anso/calls/2021-conference"
MEETING = {
    "activities": ["", "v1"],
    "activities.v1.name": "旱区农业国际研讨会",
    "activities.v1.place": "内罗毕",
    "activities.v1.country": "KE",
    "activities.v1.start_date": "2022-06-01",
    "activities.v1.end_date": "2022-06-03",
    "activities.v1.people": "120",
}


@pytest.fixture
def conference(cast: Cast, clock: Any) -> Iterator[Call]:
    clock.set(datetime.fromisoformat("2021-09-02T10:00+08:00"))
    with tenant_scope(cast.anso):
        made = open_call(tenant=cast.anso, source=builtin_text(CONFERENCE), by=cast.secretary)
        yield publish_call(call=made, by=cast.secretary)


@pytest.fixture
def draft(cast: Cast, conference: Call) -> Proposal:
    return actions.create_draft(call=conference, pi=cast.pi, lead_institution=cast.lead)


def page_of(key: str) -> Page:
    return next(page for page in pages_of(load_builtin(CONFERENCE)) if page.key == key)


def filled(draft: Proposal, pi: Client) -> Proposal:
    post(pi, draft, "basics", {"answers.goals": ["", "sdg2", "sdg13"], "answers.is_series": "no", "title_zh": "研讨会"})
    post(pi, draft, "meetings", MEETING)
    draft.refresh_from_db()
    return draft


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_ask_for_them_with_their_names(as_: As, draft: Proposal, language: str) -> None:
    pi = as_("pi", language)
    basics = pi.get(at(draft, "edit/basics/")).text
    assert basics.count('type="checkbox" name="answers.goals"') == 17
    assert basics.count('type="radio" name="answers.is_series"') == 2
    meetings = pi.get(at(draft, "edit/meetings/")).text
    assert ("参会人数" if language == "zh-hans" else "Participants") in meetings
    assert 'data-add-row="activities"' in meetings


def test_what_is_posted_is_kept_judged_and_shown_again(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    assert {f.field for f in findings(draft, Stage.DRAFT)} >= {"answers.goals", "answers.is_series", "activities"}
    dossier, problems = draft_dossier(filled(draft, pi))
    assert not problems
    assert dossier.answers == {"goals": "sdg2,sdg13", "is_series": "no"}
    assert (dossier.activities[0].days, dossier.activities[0].people) == (3, 120)
    assert not {f.field for f in findings(draft, Stage.DRAFT)} & {"answers.goals", "answers.is_series", "activities"}
    basics = pi.get(at(draft, "edit/basics/")).text
    for value in ("sdg2", "sdg13", "no"):
        assert f'value="{value}" id="in-answers.' in basics
        assert basics.split(f'value="{value}"', 1)[1].split(">", 1)[0].endswith(" checked")
    assert "旱区农业国际研讨会</textarea>" in pi.get(at(draft, "edit/meetings/")).text


def test_taking_every_tick_away_empties_the_answer(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    filled(draft, pi)
    post(pi, draft, "basics", {"answers.goals": [""]})
    draft.refresh_from_db()
    assert draft.draft["answers"]["goals"] == ""


def test_rows_are_added_and_removed_without_scripts(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    filled(draft, pi)
    answer = post(pi, draft, "meetings", MEETING | {"add_row": "activities"}, follow=True)
    assert answer.text.count('name="activities" value="') == 4, "the marker, two rows, and the template's"
    post(pi, draft, "meetings", MEETING | {"remove_row": "activities:v1"})
    draft.refresh_from_db()
    assert draft.draft["activities"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("activities.v1.start_date", "soon"), ("activities.v1.people", "many"), ("activities.v1.people", "-1")],
)
def test_what_cannot_be_understood_is_told_at_its_field_and_kept(
    as_: As, draft: Proposal, field: str, value: str
) -> None:
    pi = as_("pi")
    post(pi, draft, "meetings", MEETING | {field: value})
    draft.refresh_from_db()
    assert [problem.path for problem in draft_dossier(draft)[1]] == [field]
    assert f'value="{value}"' in pi.get(at(draft, "edit/meetings/")).text


def test_a_hostile_answer_is_no_error(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    for value in ("sdg99", "<b>", "\u202ex", "sdg1,,sdg1", "x" * 30_000):
        assert post(pi, draft, "basics", {"answers.goals": ["", value]}).status_code == 303
        assert pi.get(at(draft, "edit/basics/")).status_code == 200
        assert "answers.goals" in {getattr(f, "field", "") for f in findings(draft_now(draft), Stage.DRAFT)} or (
            value == "sdg1,,sdg1"
        )


def draft_now(draft: Proposal) -> Proposal:
    draft.refresh_from_db()
    return draft


def test_the_application_and_its_pdf_show_them_in_words(as_: As, draft: Proposal) -> None:
    pi = as_("pi")
    dossier, _ = draft_dossier(filled(draft, pi))
    shown = pi.get(at(draft)).text
    for words in ("Climate action", "Are several meetings", "旱区农业国际研讨会", "Kenya", "2022-06-03"):
        assert words in shown, words
    pdf = preview_pdf(proposal=draft, dossier=dossier, policy=load_builtin(CONFERENCE), language="en")
    assert pdf.startswith(b"%PDF")


def test_differences_name_them(as_: As, draft: Proposal) -> None:
    before, _ = draft_dossier(draft)
    after, _ = draft_dossier(filled(draft, as_("pi")))
    changes = {change.path: change.label_en for change in diff(before, after)}
    assert changes["activities.v1"] == "Activities · 旱区农业国际研讨会"
    assert "answers.goals" in changes


def test_forms_json_and_conflicts_agree() -> None:
    basics, meetings = page_of("basics"), page_of("meetings")
    parts = parts_from_post(basics.items, {"answers.goals": ["", "sdg1", "sdg2"], "answers.is_series": ["yes"]})
    assert parts["answers"] == {"goals": "sdg1,sdg2", "is_series": "yes"}
    assert parts_from_post(basics.items, posted_from(basics.items, parts))["answers"] == parts["answers"]
    assert parts_from_json(basics.items, {"answers": {"goals": ["sdg1", "sdg2"]}}) == {
        "answers": {"goals": "sdg1,sdg2"}
    }
    mine, stored = {"activities": [{"key": "v1", "name": "a"}]}, {"activities": [{"key": "v1", "name": "b"}]}
    (found,) = differences(meetings, mine, stored)
    assert (found.path, found.texts[0].label, found.texts[0].mine) == ("activities.v1", "Meeting", "a")


def test_the_call_says_what_the_funder_sets(as_: As, conference: Call) -> None:
    text = as_("anonymous").get(f"/anso/calls/{conference.pk}/").text
    assert "The dates of application are set by the funder" in text
