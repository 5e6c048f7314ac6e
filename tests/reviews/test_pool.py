"""The pool: roles follow the kinds, and nobody is asked without their consent."""

from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import Membership
from audit.models import Event
from core.errors import Refused
from programs.models import Call
from projects.enums import ProjectState
from projects.models import Project
from proposals.enums import ProposalState
from reviews import actions
from reviews.actions.experts import JUDGES_BOOKS_IN
from reviews.enums import ReviewKind
from reviews.models import Assignment, Expert
from tests.cast import Cast
from tests.factories import make_call, make_expert, make_project, make_proposal
from tests.reviews.helpers import accepted, assign, due, submitted


@pytest.fixture
def call(anso: Any, cast: Cast, clock: Any) -> Call:
    return make_call(cast.anso, cast.secretary)


def both(cast: Cast) -> Expert:
    expert = make_expert(cast.anso, cast.reviewer1)
    return actions.update_expert(expert=expert, by=cast.secretary, is_finance=True)


def roles(cast: Cast) -> set[str]:
    return set(Membership.objects.filter(user=cast.reviewer1, tenant=cast.anso).values_list("role", flat=True))


def test_a_role_goes_with_its_kind(cast: Cast, call: Call) -> None:
    expert = both(cast)
    assert roles(cast) == {Role.REVIEWER, Role.FINANCE_EXPERT}
    actions.update_expert(expert=expert, by=cast.secretary, is_domain=False)
    assert roles(cast) == {Role.FINANCE_EXPERT}
    actions.update_expert(expert=expert, by=cast.secretary, is_domain=True, is_finance=False)
    assert roles(cast) == {Role.REVIEWER}


def test_other_roles_and_other_funders_stay(cast: Cast, call: Call) -> None:
    Membership.objects.create(user=cast.reviewer1, tenant=cast.most, role=Role.REVIEWER)
    Membership.objects.create(user=cast.reviewer1, tenant=cast.anso, role=Role.STRATEGIST)
    actions.update_expert(expert=both(cast), by=cast.secretary, is_domain=False)
    assert roles(cast) == {Role.FINANCE_EXPERT, Role.STRATEGIST}
    assert Membership.objects.filter(user=cast.reviewer1, tenant=cast.most).exists()


def test_a_kind_does_not_go_while_its_reviews_are_waited_for(cast: Cast, call: Call) -> None:
    expert = both(cast)
    proposal = make_proposal(cast, call, state=ProposalState.CHECKED)
    assignment = accepted(cast, proposal, expert)
    with pytest.raises(Refused) as refusal:
        actions.update_expert(expert=expert, by=cast.secretary, is_domain=False)
    assert [one.field for one in refusal.value.findings] == ["is_domain"]
    assert Role.REVIEWER in roles(cast)
    actions.update_expert(expert=Expert.objects.get(pk=expert.pk), by=cast.secretary, is_finance=False)
    actions.update_expert(expert=Expert.objects.get(pk=expert.pk), by=cast.secretary, is_finance=True)
    actions.release(assignment=assignment, by=cast.secretary, reason="Not needed.")
    actions.update_expert(expert=Expert.objects.get(pk=expert.pk), by=cast.secretary, is_domain=False)
    assert Role.REVIEWER not in roles(cast)


def test_it_goes_when_the_reviews_are_in(cast: Cast, call: Call) -> None:
    expert = both(cast)
    submitted(cast, make_proposal(cast, call, state=ProposalState.CHECKED), expert)
    actions.update_expert(expert=expert, by=cast.secretary, is_domain=False)
    assert not Expert.objects.get(pk=expert.pk).is_domain and Role.REVIEWER not in roles(cast)


def test_nor_while_a_budget_book_waits_for_the_person(cast: Cast, call: Call) -> None:
    expert = both(cast)
    project = make_project(
        make_proposal(cast, call, state=ProposalState.APPROVED), state=JUDGES_BOOKS_IN, finance_expert=cast.reviewer1
    )
    with pytest.raises(Refused):
        actions.update_expert(expert=expert, by=cast.secretary, is_finance=False)
    Project.objects.filter(pk=project.pk).update(finance_expert=None)
    actions.update_expert(expert=Expert.objects.get(pk=expert.pk), by=cast.secretary, is_finance=False)


def test_the_state_s_name_is_the_one_of_the_layer_above() -> None:
    assert JUDGES_BOOKS_IN == ProjectState.BOOK_REVIEW


@pytest.mark.parametrize("kind", list(ReviewKind))
def test_nobody_is_asked_without_consent(cast: Cast, call: Call, kind: str) -> None:
    expert = make_expert(cast.anso, cast.reviewer1, kind=kind, consented_at=None)
    proposal = make_proposal(cast, call, state=ProposalState.CHECKED)
    with pytest.raises(Refused) as refusal:
        assign(cast, proposal, expert, kind)
    assert [one.code for one in refusal.value.findings] == ["consent"]
    actions.update_expert(expert=expert, by=cast.secretary, has_consented=True)
    assign(cast, proposal, Expert.objects.get(pk=expert.pk), kind)


def test_the_page_shows_who_has_not_agreed_and_takes_no_box_for_them(cast: Cast, call: Call) -> None:
    silent = make_expert(cast.anso, cast.reviewer1, consented_at=None)
    make_expert(cast.anso, cast.reviewer2)
    proposal = make_proposal(cast, call, state=ProposalState.CHECKED)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.secretary)
    page = client.get(f"/anso/reviews/proposals/{proposal.pk}/assign/").text
    assert f'value="{silent.pk}" id="expert-{silent.pk}"' not in page
    assert "Has not agreed to stand in the pool" in page
    forged = {"kind": "domain", "experts": [silent.pk], "due_date": f"{due():%Y-%m-%d}"}
    assert client.post(f"/anso/reviews/proposals/{proposal.pk}/assign/", forged).status_code == 409
    assert not Assignment.objects.exists()


def test_consent_is_recorded_and_taken_back_on_the_expert_s_page(cast: Cast, call: Call) -> None:
    expert = make_expert(cast.anso, cast.reviewer1, consented_at=None)
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.secretary)
    address, fields = f"/anso/reviews/experts/{expert.pk}/", {"is_domain": "on", "country": "FR", "capacity": "5"}
    assert client.post(address, {**fields, "has_consented": "on"}).status_code == 303
    expert.refresh_from_db()
    given = expert.consented_at
    assert given is not None
    client.post(address, {**fields, "has_consented": "on", "capacity": "6"})
    expert.refresh_from_db()
    assert expert.consented_at == given  # the day of the first word stays
    client.post(address, fields)
    expert.refresh_from_db()
    assert expert.consented_at is None
    told = [event.data["has_consented"] for event in Event.objects.order_by("seq") if "has_consented" in event.data]
    assert told == [[False, True], [True, False]]
