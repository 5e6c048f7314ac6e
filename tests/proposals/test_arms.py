"""A list's queries together hold exactly what `visible_to` and the page of one proposal give, for everyone."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from guardian.shortcuts import assign_perm

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, User
from accounts.standing import keep_standing, standing_of
from core import clock as portal_clock
from core.errors import NotVisible
from core.tenancy import tenant_scope
from programs.models import Call
from proposals.enums import ProposalState
from proposals.grants import CO_WRITE
from proposals.models import HandedIn, Proposal, ProposalParty, TeamMember
from proposals.queries import access_of, judged_by, visible_to
from proposals.queries.listing import filtered, listed
from proposals.queries.visibility import READING, arms_for
from reviews.enums import AssignmentState
from reviews.models import Conflict
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(cast: Cast, call: Call) -> list[Proposal]:
    """A proposal of two institutes in every state, received ones read by an expert in every state of a review."""
    rows = []
    for number, state in enumerate(ProposalState, start=1):
        for pi, lead in ((cast.pi, cast.lead), (cast.charlie, cast.sibling)):
            row = factories.make_proposal(
                cast, call, state=state, number=number * 2 + (pi == cast.pi), pi=pi, lead_institution=lead
            )
            rows.append(row)
    received = [row for row in rows if row.received_at is not None]
    expert = factories.make_expert(cast.anso, cast.reviewer1)
    for row, state in zip(received, AssignmentState, strict=False):
        factories.make_assignment(row, expert, cast.secretary, state=state)
    _hand_in(rows[0])
    assign_perm(CO_WRITE, cast.stranger, rows[2])
    assign_perm(CO_WRITE, cast.secretary, received[0])
    _tie(cast, received)
    return rows


def _hand_in(row: Proposal) -> None:
    HandedIn.objects.create(
        tenant=row.tenant, proposal=row, round=1, dossier_json="{}", sha256="0" * 64, handed_in_at=row.created_at,
        handed_in_by=row.pi,
    )  # fmt: skip


def _tie(cast: Cast, received: list[Proposal]) -> None:
    """Everybody who judges is tied to something, each in another way."""
    for person, row in ((cast.secretary, received[1]), (cast.reviewer1, received[2]), (cast.director, received[3])):
        Conflict.objects.create(
            tenant=row.tenant, proposal=row, user=person, kind="declared", source="declared", evidence_zh="x",
            evidence_en="x",
        )  # fmt: skip
    TeamMember.objects.create(tenant=received[4].tenant, proposal=received[4], user=cast.finance)
    ProposalParty.objects.create(tenant=received[5].tenant, proposal=received[5], institution=cast.secretariat)
    Affiliation.objects.create(user=cast.director, institution=cast.sibling, until_date=date(2020, 1, 1))
    Affiliation.objects.create(user=cast.stranger, institution=cast.lead, kind=AffiliationKind.OFFICE)
    Affiliation.objects.create(
        user=cast.expert2, institution=cast.lead, kind=AffiliationKind.OFFICE, until_date=date(2020, 1, 1)
    )
    Membership.objects.create(user=cast.pi, tenant=cast.anso, role=Role.ADMIN)
    Membership.objects.create(user=cast.charlie, tenant=cast.most, role=Role.SECRETARY)


def ids(rows: Iterable[Proposal]) -> set[int]:
    return {row.pk for row in rows}


def test_arms_hold_what_is_visible(cast: Cast, everything: list[Proposal]) -> None:
    sizes = set()
    for name, person in cast.people.items():
        visible = ids(visible_to(person))
        assert ids(row for arm in arms_for(person) for row in arm) == visible, name
        assert ids(listed(person, {}, {})[0].rows) == visible, name
        assert ids(row for row in everything if _opens(person, row)) == visible, name
        sizes.add(len(visible))
    assert len(sizes) > 4  # the cast differ in what they see


def _opens(person: User, row: Proposal) -> bool:
    try:
        return access_of(person, row.pk).proposal == row
    except NotVisible:
        return False


def test_visible_is_what_the_rules_say(cast: Cast, everything: list[Proposal]) -> None:
    """The same once more in Python, row by row."""
    for name, person in cast.people.items():
        assert ids(visible_to(person)) == ids(row for row in everything if _is_visible(person, row)), name
        assert ids(judged_by(person)) == ids(row for row in everything if _judges(person, row)), name


def _is_visible(person: User, row: Proposal) -> bool:
    begun = row.state in (ProposalState.DRAFT, ProposalState.WITHDRAWN)
    offices = [place for place in _places(person, now=True) if place.kind == AffiliationKind.OFFICE]
    at_office = any(place.institution_id == row.lead_institution_id for place in offices)
    return (
        row.pi_id == person.pk
        or person.has_perm(f"proposals.{CO_WRITE}", row)
        or (at_office and (not begun or row.handed_in.exists()))
        or _judges(person, row)
    )


def _judges(person: User, row: Proposal) -> bool:
    staff = Membership.objects.filter(user=person, tenant=row.tenant).exclude(role__in=_NO_STAFF).exists()
    reads = any(one.expert.user_id == person.pk and one.state in READING for one in _assignments(row))
    parties = {*row.institutions.values_list("institution_id", flat=True), row.lead_institution_id}
    is_tied = (
        row.pi_id == person.pk
        or person.has_perm(f"proposals.{CO_WRITE}", row)
        or Conflict.objects.filter(proposal=row, user=person).exists()
        or row.team.filter(user=person).exists()
        or any(place.institution_id in parties for place in _places(person, now=False))
    )
    return ((staff and row.received_at is not None) or reads) and not is_tied


_NO_STAFF = (Role.HOST, Role.REVIEWER, Role.FINANCE_EXPERT, Role.STRATEGIST)


def _assignments(row: Any) -> Any:
    return row.assignments.select_related("expert")


def _places(person: User, *, now: bool) -> list[Affiliation]:
    return [
        place
        for place in person.affiliations.all()
        if not now or place.until_date is None or place.until_date >= date(2021, 1, 1)
    ]


def test_pages_of_several_arms_miss_and_repeat_nothing(cast: Cast, call: Call) -> None:
    """Who is office and applicant reads one list from two indexes."""
    Affiliation.objects.create(user=cast.charlie, institution=cast.lead, kind=AffiliationKind.OFFICE)
    for number in range(1, 80):
        pi, lead = ((cast.pi, cast.lead), (cast.charlie, cast.sibling), (cast.charlie, cast.lead))[number % 3]
        factories.make_proposal(cast, call, state="submitted", number=number, pi=pi, lead_institution=lead)
    for sort, column in (("", "-id"), ("amount", "requested_fen"), ("-changed", "-updated_at")):
        order = [column, "-id" if column.startswith("-") else "id"]
        wanted = list(visible_to(cast.charlie).order_by(*order).values_list("id", flat=True))
        seen: list[int] = []
        parameters = {"sort": sort}
        while True:
            page, _count = listed(cast.charlie, {}, parameters)
            seen += [row.pk for row in page.rows]
            if not page.older:
                break
            parameters = {"sort": sort, "after": page.older}
        assert seen == wanted
    assert len(arms_for(cast.charlie)) == 2


def test_another_funders_staff_is_nobody_here(cast: Cast, everything: list[Proposal]) -> None:
    assert ids(row for arm in filtered(cast.mo, {}) for row in arm) == set()
    with tenant_scope([cast.anso, cast.most]):
        assert ids(row for arm in filtered(cast.mo, {}) for row in arm) == set()


# ---------------------------------------------------------------- what is kept of a person
def test_standing_is_read_anew_unless_kept(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        standing_of(cast.secretary)
        standing_of(cast.secretary)
    Membership.objects.filter(user=cast.secretary).delete()
    assert standing_of(cast.secretary).roles == {}
    keep_standing(cast.secretary)
    with django_assert_num_queries(1):
        standing_of(cast.secretary)
        standing_of(cast.secretary)
    fresh = User.objects.get(pk=cast.secretary.pk)
    with django_assert_num_queries(1):
        standing_of(fresh)


def test_only_reading_requests_keep_it(cast: Cast, call: Call, client: Any) -> None:
    """A POST asks again whenever it asks: its actions decide under locks."""
    seen: dict[str, bool] = {}

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen[method] = seen.get(method, 0) + ("accounts_affiliation" in sql and "accounts_membership" in sql)
        return execute(sql, params, many, context)

    client.force_login(cast.pi)
    draft = factories.make_proposal(cast, call)
    for method in ("get", "post"):
        with connection.execute_wrapper(look):
            getattr(client, method)(f"/anso/proposals/{draft.pk}/hand-in/" if method == "post" else "/anso/proposals/")
    assert seen["get"] == 1
    assert seen["post"] > 1


def test_places_end_and_begin_by_the_day(cast: Cast, clock: Any) -> None:
    place = Institution.objects.create(name_en="New", country="CN", kind="university")
    day = portal_clock.today()
    row = Affiliation.objects.create(user=cast.pi, institution=place, kind=AffiliationKind.OFFICE, since_date=day)
    for since, until, now in (
        (day + timedelta(days=3), None, False),
        (day - timedelta(days=9), day - timedelta(days=3), False),
        (None, day + timedelta(days=3), True),
        (day - timedelta(days=9), None, True),
    ):
        row.since_date, row.until_date = since, until
        row.save()
        standing = standing_of(cast.pi)
        assert (place.pk in standing.places, place.pk in standing.offices) == (now, now)
        assert place.pk in standing.all_places
