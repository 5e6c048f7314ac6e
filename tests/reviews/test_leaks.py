"""What must not get out (A16): a conflicted person sees nothing of a proposal, nobody but staff a reviewer's name."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.tenancy import tenant_scope
from notifications.models import Mail, Notice
from proposals.models import Proposal
from proposals.queries import visible_to
from reviews import actions
from reviews.enums import AssignmentState, LineDecision
from reviews.models import Assignment, Conflict, Expert, FundingPlan
from reviews.queries.assignments import assignments_of
from reviews.queries.plans import plans_visible_to
from reviews.tasklist import tasks
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers

MISSING = 987654
# What differs between two answers to the same person that say the same: tokens and nonces.
CHANGING = re.compile(
    rb'(nonce|csrfmiddlewaretoken" value|X-CSRFToken": )=?"[^"]*"|value="[A-Za-z0-9]{64}"|"X-CSRFToken": "[^"]*"'
)


def at(name: str, *args: Any) -> str:
    return reverse(f"reviews:{name}", args=["anso", *args])


def same_as_missing(client: Client, name: str, pk: int, *more: Any, method: str = "get") -> None:
    """The page answers for the thing as it does for one that doesn't exist."""
    real = getattr(client, method)(at(name, pk, *more))
    gone = getattr(client, method)(at(name, MISSING, *more))
    assert real.status_code == gone.status_code == 404, (name, real.status_code)
    body, other = (CHANGING.sub(b"", answer.content) for answer in (real, gone))
    assert body.replace(f"/{pk}/".encode(), b"/") == other.replace(f"/{MISSING}/".encode(), b"/"), name


OWN_PAGES = [
    ("review", "get"),
    ("review", "post"),
    ("accept", "post"),
    ("decline", "post"),
    ("conflict", "post"),
    ("autosave", "post"),
    ("submit", "get"),
    ("submit", "post"),
]
STAFF_PAGES = [
    ("assign", "get"),
    ("assign", "post"),
    ("results", "get"),
    ("results_export", "get"),
    ("record_conflict", "post"),
]


@pytest.mark.parametrize("state", [AssignmentState.INVITED, AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED])
def test_conflicted_expert_sees_nothing(
    state: str, cast: Cast, client_of: Any, checked: Proposal, pool: dict[str, Expert]
) -> None:
    helpers.assign(cast, checked, pool["reviewer2"])
    row = factories.make_assignment(checked, pool["reviewer1"], cast.secretary, state=state)
    client = client_of(cast.reviewer1)
    assert client.get(at("review", row.pk)).status_code == 200
    actions.record_conflict(proposal=checked, user=cast.reviewer1, by=cast.secretary, reason="Married to the PI.")
    for name, method in OWN_PAGES:
        same_as_missing(client, name, row.pk, method=method)
    with tenant_scope([cast.anso]):
        assert tasks(cast.reviewer1, [cast.anso]) == []
        assert not assignments_of(cast.reviewer1).exists()
        assert not visible_to(cast.reviewer1).exists()
    page = client.get(at("mine")).content.decode()
    assert checked.title_en not in page and str(checked.application_number) not in page


def test_declared_conflict_hides_it_from_the_expert(cast: Cast, client_of: Any, accepted: Assignment) -> None:
    client = client_of(cast.reviewer1)
    assert client.post(at("conflict", accepted.pk), {"reason": "We wrote a paper."}).status_code == 303
    same_as_missing(client, "review", accepted.pk)
    assert not visible_to(cast.reviewer1).exists()
    assert Conflict.objects.get().evidence_en == "We wrote a paper."


def test_conflicted_staff_see_nothing(cast: Cast, client_of: Any, reviewed: Proposal, call: Any) -> None:
    other = factories.make_proposal(cast, call, state="reviewing", number=9)
    plan = helpers.plan_with(cast, call, [reviewed], hand_in=False)
    actions.record_conflict(proposal=reviewed, user=cast.finance, by=cast.finance, reason="My brother leads it.")
    actions.record_conflict(proposal=reviewed, user=cast.director, by=cast.director, reason="My former student.")
    finance, director = client_of(cast.finance), client_of(cast.director)
    for name, method in STAFF_PAGES:
        same_as_missing(finance, name, reviewed.pk, method=method)
    same_as_missing(director, "plan", plan.pk)
    same_as_missing(director, "plan_export", plan.pk)
    same_as_missing(director, "plan_decide", plan.pk, method="post")
    assert f"/plans/{plan.pk}/" not in director.get(at("plan_list")).content.decode()
    assert finance.get(at("results", other.pk)).status_code == 200
    assert not plans_visible_to(cast.director).exists()
    plan = actions.hand_in_plan(plan=plan, by=cast.secretary)
    assert not Notice.objects.filter(user=cast.director).exists()
    with tenant_scope([cast.anso]):
        assert tasks(cast.director, [cast.anso]) == []


def test_secretary_cannot_plan_what_they_must_not_know(cast: Cast, call: Any, reviewed: Proposal) -> None:
    from accounts.models import Membership
    from core.errors import NotVisible

    second = cast.charlie
    Membership.objects.create(user=second, tenant=cast.anso, role="secretary")
    actions.record_conflict(proposal=reviewed, user=second, by=cast.secretary, reason="Cousin.")
    plan = actions.start_plan(call=call, by=second)
    with pytest.raises(NotVisible):
        actions.put_line(plan=plan, proposal=reviewed, by=second, decision=LineDecision.FUND, amount_fen=1)


def test_people_outside_reach_nothing(cast: Cast, client_of: Any, accepted: Assignment, handed_in: FundingPlan) -> None:
    proposal = accepted.proposal_id
    own = [("review", accepted.pk), ("submit", accepted.pk)]
    staff = [("assign", proposal), ("results", proposal), ("results_export", proposal), ("plan", handed_in.pk)]
    lists = ["experts", "expert_new", "plan_list"]
    for name in ("pi", "office", "charlie", "host", "mo", "mo_director"):
        client = client_of(cast.people[name])
        for page, pk in own + staff:
            assert client.get(at(page, pk)).status_code == 404, (name, page)
        for page in [*lists, "mine"]:
            assert client.get(at(page)).status_code == 404, (name, page)
    other = client_of(cast.reviewer4)
    for page, pk in own:
        same_as_missing(other, page, pk)
    for page, pk in staff:
        assert other.get(at(page, pk)).status_code == 404
    assert Client().get(at("mine")).status_code == 302


def _names(cast: Cast) -> list[str]:
    reviewers = [*cast.domain_reviewers, *cast.finance_experts]
    return [text for person in reviewers for text in (person.name_zh, person.name_en, person.email) if text]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_reviewers_stay_unknown(
    language: str, cast: Cast, client_of: Any, handed_in: FundingPlan, reviewed: Proposal
) -> None:
    actions.decide_plan(plan=handed_in, by=cast.director, approve=True)
    detail = reverse("proposals:detail", args=["anso", reviewed.pk])
    pages = {person: client_of(cast.people[person], language).get(detail) for person in ("pi", "office")}
    assert all(page.status_code == 200 for page in pages.values())
    for person, page in pages.items():
        for name in _names(cast):
            assert name not in page.content.decode(), (person, name)
    for notice in Notice.objects.filter(user__in=[cast.pi, cast.office]):
        assert not [name for name in _names(cast) if name in notice.title + notice.body + notice.url]
    # To other reviewers: neither names nor what they wrote.
    own = Assignment.objects.get(proposal=reviewed, expert__user=cast.reviewer1)
    client = client_of(cast.reviewer1, language)
    for address in (at("review", own.pk), at("mine"), detail):
        body = client.get(address).content.decode()
        assert not [name for name in _names(cast) if name in body and name not in _own(cast)], address


def _own(cast: Cast) -> set[str]:
    return {cast.reviewer1.name_en, cast.reviewer1.email}


def test_messages_to_experts_name_no_proposal(cast: Cast, reviewed: Proposal) -> None:
    experts = [*cast.domain_reviewers, *cast.finance_experts]
    texts = [text for mail in Mail.objects.filter(user__in=experts) for text in (mail.subject, mail.body)]
    assert texts
    words = [reviewed.title_zh, reviewed.title_en, str(reviewed.application_number), cast.pi.name_zh, cast.pi.name_en]
    assert not [word for word in words for text in texts if word in text]


def test_invitation_shows_only_what_is_needed(cast: Cast, client_of: Any, invited: Assignment) -> None:
    dossier = factories.good_draft(cast)
    page = client_of(cast.reviewer1).get(at("review", invited.pk)).content.decode()
    assert dossier.title_en in page and cast.lead.name_en in page
    for hidden in (dossier.abstract_en, dossier.objectives_en, dossier.budget_lines[0].name, "1,200,000"):
        assert hidden and hidden not in page
    assert (
        client_of(cast.reviewer1).get(reverse("proposals:detail", args=["anso", invited.proposal_id])).status_code
        == 404
    )


def test_another_tenants_pool_and_plans(cast: Cast, client_of: Any, call: Any, pool: dict[str, Expert]) -> None:
    client = client_of(cast.mo)
    expert = pool["reviewer1"]
    for name, args in (("experts", []), ("expert_edit", [expert.pk]), ("plan_list", [])):
        answer = client.get(reverse(f"reviews:{name}", args=["most", *args]))
        assert answer.status_code == (404 if args else 200)
        assert "Alice" not in answer.content.decode()
