"""Co-writers and participants' accounts: asked by e-mail, told nothing of who has one, counted by consent (A19)."""

from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from anso_portal.events import label_of
from audit.queries import history_of
from core.errors import NotVisible, Refused, WrongState
from core.tasklist import tasks_for
from notifications.models import Notice
from programs.findings import Stage
from programs.models import Call
from projects.enums import ProjectState
from proposals import actions
from proposals.enums import InvitationState, ProposalState
from proposals.models import Invitation, Proposal, ProposalUserObjectPermission, TeamMember
from proposals.queries import draft_dossier, findings, is_impartial, visible_to
from tests import factories
from tests.cast import Cast
from tests.proposals.helpers import complete_draft, link

NOBODY = "nobody@nowhere.example"


@pytest.fixture
def draft(cast: Cast, call: Call) -> Proposal:
    """A draft with two named participants."""
    proposal = complete_draft(cast, call)
    data = {**proposal.draft}
    data["participants"] = [
        {"key": "m1", "name": "Charlie Cha", "role": "Field work", "is_main": True, "party_key": "lead"},
        {"key": "m2", "name": "Sheng Mo", "role": "Analysis", "is_main": False, "party_key": "lead"},
    ]
    return actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)


def ask(draft: Proposal, email: str, purpose: str = "co_writer", key: str = "") -> Invitation:
    return actions.invite(proposal=draft, by=draft.pi, purpose=purpose, email=email, participant_key=key)


def browser(person: User, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(person)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"proposals:{name}", args=["anso", *args])


def accounts(draft: Proposal) -> dict[str, int | None]:
    draft = Proposal.objects.get(pk=draft.pk)
    return {one.key: one.user_id for one in draft_dossier(draft)[0].participants}


def change(draft: Proposal, key: str, **fields: Any) -> Proposal:
    draft = Proposal.objects.get(pk=draft.pk)
    rows = [{**row, **fields} if row["key"] == key else row for row in draft.draft["participants"]]
    data = {**draft.draft, "participants": rows}
    return actions.save_draft(proposal=draft, by=draft.pi, data=data, revision=draft.revision)


# ---------------------------------------------------------------- co-writers
def test_an_invited_person_writes_after_accepting(cast: Cast, draft: Proposal) -> None:
    one = ask(draft, "Charlie@Demo.example ")
    assert not visible_to(cast.charlie).filter(pk=draft.pk).exists()
    one = actions.answer_invitation(invitation=one, by=cast.charlie, accepts=True)
    assert (one.state, one.user) == (InvitationState.ACCEPTED, cast.charlie)
    actions.save_draft(proposal=draft, by=cast.charlie, data=draft.draft, revision=draft.revision)
    told = Notice.objects.get(user=cast.pi, kind="proposal-invitation-answer")
    assert "accepted" in told.title_en and "接受" in told.title_zh
    Membership.objects.create(user=cast.charlie, tenant=cast.anso, role="reviewer")
    assert not is_impartial(cast.charlie, draft)


@pytest.mark.parametrize("email", ["charlie@demo.example", NOBODY], ids=["account", "no account"])
def test_the_applicant_is_told_the_same_of_everybody(email: str, cast: Cast, draft: Proposal) -> None:
    client = browser(cast.pi)
    answer = client.post(at("people", draft.pk), {"purpose": "co_writer", "key": "", "email": email}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(at("people", draft.pk), 303)]
    assert "If somebody with this address has an account here" in page
    seen = page.replace(email, "").replace(str(Invitation.objects.get().pk), "")
    assert "Charlie" not in seen.split('id="participants"')[0]
    assert Notice.objects.filter(kind="proposal-invitation").count() == (email != NOBODY)
    assert [event.action for event in history_of(draft)][-1] == "proposal.invite"
    assert not mail.outbox  # the outbox sends it, in its time


def test_pages_for_an_account_and_for_none_are_the_same(cast: Cast, call: Call, draft: Proposal) -> None:
    """Byte by byte, but for the address, what names the draft, and tokens."""
    import re

    client, bodies = browser(cast.pi), []
    for email in ("charlie@demo.example", "chxrlie@demo.example"):
        with transaction.atomic():
            answer = client.post(
                at("people", draft.pk), {"purpose": "co_writer", "key": "", "email": email}, follow=True
            )
            text = answer.content.decode().replace(email, "*")
            text = re.sub(r'(nonce="|FToken": "|csrfmiddlewaretoken" value="|/invitations/)[\w+/=-]+', r"\1", text)
            bodies.append(text)
            transaction.set_rollback(True)
    assert bodies[0] == bodies[1]


def test_nobody_is_asked_twice_or_asks_themselves(cast: Cast, draft: Proposal) -> None:
    ask(draft, NOBODY)
    for email, code in ((NOBODY.upper(), "asked_already"), (cast.pi.email, "own_address")):
        with pytest.raises(Refused) as refusal:
            ask(draft, email)
        assert [(one.code, one.field) for one in refusal.value.findings] == [(code, "email")]
    ask(draft, NOBODY, "participant", "m1")  # another purpose
    with pytest.raises(Refused) as refusal:
        ask(draft, "other@nowhere.example", "participant", "m1")
    assert [one.code for one in refusal.value.findings] == ["seat_taken"]
    with pytest.raises(NotVisible):
        ask(draft, "other@nowhere.example", "participant", "m9")
    with pytest.raises(NotVisible):
        ask(draft, "other@nowhere.example", "owner")


def test_a_limit_of_open_invitations(cast: Cast, draft: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.actions.inviting.MOST_OPEN", 2)
    for n in range(2):
        ask(draft, f"a{n}@nowhere.example")
    with pytest.raises(Refused):
        ask(draft, "a3@nowhere.example")


@pytest.mark.parametrize("who", ["charlie", "office", "secretary", "stranger", "mo"])
def test_only_the_applicant_asks_and_removes(who: str, cast: Cast, draft: Proposal) -> None:
    person = cast.people[who]
    one = ask(draft, NOBODY)
    for attempt in (
        lambda: actions.invite(proposal=draft, by=person, purpose="co_writer", email="x@y.example"),
        lambda: actions.end_invitation(invitation=one, by=person),
        lambda: actions.answer_invitation(invitation=one, by=person, accepts=True),
        lambda: actions.forbid_co_writer(proposal=draft, by=person, user=cast.charlie),
    ):
        with pytest.raises(NotVisible):
            attempt()
    client = browser(person)
    assert client.get(at("people", draft.pk)).status_code == 404
    assert client.get(at("invitation", one.pk)).status_code == 404


def test_a_removed_co_writer_is_out_at_once(cast: Cast, draft: Proposal) -> None:
    one = actions.answer_invitation(invitation=ask(draft, cast.charlie.email), by=cast.charlie, accepts=True)
    page = browser(cast.pi).get(at("people", draft.pk)).content.decode()
    assert "Charlie Cha" in page and at("remove_writer", draft.pk, cast.charlie.pk) in page
    answer = browser(cast.pi).post(at("remove_writer", draft.pk, cast.charlie.pk))
    assert answer.status_code == 303
    assert not visible_to(cast.charlie).filter(pk=draft.pk).exists()
    assert Invitation.objects.get(pk=one.pk).state == InvitationState.ENDED
    with pytest.raises(WrongState):
        actions.answer_invitation(invitation=one, by=cast.charlie, accepts=True)
    ask(draft, cast.charlie.email)  # may be asked anew


def test_a_co_writer_may_leave(cast: Cast, draft: Proposal) -> None:
    one = actions.answer_invitation(invitation=ask(draft, cast.charlie.email), by=cast.charlie, accepts=True)
    Proposal.objects.filter(pk=draft.pk).update(state=ProposalState.ENDORSING)
    answer = browser(cast.charlie).post(at("invitation", one.pk), {"then": "end"})
    assert answer.status_code == 303
    assert not ProposalUserObjectPermission.objects.exists()
    assert Notice.objects.filter(user=cast.pi, title_en__contains="no longer takes part").exists()


def test_answers_count_once_and_only_while_it_is_a_draft(cast: Cast, draft: Proposal) -> None:
    one = ask(draft, cast.charlie.email)
    client = browser(cast.charlie)
    Proposal.objects.filter(pk=draft.pk).update(state=ProposalState.ENDORSING)
    assert client.post(at("invitation", one.pk), {"then": "accept"}).status_code == 409
    assert client.post(at("people", draft.pk)).status_code == 404
    late = browser(cast.pi).post(at("people", draft.pk), {"purpose": "co_writer", "email": NOBODY})
    assert late.status_code == 409
    Proposal.objects.filter(pk=draft.pk).update(state=ProposalState.DRAFT)
    for then in ("", "own", "ACCEPT"):
        assert client.post(at("invitation", one.pk), {"then": then}).status_code == 404
    assert client.post(at("invitation", one.pk), {"then": "decline"}).status_code == 303
    assert client.post(at("invitation", one.pk), {"then": "accept"}).status_code == 404
    assert not ProposalUserObjectPermission.objects.exists()


@pytest.mark.parametrize("email", ["", "x", "a@b", "x" * 300 + "@a.example", "a@b.example\r\nBcc: c@d.example", "\x00@a.example"])  # fmt: skip
def test_bad_addresses_are_told_at_the_field(email: str, cast: Cast, draft: Proposal) -> None:
    for key in ("", "m1", "' or 1=1"):
        purpose = "participant" if key else "co_writer"
        answer = browser(cast.pi).post(at("people", draft.pk), {"purpose": purpose, "key": key, "email": email})
        assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_the_person_finds_it_among_their_tasks(cast: Cast, draft: Proposal) -> None:
    one = ask(draft, cast.charlie.email, "participant", "m1")
    titles = {item.url: item.what for item in tasks_for(cast.charlie, [cast.anso])}
    assert "Shan Pei" in titles[at("invitation", one.pk)] or "裴山" in titles[at("invitation", one.pk)]
    actions.answer_invitation(invitation=one, by=cast.charlie, accepts=False)
    assert at("invitation", one.pk) not in {item.url for item in tasks_for(cast.charlie, [cast.anso])}


# ---------------------------------------------------------------- participants' accounts
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_participant_sees_what_they_agree_to(language: str, cast: Cast, draft: Proposal) -> None:
    one = ask(draft, cast.charlie.email, "participant", "m1")
    client = browser(cast.charlie, language)
    page = client.get(at("invitation", one.pk)).content.decode()
    for text in (draft.title_zh if language != "en" else draft.title_en, "Charlie Cha", "Field work"):
        assert text in page
    assert ("Shan Pei" if language == "en" else "裴山") in page
    assert accounts(draft) == {"m1": None, "m2": None}
    assert client.post(at("invitation", one.pk), {"then": "accept"}).status_code == 303
    assert accounts(draft) == {"m1": cast.charlie.pk, "m2": None}
    assert not visible_to(cast.charlie).filter(pk=draft.pk).exists()  # no right to read the draft comes with it


def test_only_consent_gives_an_account(cast: Cast, draft: Proposal) -> None:
    """Whatever is posted as `user_id`, by the form, by autosave or into the JSON, names nobody."""
    draft = change(draft, "m2", user_id=cast.stranger.pk)
    assert accounts(draft)["m2"] is None
    link(draft, "m1", cast.charlie)
    draft = change(draft, "m1", user_id=cast.stranger.pk)
    assert accounts(draft) == {"m1": cast.charlie.pk, "m2": None}


@pytest.mark.parametrize(
    ("fields", "stands"),
    [
        ({"role": "Something else"}, True),
        ({"name": " charlie  cha "}, True),
        ({"is_main": False}, True),
        ({"name": "Somebody Else"}, False),
    ],
    ids=str,
)
def test_consent_stands_for_what_was_said(fields: dict[str, Any], stands: bool, cast: Cast, draft: Proposal) -> None:
    link(draft, "m1", cast.charlie)
    change(draft, "m1", **fields)
    assert (accounts(draft)["m1"] == cast.charlie.pk) is stands
    page = browser(cast.pi).get(at("people", draft.pk)).content.decode()
    assert ("No longer as agreed" in page) is not stands


def test_nobody_is_made_a_main_participant_without_consent(cast: Cast, draft: Proposal) -> None:
    link(draft, "m2", cast.stranger)
    change(draft, "m2", is_main=True)
    assert accounts(draft)["m2"] is None


def test_consent_is_taken_back_while_it_is_a_draft(cast: Cast, draft: Proposal) -> None:
    one = link(draft, "m1", cast.charlie)
    client = browser(cast.charlie)
    draft = Proposal.objects.get(pk=draft.pk)
    actions.request_endorsement(proposal=draft, by=cast.pi)
    assert client.post(at("invitation", one.pk), {"then": "end"}).status_code == 409
    with pytest.raises(WrongState):
        actions.end_invitation(invitation=one, by=cast.pi)
    actions.take_back(proposal=draft, by=cast.pi)
    assert client.post(at("invitation", one.pk), {"then": "end"}).status_code == 303
    assert accounts(draft)["m1"] is None
    draft = Proposal.objects.get(pk=draft.pk)
    actions.request_endorsement(proposal=draft, by=cast.pi)
    actions.endorse(proposal=draft, by=cast.office)
    assert not TeamMember.objects.filter(proposal=draft).exists()


def test_a_row_needs_somebody_who_agreed(cast: Cast, draft: Proposal) -> None:
    one = ask(draft, NOBODY, "participant", "m1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=one.pk).update(state=InvitationState.ACCEPTED)


@pytest.mark.parametrize(("running", "blocks"), [(1, False), (2, False), (3, True)], ids=["below", "at", "above"])
@pytest.mark.parametrize("is_linked", [True, False])
def test_the_limit_counts_linked_accounts(
    is_linked: bool, running: int, blocks: bool, cast: Cast, call: Call, draft: Proposal
) -> None:
    """Three projects at a time as a main participant, this one included (A19)."""
    for number in range(running):
        other = factories.make_proposal(cast, call, state=ProposalState.APPROVED, number=50 + number, pi=cast.mo)
        TeamMember.objects.create(tenant=cast.anso, proposal=other, user=cast.charlie, is_main=True)
        factories.make_project(other, state=ProjectState.ACTIVE)
    if is_linked:
        link(draft, "m1", cast.charlie)
    found = [
        one for one in findings(Proposal.objects.get(pk=draft.pk), Stage.ENDORSE) if one.code == "concurrent_limit"
    ]
    assert [(one.article, one.field) for one in found] == ([("A19", "participants.m1")] if blocks and is_linked else [])


def test_the_limit_counts_linked_accounts_at_the_award(cast: Cast, call: Call, draft: Proposal) -> None:
    link(draft, "m1", cast.charlie)
    draft = Proposal.objects.get(pk=draft.pk)
    actions.request_endorsement(proposal=draft, by=cast.pi)
    actions.endorse(proposal=draft, by=cast.office)
    assert list(TeamMember.objects.filter(proposal=draft).values_list("user", "is_main")) == [(cast.charlie.pk, True)]
    assert not is_impartial(cast.charlie, draft)


def test_the_page_asks_as_many_questions_for_thirty(
    cast: Cast, draft: Proposal, django_assert_max_num_queries: Any
) -> None:
    client = browser(cast.pi)
    client.get(at("people", draft.pk))
    for n in range(30):
        one = User.objects.create(email=f"w{n}@many.example", name_en=f"Writer {n}")
        actions.answer_invitation(invitation=ask(draft, one.email), by=one, accepts=True)
    with django_assert_max_num_queries(22):
        assert "Writer 29" in client.get(at("people", draft.pk)).content.decode()


def test_each_step_is_on_record(cast: Cast, draft: Proposal) -> None:
    one = link(draft, "m1", cast.charlie)
    actions.end_invitation(invitation=one, by=cast.charlie)
    actions.answer_invitation(invitation=ask(draft, cast.charlie.email), by=cast.charlie, accepts=False)
    events = [event for event in history_of(draft) if event.data.get("invitation")]
    assert [(event.action.split(".")[1], event.actor) for event in events] == [
        ("invite", cast.pi),
        ("consent", cast.charlie),
        ("end_invitation", cast.charlie),
        ("invite", cast.pi),
        ("decline_invitation", cast.charlie),
    ]
    assert all(str(label_of(event.action)) != event.action for event in events)
