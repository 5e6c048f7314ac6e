"""Calls by invitation (A3): seen and applied to by the invited alone; for everybody else they are not there."""

from typing import Any

import pytest
from django.test import Client

from core import clock
from core.errors import NotVisible, Refused
from core.tenancy import tenant_scope
from notifications.models import Notice
from programs import targeting
from programs.actions import publish_call
from programs.models import Call
from programs.policy import builtin_text, combine
from programs.queries import calls_for, may_apply, open_calls
from proposals.actions import create_draft
from tests.cast import Cast
from tests.factories import WHILE_OPEN
from tests.programs.targeted import in_preparation, targeted
from tests.proposals.helpers import let_write

pytestmark = pytest.mark.django_db


@pytest.fixture
def anso(cast: Cast) -> Any:
    with tenant_scope(cast.anso), clock.at(WHILE_OPEN):
        yield cast.anso


def seen_by(client: Client, call: Call) -> bool:
    """On the list and by its address, alike."""
    listed = "By invitation 2021" in client.get("/anso/calls/", headers={"accept-language": "en"}).content.decode()
    page = client.get(f"/anso/calls/{call.pk}/").status_code == 200
    assert listed == page
    return page


def test_only_the_invited_and_the_staff_see_it(cast: Cast, anso: Any, client: Client):
    call = targeted(cast)
    targeting.invite_institution(call=call, by=cast.secretary, institution=cast.lead)
    targeting.invite_person(call=call, by=cast.secretary, email=cast.stranger.email.upper())
    client.cookies["django_language"] = "en"
    assert not seen_by(client, call), "the public"
    for name, expected in {
        "pi": True, "office": True, "stranger": True, "secretary": True, "director": True, "charlie": False,
        "sibling_office": False, "reviewer1": False, "mo": False,
    }.items():  # fmt: skip
        client.force_login(cast.people[name])
        client.cookies["django_language"] = "en"
        assert seen_by(client, call) is expected, name
        assert (client.get(f"/anso/proposals/new/{call.pk}/").status_code == 200) is expected, name


def test_only_the_invited_begin_an_application_and_with_the_invited_institution(cast: Cast, anso: Any):
    call = targeted(cast)
    with pytest.raises(Refused) as refusal:
        create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    assert "not_invited" in {one.code for one in refusal.value.findings}
    targeting.invite_institution(call=call, by=cast.secretary, institution=cast.sibling)
    assert not may_apply(cast.pi, call, cast.lead) and may_apply(cast.charlie, call, cast.sibling)
    invitation = targeting.invite_person(call=call, by=cast.secretary, email=cast.pi.email)
    proposal = create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    targeting.end_call_invitation(invitation=invitation, by=cast.secretary)
    assert not may_apply(cast.pi, call, cast.lead)
    assert proposal.pk and call not in calls_for(["applicant"], cast.pi)


def test_whoever_sees_an_application_sees_its_call(cast: Cast, anso: Any, client: Client):
    call = targeted(cast)
    targeting.invite_person(call=call, by=cast.secretary, email=cast.pi.email)
    proposal = create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    client.force_login(cast.charlie)
    assert client.get(f"/anso/calls/{call.pk}/").status_code == 404
    let_write(proposal, cast.charlie)
    assert client.get(f"/anso/calls/{call.pk}/").status_code == 200


def test_nobody_hears_of_it_before_it_is_public_and_then_the_invited_once(cast: Cast, anso: Any):
    call = in_preparation(cast)
    with pytest.raises(Refused) as refusal:
        publish_call(call=call, by=cast.secretary)
    assert [one.code for one in refusal.value.findings] == ["nobody_invited"]
    targeting.invite_institution(call=call, by=cast.secretary, institution=cast.lead)
    targeting.invite_institution(call=call, by=cast.secretary, institution=cast.lead)
    assert call.invitations.count() == 1 and not Notice.objects.filter(kind="call-invitation").exists()
    publish_call(call=call, by=cast.secretary)
    assert [one.user for one in Notice.objects.filter(kind="call-invitation")] == [cast.office]
    targeting.invite_person(call=call, by=cast.secretary, email=cast.charlie.email)
    assert Notice.objects.filter(kind="call-invitation").count() == 2


def test_only_the_secretariat_invites_and_only_to_such_a_call(cast: Cast, anso: Any):
    from tests.factories import make_call

    call, ordinary = targeted(cast), make_call(cast.anso, cast.secretary)
    for by in (cast.pi, cast.director, cast.office):
        with pytest.raises(NotVisible):
            targeting.invite_institution(call=call, by=by, institution=cast.lead)
    with pytest.raises(NotVisible):
        targeting.invite_institution(call=ordinary, by=cast.secretary, institution=cast.lead)
    with pytest.raises(Refused, match="no account"):
        targeting.invite_person(call=call, by=cast.secretary, email="nobody@nowhere.example")
    assert may_apply(cast.pi, ordinary, cast.lead)
    assert set(open_calls(["applicant"], cast.pi)) == {ordinary}


def test_the_page_finds_invites_and_takes_back(cast: Cast, anso: Any, client: Client):
    call = targeted(cast)
    client.force_login(cast.secretary)
    client.cookies["django_language"] = "en"
    url = f"/anso/calls/{call.pk}/invited/"
    assert "Institute of Mountain Ecology" in client.get(url, {"q": "Mountain"}).content.decode()
    assert client.post(url, {"do": "institution", "key": cast.lead.pk}).status_code == 302
    assert client.post(url, {"do": "person", "email": cast.stranger.email}).status_code == 302
    (one, other) = call.invitations.all()
    assert client.post(url, {"do": "end", "key": one.pk}).status_code == 302
    assert list(call.invitations.filter(ended_at=None)) == [other]
    for bad in ({}, {"do": "end", "key": "x"}, {"do": "institution", "key": "9" * 40}, {"do": "person", "email": "x"}):
        assert client.post(url, bad).status_code == 422
    answer = client.post(url, {"do": "person", "email": "nobody@nowhere.example"})
    assert answer.status_code == 422 and "There is no account with that address." in answer.content.decode()


def test_a_call_open_to_everybody_keeps_the_hash_it_had():
    programme, call = builtin_text("anso/joint-research"), builtin_text("anso/calls/2021-joint-research")
    policy, invited = (
        combine(programme, call),
        combine(programme, call.replace("[call]\n", "[call]\nby_invitation = true\n")),
    )
    assert policy.call and "by_invitation" not in policy.call.model_dump()
    assert invited.call and invited.call.by_invitation and invited.sha256 != policy.sha256
