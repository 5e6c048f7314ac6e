"""Beginning an application with what fits of an earlier one of one's own."""

from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from core.errors import NotVisible
from core.tenancy import tenant_scope
from programs.actions import open_call, publish_call
from programs.models import Call
from programs.policy import Policy, builtin_text, load_builtin
from proposals import actions
from proposals.enums import ProposalState as S
from proposals.forms import copying
from proposals.forms.copying import copied
from proposals.forms.fields import Item, Kind, Rows
from proposals.forms.pages import pages_of
from proposals.forms.reading import posted_from
from proposals.models import Proposal
from proposals.queries import draft_dossier
from proposals.queries.earlier import Ties
from tests.cast import Cast
from tests.factories import POLICIES, good_draft, make_call, make_proposal
from tests.proposals.helpers import complete_draft, let_write, link

pytestmark = pytest.mark.django_db
As = Callable[..., Client]


@pytest.fixture
def earlier(cast: Cast, call: Call) -> Proposal:
    return complete_draft(cast, call)


@pytest.fixture
def other_call(cast: Cast, call: Call, clock: Any) -> Call:
    """Of the conference programme: other questions, no partners' plan, its own days."""
    clock.set(datetime.fromisoformat("2021-09-02T10:00+08:00"))
    made = open_call(tenant=cast.anso, source=builtin_text("anso/calls/2021-conference"), by=cast.secretary)
    return publish_call(call=made, by=cast.secretary)


def begin(client: Client, call: Call, cast: Cast, source: object) -> Any:
    return client.post(f"/anso/proposals/new/{call.pk}/", {"lead": cast.lead.pk, "source": source})


def newest() -> Proposal:
    return Proposal.objects.order_by("-pk")[0]


# ---------------------------------------------------------------- to the same call
@pytest.mark.parametrize("state", [S.DRAFT, S.DECLINED, S.WITHDRAWN, S.SUBMITTED])
def test_all_that_was_written_comes_along(as_: As, cast: Cast, call: Call, earlier: Proposal, state: str) -> None:
    received = {"received_at": earlier.created_at, "application_number": "A-1"} if state == S.SUBMITTED else {}
    Proposal.objects.filter(pk=earlier.pk).update(state=state, **received)
    assert begin(as_("pi"), call, cast, earlier.pk).status_code == 303
    made = newest()
    assert made.pk != earlier.pk
    assert made.state == S.DRAFT
    assert (made.title_zh, made.requested_fen) == (earlier.title_zh, earlier.requested_fen)
    then, now = draft_dossier(earlier)[0], draft_dossier(made)[0]
    assert now.parties == then.parties
    assert now.budget_lines == tuple(one.model_copy(update={"is_equipment": False}) for one in then.budget_lines)
    for name in ("yearly_plan", "disbursement", "partner_allocation", "abstract_zh", "keywords", "answers", "end_date"):
        assert getattr(now, name) == getattr(then, name), name
    assert [one.name for one in now.participants] == [one.name for one in then.participants]


def test_what_was_given_for_it_alone_is_left_out_and_said(as_: As, cast: Cast, call: Call, earlier: Proposal) -> None:
    let_write(earlier, cast.charlie)
    link(earlier, draft_dossier(earlier)[0].participants[0].key, cast.reviewer1)
    earlier.refresh_from_db()
    earlier.draft["justifications"] = [{"key": "j1", "finding": "A35:x:y", "text": "why"}]
    earlier.save()
    text = as_("pi").get(f"/anso/proposals/new/{call.pk}/", {"from": earlier.pk}).text
    for words in ("Files", "1 reason", "1 person", "Co-writers", "Participants&#x27; consent", "Employed at the lead"):
        assert words in text, words
    begin(as_("pi"), call, cast, earlier.pk)
    dossier = draft_dossier(newest())[0]
    assert not dossier.attachments
    assert not dossier.justifications
    assert not dossier.pi.employed_at_lead
    assert {one.user_id for one in dossier.participants} == {None}
    assert as_("charlie").get(f"/anso/proposals/{newest().pk}/").status_code == 404


def test_the_record_names_the_source(as_: As, cast: Cast, call: Call, earlier: Proposal) -> None:
    begin(as_("pi"), call, cast, earlier.pk)
    event = Event.objects.filter(action="proposal.create").order_by("-pk")[0]
    assert event.data == {"copied_from": earlier.pk}


def test_the_account_prevails_over_what_was_typed(cast: Cast, call: Call, earlier: Proposal) -> None:
    earlier.draft["pi"] |= {"email": "old@example.org", "title": "Professor"}
    earlier.draft["lead"] = {"institution_id": cast.sibling.pk}
    earlier.save()
    copy = copied(earlier, call)
    assert any("old@example.org" in one.texts for one in copy.left_out)
    parts = {**copy.parts, "pi": {**copy.parts["pi"], "email": "x@example.org", "user_id": 1}, "lead": {"name_en": "X"}}
    made = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead, source=earlier, parts=parts)
    assert made.draft["pi"]["email"] == cast.pi.email
    assert made.draft["pi"]["user_id"] == cast.pi.pk
    assert made.draft["pi"]["title"] == "Professor"
    assert made.draft["lead"]["institution_id"] == cast.lead.pk


# ---------------------------------------------------------------- to another call
def test_what_the_other_call_does_not_take_is_named(as_: As, cast: Cast, earlier: Proposal, other_call: Call) -> None:
    copy = copied(earlier, other_call)
    told = [text for one in copy.left_out for text in (one.label, *one.texts)]
    assert "title_zh" in copy.parts
    left = {one.label for one in copy.left_out}
    assert left
    assert begin(as_("pi"), other_call, cast, earlier.pk).status_code == 303
    made, source = draft_dossier(newest())[0], draft_dossier(earlier)[0]
    assert made.title_zh == source.title_zh
    for line in source.budget_lines:
        now = next((one for one in made.budget_lines if one.key == line.key), None)
        if now is None or now.category != line.category:
            assert any(line.name in text for text in told), line.name
    for plan in source.yearly_plan:
        if plan.key not in {one.key for one in made.yearly_plan}:
            assert any(str(plan.year) in text for text in told), plan.year
    for key, answer in source.answers.items():
        if answer and not made.answers.get(key):
            assert any(answer[:50] in text for text in told), key
    page = as_("pi").get(f"/anso/proposals/new/{other_call.pk}/", {"from": earlier.pk}).text
    assert "Does not come along" in page


def test_years_choices_and_days_outside_the_call_go(cast: Cast, call: Call) -> None:
    data = good_draft(cast).model_dump(mode="json")
    data |= {"start_date": "2019-01-01", "end_date": "not yet known", "field": "astrology"}
    data["yearly_plan"] = [
        {"key": "y1", "year": 2019, "objectives": "Long ago"},
        {"key": "y2", "year": 2022, "objectives": "Soon"},
        {"key": "y3", "year": "²", "objectives": "Strange"},
    ]
    data["budget_lines"][0] |= {"category": "bribes", "year": 2019, "name": "Gifts"}
    earlier = make_proposal(cast, call)
    Proposal.objects.filter(pk=earlier.pk).update(draft=data)
    earlier.refresh_from_db()
    copy = copied(earlier, call)
    assert copy.parts["start_date"] == ""
    assert copy.parts["end_date"] == "not yet known"
    assert copy.parts["field"] == ""
    assert [row["key"] for row in copy.parts["yearly_plan"]] == ["y2", "y3"]
    assert (copy.parts["budget_lines"][0]["category"], copy.parts["budget_lines"][0]["year"]) == ("", "")
    told = " ".join(text for one in copy.left_out for text in one.texts)
    for words in ("2019-01-01", "astrology", "Long ago", "bribes", "Gifts", "2019"):
        assert words in told, words


@pytest.mark.parametrize("draft", [{}, {"parties": "x", "pi": [], "answers": 3, "budget_lines": [{"key": 1}, None]}])
def test_a_strange_draft_is_no_obstacle(as_: As, cast: Cast, call: Call, earlier: Proposal, draft: Any) -> None:
    Proposal.objects.filter(pk=earlier.pk).update(draft=draft)
    assert as_("pi").get(f"/anso/proposals/new/{call.pk}/", {"from": earlier.pk}).status_code == 200
    assert begin(as_("pi"), call, cast, earlier.pk).status_code == 303


# ---------------------------------------------------------------- whose
def test_only_the_applicants_own(as_: As, cast: Cast, call: Call, earlier: Proposal) -> None:
    let_write(earlier, cast.charlie)
    for name in ("charlie", "office", "secretary"):
        client = as_(name)
        assert client.get(f"/anso/proposals/new/{call.pk}/", {"from": earlier.pk}).status_code == 404, name
        assert begin(client, call, cast, earlier.pk).status_code == 404, name
        assert f"?from={earlier.pk}" not in client.get(f"/anso/proposals/new/{call.pk}/").text
    assert Proposal.objects.count() == 1
    with pytest.raises(NotVisible):
        actions.create_draft(call=call, pi=cast.charlie, lead_institution=cast.lead, source=earlier, parts={})


def test_another_funders_is_missing(as_: As, cast: Cast, call: Call, clock: Any) -> None:
    with tenant_scope(cast.most):
        theirs = make_call(cast.most, cast.mo, slug="2021-intergovernmental")
        source = actions.create_draft(call=theirs, pi=cast.pi, lead_institution=cast.lead)
    assert as_("pi").get(f"/anso/proposals/new/{call.pk}/", {"from": source.pk}).status_code == 404
    assert begin(as_("pi"), call, cast, source.pk).status_code == 404
    with pytest.raises(NotVisible):
        actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead, source=source, parts={})


@pytest.mark.parametrize("hostile", ["x", "-1", "0", "9" * 18, "9" * 5000, "1 OR 1=1", "²", "424242"])
def test_hostile_numbers_are_missing(as_: As, cast: Cast, call: Call, earlier: Proposal, hostile: str) -> None:
    assert as_("pi").get(f"/anso/proposals/new/{call.pk}/", {"from": hostile}).status_code == 404
    assert begin(as_("pi"), call, cast, hostile).status_code == 404
    assert Proposal.objects.count() == 1


# ---------------------------------------------------------------- the list
def test_the_newest_twenty_are_listed_and_the_others_found(as_: As, cast: Cast, call: Call) -> None:
    address, pi = f"/anso/proposals/new/{call.pk}/", as_("pi")

    def make(number: int) -> None:
        make_proposal(cast, call, state=S.DECLINED, number=number, title_zh="", title_en=f"Subject{number} of study")

    make(1)
    pi.get(address)
    with CaptureQueriesContext(connection) as few:
        assert pi.get(address).text.count("?from=") == 1
    for number in range(2, 31):
        make(number)
    with CaptureQueriesContext(connection) as many:
        text = pi.get(address).text
    assert len(many) == len(few)
    assert text.count("?from=") == 20
    assert "Only the newest 20 are listed" in text
    assert "Subject30 " in text
    assert "Subject1 " not in text
    found = pi.get(address, {"q": "subject1 study"}).text
    assert "Subject1 " in found
    assert "Subject30 " not in found
    assert "None of your applications" in pi.get(address, {"q": "zzz"}).text


def test_the_preview_asks_the_same_of_many_rows(as_: As, cast: Cast, call: Call, earlier: Proposal) -> None:
    address, pi = f"/anso/proposals/new/{call.pk}/", as_("pi")
    pi.get(address, {"from": earlier.pk})
    with CaptureQueriesContext(connection) as few:
        pi.get(address, {"from": earlier.pk})
    rows = [{"key": f"b{n}", "category": "none", "name": f"Line {n}"} for n in range(60)]
    Proposal.objects.filter(pk=earlier.pk).update(draft={**earlier.draft, "budget_lines": rows})
    with CaptureQueriesContext(connection) as many:
        assert "Line 59" in pi.get(address, {"from": earlier.pk}).text
    assert len(many) == len(few)


# ---------------------------------------------------------------- between all programmes
def sample(item: Item, choices: dict[str, str]) -> Any:
    """Something written into the item: a choice of the policy's own where it has one."""
    if isinstance(item, Rows):
        row: dict[str, Any] = {"key": f"{item.letter}1"}
        for inner in item.items:
            *path, last = inner.name.split(".")
            (row.setdefault(path[0], {}) if path else row)[last] = sample(inner, choices)
        return [row]
    known = {Kind.FLAG: True, Kind.WHOLE: "7", Kind.AMOUNT: "1,000", Kind.WORDS: ["one", "two"], Kind.DAY: "2022-03-01"}
    if item.name == "year":
        return 2022
    return choices.get(item.name, known.get(item.kind, f"Written {item.name}"))


def whole_draft(policy: Policy) -> dict[str, Any]:
    choices = {question.path: question.choices[0].key for question in policy.questions if question.choices}
    choices |= {
        name: rows[0].key for name, rows in (("field", policy.fields), ("category", policy.budget_categories)) if rows
    }
    draft: dict[str, Any] = {}
    for page in pages_of(policy):
        for item in page.items:
            *path, last = item.name.split(".")
            (draft.setdefault(path[0], {}) if path else draft)[last] = sample(item, choices)
    return draft


def test_between_any_two_calls_everything_is_taken_or_told(
    cast: Cast, call: Call, earlier: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{path.parent.parent.name}/calls/{path.stem}" for path in sorted(POLICIES.glob("*/calls/*.toml"))]
    policies = [load_builtin(name) for name in names]
    assert len(policies) > 10
    monkeypatch.setattr(copying, "ties_of", lambda source: Ties(0, 0, 0, 0))
    for old, new in product(policies, policies):
        answers = iter((old, new))
        monkeypatch.setattr(copying, "effective_policy", lambda _call, answers=answers: next(answers))
        earlier.draft = whole_draft(old)
        copy = copied(earlier, call)
        told = {one.label for one in copy.left_out}
        labels = {question.path: question.label for question in old.questions}
        for item in (item for page in pages_of(old) for item in page.items):
            if item.name in ("pi.email", "pi.orcid"):
                continue
            same = posted_from([item], earlier.draft) == posted_from([item], copy.parts)
            label = labels.get(item.name, str(item.label))
            assert same or label in told, (old.name, new.name, item.name)
