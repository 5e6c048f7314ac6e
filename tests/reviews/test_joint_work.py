"""Joint work of the past keeps an expert out for the years that the funder set (A16)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Tenant, User
from core import clock as portal_clock
from core.errors import Refused
from core.tenancy import tenant_scope
from programs.dossier import Dossier, Participant
from proposals.enums import ProposalState
from proposals.models import Proposal, TeamMember
from proposals.queries import dossier_of_version, latest_version
from reviews import actions
from reviews.conflicts import evidence_for
from reviews.enums import ConflictKind
from reviews.models import Conflict, Expert
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers
from tests.reviews.test_query_counts import people, queries

# The clock stands at 2021-06-20 10:00 in Beijing; three years is the default.
SINCE = date(2018, 6, 20)
FIRST_INSTANT = datetime(2018, 6, 19, 16, tzinfo=UTC)
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)


@pytest.fixture
def mary() -> User:
    """Somebody abroad whom nothing else ties to anything."""
    return User.objects.create(email="mary@abroad.example", name_en="Mary Miller", language="en")


@pytest.fixture
def expert(cast: Cast, checked: Proposal, mary: User) -> Expert:
    """Mary in the pool."""
    return factories.make_expert(cast.anso, mary)


def past(
    cast: Cast,
    call: Any,
    *team: User,
    pi: User,
    received_at: datetime = LONG_AGO,
    end_date: date | None = None,
    number: int = 90,
) -> Proposal:
    """An application of the past, with a project if its term is given."""
    state = ProposalState.DECLINED if end_date is None else ProposalState.APPROVED
    proposal = factories.make_proposal(cast, call, state=state, number=number, pi=pi, received_at=received_at)
    for user in team:
        TeamMember.objects.create(tenant=cast.anso, proposal=proposal, user=user)
    if end_date is not None:
        start = end_date.replace(year=end_date.year - 3)
        factories.make_project(proposal, state="passed", start_date=start, end_date=end_date)
    return proposal


def joint(proposal: Proposal, expert: Expert) -> list[str]:
    """The evidence of joint work, in English."""
    version = latest_version(proposal)
    assert version is not None
    found = evidence_for(proposal, dossier_of_version(version), [expert])[expert.user_id]
    assert {one.kind for one in found} <= {ConflictKind.JOINT_WORK}
    assert all(one.text_zh for one in found)
    return [one.text_en for one in found]


@pytest.mark.parametrize(
    ("received_at", "ties"),
    [(FIRST_INSTANT, True), (FIRST_INSTANT - timedelta(microseconds=1), False), (FIRST_INSTANT + timedelta(days=900), True)],
    ids=["on the last day", "a moment before it", "lately"],
)  # fmt: skip
def test_an_application_counts_for_three_years(
    received_at: datetime, ties: bool, cast: Cast, call: Any, checked: Proposal, expert: Expert
) -> None:
    past(cast, call, expert.user, pi=cast.pi, received_at=received_at)
    assert bool(joint(checked, expert)) is ties


@pytest.mark.parametrize(
    ("end_date", "ties"),
    [(SINCE, True), (SINCE - timedelta(days=1), False), (date(2030, 1, 1), True)],
    ids=["ended on the last day", "ended before it", "still running"],
)
def test_a_project_counts_for_three_years_after_its_term(
    end_date: date, ties: bool, cast: Cast, call: Any, checked: Proposal, expert: Expert
) -> None:
    past(cast, call, expert.user, pi=cast.pi, end_date=end_date)
    assert bool(joint(checked, expert)) is ties


def test_the_funder_sets_the_years(cast: Cast, call: Any, checked: Proposal, expert: Expert) -> None:
    past(cast, call, expert.user, pi=cast.pi, received_at=datetime(2016, 7, 1, tzinfo=UTC))
    assert joint(checked, expert) == []
    Tenant.objects.filter(pk=cast.anso.pk).update(joint_work_years=5)
    checked = Proposal.objects.get(pk=checked.pk)
    (text,) = joint(checked, expert)
    assert "Within 5 years (set by the funder)" in text
    for bad in (0, 21):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tenant.objects.filter(pk=cast.anso.pk).update(joint_work_years=bad)


def with_participant(cast: Cast, person: User) -> Dossier:
    row = Participant(key="pc", name="Charlie Cha", user_id=person.pk, is_main=True)
    return factories.good_draft(cast, participants=(row,))


@pytest.mark.parametrize("as_what", ["pi", "member"])
@pytest.mark.parametrize("with_whom", ["pi", "participant"])
def test_every_seat_in_a_team_counts(as_what: str, with_whom: str, cast: Cast, call: Any, mary: User) -> None:
    proposal = factories.make_proposal(
        cast, call, state=ProposalState.CHECKED, dossier=with_participant(cast, cast.charlie)
    )
    expert = factories.make_expert(cast.anso, mary)
    theirs = cast.pi if with_whom == "pi" else cast.charlie
    lately = FIRST_INSTANT + timedelta(days=30)
    if as_what == "pi":
        past(cast, call, theirs, pi=mary, received_at=lately)
    else:
        past(cast, call, theirs, mary, pi=cast.stranger, received_at=lately)
    (text,) = joint(proposal, expert)
    who = "the principal investigator" if with_whom == "pi" else "a participant"
    assert who in text and "received on 2018-07-20" in text


def test_a_project_is_named_and_another_application_is_not(
    cast: Cast, call: Any, checked: Proposal, expert: Expert
) -> None:
    declined = past(cast, call, expert.user, pi=cast.pi, received_at=FIRST_INSTANT, number=91)
    (text,) = joint(checked, expert)
    assert declined.application_number not in text and declined.title_en not in text
    won = past(cast, call, expert.user, pi=cast.pi, end_date=date(2020, 12, 31), number=92)
    (text,) = joint(checked, expert)  # one line a person: the project says more
    assert won.project.grant_number in text and "term until 2020-12-31" in text


def test_what_does_not_tie(cast: Cast, call: Any, checked: Proposal, expert: Expert, pool: dict[str, Expert]) -> None:
    lately = FIRST_INSTANT + timedelta(days=30)
    past(cast, call, expert.user, pi=cast.stranger, received_at=lately, number=91)  # with somebody else
    past(cast, call, pi=cast.pi, received_at=lately, number=92)  # the PI without her
    factories.make_proposal(cast, call, state=ProposalState.DRAFT)
    assert joint(checked, expert) == []
    with tenant_scope(cast.most):
        elsewhere = factories.make_call(cast.most, cast.mo)
        row = factories.make_proposal(cast, elsewhere, state=ProposalState.DECLINED, received_at=lately)
        TeamMember.objects.create(tenant=cast.most, proposal=row, user=expert.user)
    assert joint(checked, expert) == []


def test_whoever_assigns_is_shown_why(cast: Cast, call: Any, client_of: Any, checked: Proposal, expert: Expert) -> None:
    past(cast, call, expert.user, pi=cast.pi, end_date=date(2020, 12, 31))
    address = reverse("reviews:assign", args=["anso", checked.pk])
    page = client_of(cast.secretary).get(address).content.decode()
    assert "Within 3 years (set by the funder)" in page and f'value="{expert.pk}"' not in page
    assert "年限由资助机构设定" in client_of(cast.secretary, "zh-hans").get(address).content.decode()
    with pytest.raises(Refused) as refusal:
        helpers.assign(cast, checked, expert)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.article) == ("conflict-joint_work", "A16")
    assert Conflict.objects.get(user=expert.user).kind == ConflictKind.JOINT_WORK


def test_work_that_comes_to_light_ends_an_invitation(cast: Cast, call: Any, checked: Proposal, expert: Expert) -> None:
    assignment = helpers.assign(cast, checked, expert)
    past(cast, call, expert.user, pi=cast.pi, received_at=portal_clock.now())
    row = actions.accept(assignment=assignment, by=expert.user, no_conflict=True)
    assert row.state == "conflicted"


def test_queries_are_as_many_for_thirty_teams(cast: Cast, call: Any, client_of: Any, checked: Proposal) -> None:
    secretary, address = client_of(cast.secretary), reverse("reviews:assign", args=["anso", checked.pk])
    counts = []
    for number, person in enumerate(people(30), start=1):
        factories.make_expert(cast.anso, person, institution=cast.lanka)
        past(cast, call, person, cast.charlie, pi=cast.pi, received_at=portal_clock.now(), number=number + 100)
        if number in (1, 30):
            counts.append(queries(secretary, address))
    assert counts[0] == counts[1]
