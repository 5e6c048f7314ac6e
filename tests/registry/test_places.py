"""The office admits people, shares its work and lets them go; nobody admits themselves, and somebody stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import AffiliationKind, Role
from accounts.models import Affiliation, Institution, Membership, User
from accounts.queries import institutions_of, is_office_of
from accounts.standing import standing_of
from audit.models import Event
from core import clock as portal_clock
from core.errors import NotVisible, Refused, WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from proposals.actions import request_endorsement
from registry.actions.places import ask_for_place, decide_request, end_place, share_office, withdraw_request
from registry.models import PlaceRequest
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.helpers import complete_draft

pytestmark = pytest.mark.django_db


def as_(user: User) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


def asked(cast: Cast, user: User | None = None, place: Institution | None = None) -> PlaceRequest:
    with tenant_scope(cast.anso):
        return ask_for_place(tenant=cast.anso, user=user or cast.stranger, institution=place or cast.lead)


def place_of(user: User, kind: str = AffiliationKind.STAFF) -> Affiliation:
    return Affiliation.objects.get(user=user, kind=kind)


def test_who_asks_on_the_profile_waits_among_the_office_s_tasks_and_is_admitted(cast: Cast) -> None:
    applicant, office = as_(cast.stranger), as_(cast.office)
    answer = applicant.post(
        "/anso/profile/", {"do": "ask", "ask-place_text": cast.lead.name_zh, "ask-position": "Postdoc"}
    )
    assert answer.status_code == 302
    assert cast.lead.pk not in institutions_of(cast.stranger)
    assert "1 person waits for approval" in office.get("/").content.decode()
    assert "not an address of the institution" in office.get("/anso/institution/people/").content.decode()
    row = PlaceRequest.objects.get()
    page = f"/anso/institution/people/requests/{row.pk}/"
    refused = office.post(page, {"answer": "refuse", "kind": "staff", "reason": ""})
    assert refused.status_code == 422 and "Write the reason" in refused.content.decode()
    assert office.post(page, {"answer": "approve", "kind": "staff", "reason": ""}).status_code == 302
    assert cast.lead.pk in institutions_of(cast.stranger) and not is_office_of(cast.stranger, cast.lead.pk)
    assert Affiliation.objects.get(user=cast.stranger, institution=cast.lead).position == "Postdoc"
    assert "waits for approval" not in office.get("/").content.decode()
    with tenant_scope(cast.anso):
        assert list(Event.objects.order_by("seq").values_list("action", flat=True)) == ["place.ask", "place.admit"]
        assert Notice.objects.get(user=cast.stranger).title_en == "Institute of Mountain Ecology, CAS has admitted you"
        with pytest.raises(WrongState):
            decide_request(request=row, by=cast.office, grants=False, reason="Second thoughts.")


def test_a_refusal_is_told_with_its_reason_and_asking_goes_on_within_limits(cast: Cast) -> None:
    row = asked(cast)
    with tenant_scope(cast.anso):
        decide_request(request=row, by=cast.office, grants=False, reason="Not known here.")
        assert "Not known here." in Notice.objects.get(user=cast.stranger).body_en
    assert "Not known here." in as_(cast.stranger).get("/anso/profile/").content.decode()
    for place in (cast.lead, cast.sibling, cast.nepal):
        asked(cast, place=place)
    for place, code in ((cast.lead, "asked"), (cast.kenya, "many"), (cast.university, "you_are_there")):
        with pytest.raises(Refused) as caught:
            asked(cast, place=place)
        assert caught.value.findings[0].code == code
    mine = PlaceRequest.objects.filter(user=cast.stranger, state="waiting").first()
    assert mine is not None
    assert as_(cast.charlie).post("/anso/profile/", {"do": "withdraw", "pk": mine.pk}).status_code == 404
    assert as_(cast.stranger).post("/anso/profile/", {"do": "withdraw", "pk": mine.pk}).status_code == 302
    asked(cast, place=cast.kenya)


def test_asking_and_taking_back_floods_no_office(cast: Cast, clock: Any) -> None:
    for _ in range(10):
        withdraw_request(request=asked(cast), by=cast.stranger)
    with pytest.raises(Refused) as caught:
        asked(cast)
    assert [one.code for one in caught.value.findings] == ["often"]
    clock.forward(days=1)
    asked(cast)


def test_only_that_institution_s_office_decides_and_nobody_about_themselves(cast: Cast) -> None:
    row, own = asked(cast), asked(cast, user=cast.sibling_office)
    with tenant_scope(cast.anso):
        for by in (cast.sibling_office, cast.pi, cast.stranger, cast.secretary):
            with pytest.raises(NotVisible):
                decide_request(request=row, by=by, grants=True)
        share_office(tenant=cast.anso, by=cast.office, user=cast.pi, institution=cast.lead)
        Affiliation.objects.create(user=cast.sibling_office, institution=cast.lead, kind=AffiliationKind.OFFICE)
        with pytest.raises(NotVisible):
            decide_request(request=own, by=cast.sibling_office, grants=True)
        decide_request(request=own, by=cast.pi, grants=True)
        with pytest.raises(NotVisible):
            withdraw_request(request=row, by=cast.office)


def test_an_institution_without_an_office_falls_to_the_administrator(cast: Cast) -> None:
    admin = User.objects.create(email="admin@demo.example", name_en="Ada Min")
    Membership.objects.create(user=admin, tenant=cast.anso, role=Role.ADMIN)
    row = asked(cast, place=cast.kenya)
    browser = as_(admin)
    assert "the institution has no office here yet" in browser.get("/").content.decode()
    page = f"/anso/institution/people/requests/{row.pk}/"
    assert "no office here yet" in browser.get(page).content.decode()
    assert browser.post(page, {"answer": "approve", "kind": "office"}).status_code == 302
    assert is_office_of(cast.stranger, cast.kenya.pk)
    later = asked(cast, user=cast.charlie, place=cast.kenya)
    assert browser.get(f"/anso/institution/people/requests/{later.pk}/").status_code == 404
    assert as_(cast.stranger).get(f"/anso/institution/people/requests/{later.pk}/").status_code == 200


def test_who_leaves_loses_the_standing_at_once_and_stays_known_for_conflicts(cast: Cast) -> None:
    row = place_of(cast.pi)
    session = as_(cast.pi)
    assert "Institute of Mountain Ecology" in session.get("/anso/profile/").content.decode()
    office = as_(cast.office)
    page = f"/anso/institution/people/{row.pk}/"
    assert office.post(page, {"do": "end", "reason": ""}).status_code == 422
    assert office.post(page, {"do": "end", "reason": "Retired.", "last_day": "1999-01-01"}).status_code == 422
    assert office.post(page, {"do": "end", "reason": "Retired."}).status_code == 302
    standing = standing_of(cast.pi)
    assert (standing.places, standing.all_places) == (frozenset(), frozenset({cast.lead.pk}))
    assert "No institution has confirmed yet" in session.get("/anso/profile/").content.decode()
    with tenant_scope(cast.anso):
        assert "Retired." in Notice.objects.get(user=cast.pi).body_en
        again = ask_for_place(tenant=cast.anso, user=cast.pi, institution=cast.lead)
        decide_request(request=again, by=cast.office, grants=True)
    assert standing_of(cast.pi).places == {cast.lead.pk}


def test_a_last_day_in_reach_lets_them_stay_until_it_is_over(cast: Cast) -> None:
    row, today = place_of(cast.pi), portal_clock.today()
    with tenant_scope(cast.anso):
        end_place(
            tenant=cast.anso, by=cast.office, affiliation=row, reason="Moves.", last_day=today + timedelta(days=30)
        )
    assert standing_of(cast.pi).places == {cast.lead.pk}
    with portal_clock.at(portal_clock.now() + timedelta(days=32)):
        assert standing_of(cast.pi).places == frozenset()


def test_the_office_is_shared_handed_over_and_never_left_empty(cast: Cast) -> None:
    office = place_of(cast.office, "office")
    with tenant_scope(cast.anso):
        with pytest.raises(Refused) as caught:
            end_place(tenant=cast.anso, by=cast.office, affiliation=office)
        assert [one.code for one in caught.value.findings] == ["last"]
        with pytest.raises(NotVisible):
            share_office(tenant=cast.anso, by=cast.office, user=cast.charlie, institution=cast.lead)
        with pytest.raises(NotVisible):
            share_office(tenant=cast.anso, by=cast.pi, user=cast.pi, institution=cast.lead)
        share_office(tenant=cast.anso, by=cast.office, user=cast.pi, institution=cast.lead)
        end_place(tenant=cast.anso, by=cast.office, affiliation=office, stays=True)
    assert is_office_of(cast.pi, cast.lead.pk) and not is_office_of(cast.office, cast.lead.pk)
    assert cast.lead.pk in institutions_of(cast.office)
    leave = as_(cast.pi).post("/anso/profile/", {"do": "leave", "pk": place_of(cast.pi, "office").pk}, follow=True)
    assert "last one of the institution" in leave.content.decode() and is_office_of(cast.pi, cast.lead.pk)


def test_one_corrects_one_s_profile_and_only_the_fields_go_on_record(cast: Cast) -> None:
    browser = as_(cast.pi)
    data = {"do": "save", "name_zh": "裴珊", "name_en": "Shan Pei", "orcid": "0000-0002-1694-233x", "language": "en"}
    wrong = browser.post("/anso/profile/", data | {"orcid": "0000-0002-1694-2339"})
    assert wrong.status_code == 422 and "no ORCID" in wrong.content.decode() and "裴珊" in wrong.content.decode()
    assert browser.post("/anso/profile/", data).status_code == 302
    user = User.objects.get(pk=cast.pi.pk)
    assert (user.name_zh, user.orcid, user.language) == ("裴珊", "0000-0002-1694-233X", "en")
    browser.post("/anso/profile/", data)
    with tenant_scope(cast.anso):
        assert [event.data for event in Event.objects.all()] == [{"fields": ["name_zh", "orcid", "language"]}]
    assert browser.get("/account/profile/")["Location"] == "/anso/profile/"


def test_pages_cost_the_same_for_one_and_for_thirty(cast: Cast) -> None:
    office, counts = as_(cast.office), []
    for number in range(30):
        if number in (1, 29):
            for path in ("/anso/institution/people/", "/"):
                with CaptureQueriesContext(connection) as made:
                    answer = office.get(path)
                counts.append(len(made))
                assert answer.status_code == 200
        user = User.objects.create(email=f"p{number}@demo.example", name_en=f"Person {number}")
        other = User.objects.create(email=f"q{number}@demo.example", name_en=f"Other {number}")
        Affiliation.objects.create(user=other, institution=cast.lead)
        PlaceRequest.objects.create(user=user, institution=cast.lead, via=cast.anso)
    assert counts[:2] == counts[2:], counts


@pytest.mark.parametrize("pk", ["0", "x", "9" * 30, ""])
def test_nonsense_is_no_row_of_one_s_own(pk: str, cast: Cast) -> None:
    for does in ("withdraw", "withdraw-institution", "leave"):
        assert as_(cast.pi).post("/anso/profile/", {"do": does, "pk": pk}).status_code == 404


def test_the_list_is_searched(cast: Cast) -> None:
    def listed(text: str) -> list[Any]:
        return [row.user for row in as_(cast.office).get(f"/anso/institution/people/?q={text}").context["rows"]]

    assert listed("裴山") == [cast.pi] and listed("%00nobody") == []


def test_a_second_account_with_the_same_orcid_is_pointed_out(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.stranger.pk, cast.mo.pk]).update(orcid="0000-0002-1825-0097")
    page = f"/anso/institution/people/requests/{asked(cast).pk}/"
    assert "another account says" in as_(cast.office).get(page).content.decode()
    User.objects.filter(pk=cast.mo.pk).update(orcid="")
    assert "another account says" not in as_(cast.office).get(page).content.decode()


def test_who_has_left_hands_nothing_in_through_the_institution(cast: Cast, clock: Any) -> None:
    with tenant_scope(cast.anso):
        draft = complete_draft(cast, make_call(cast.anso, cast.secretary))
        end_place(tenant=cast.anso, by=cast.office, affiliation=place_of(cast.pi), reason="Moves.")
        with pytest.raises(Refused) as caught:
            request_endorsement(proposal=draft, by=cast.pi)
        assert "not_at_lead" in [getattr(one, "code", "") for one in caught.value.findings]
        again = ask_for_place(tenant=cast.anso, user=cast.pi, institution=cast.lead)
        decide_request(request=again, by=cast.office, grants=True)
        request_endorsement(proposal=draft, by=cast.pi)
