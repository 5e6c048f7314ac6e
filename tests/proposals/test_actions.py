"""Every action in every state by everybody: who may is answered, the others learn nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotVisible, Refused, StaleRevision, WrongState
from notifications.models import Notice, Reminder
from programs.models import Call
from programs.queries import effective_policy
from proposals import actions
from proposals.enums import OPEN_STATES, CheckDecision
from proposals.enums import ProposalState as S
from proposals.models import Attachment, HandedIn, Proposal, ProposalVersion, TeamMember
from proposals.queries import draft_dossier, get_visible, visible_to
from tests.cast import Cast
from tests.factories import make_proposal
from tests.proposals.helpers import complete_draft, fill, let_write, link, passed_points

pytestmark = pytest.mark.django_db

EVERYONE = (
    "pi", "office", "secretary", "finance", "director", "host", "reviewer1", "conflicted", "expert1", "charlie",
    "sibling_office", "stranger", "mo", "mo_director",
)  # fmt: skip
Act = Callable[[Proposal, Any, Call], Any]


def _check(decision: str, reason: str = "r") -> Act:
    return lambda proposal, by, call: actions.decide_check(
        proposal=proposal,
        by=by,
        decision=decision,
        points=passed_points(effective_policy(call)),
        reason=reason,
        article="A18",
    )


# action → (does it, who may, in which states, which state follows)
MATRIX: dict[str, tuple[Act, str, tuple[str, ...], str]] = {
    "save": (
        lambda p, by, call: actions.save_draft(proposal=p, by=by, data=p.draft, revision=p.revision),
        "pi", (S.DRAFT,), S.DRAFT,
    ),
    "hand_in": (lambda p, by, call: actions.request_endorsement(proposal=p, by=by), "pi", (S.DRAFT,), S.ENDORSING),
    "take_back": (lambda p, by, call: actions.take_back(proposal=p, by=by), "pi", (S.ENDORSING,), S.DRAFT),
    "return": (
        lambda p, by, call: actions.return_to_pi(proposal=p, by=by, comment="c", field_comments={}),
        "office", (S.ENDORSING,), S.DRAFT,
    ),
    "endorse": (lambda p, by, call: actions.endorse(proposal=p, by=by), "office", (S.ENDORSING,), S.SUBMITTED),
    "pass": (_check(CheckDecision.PASS), "secretary", (S.SUBMITTED,), S.CHECKED),
    "send_back": (_check(CheckDecision.RETURN), "secretary", (S.SUBMITTED,), S.DRAFT),
    "invalid": (_check(CheckDecision.INVALID), "secretary", (S.SUBMITTED,), S.INVALID),
    "withdraw": (lambda p, by, call: actions.withdraw(proposal=p, by=by, reason=""), "pi", OPEN_STATES, S.WITHDRAWN),
}  # fmt: skip


def in_state(cast: Cast, call: Call, state: str) -> Proposal:
    """A proposal in `state` with everything that handing in asks for."""
    proposal = make_proposal(cast, call, state=S.DRAFT)
    proposal = fill(proposal, cast)
    received = state not in (S.DRAFT, S.ENDORSING)
    made = make_proposal(
        cast, call, state=state, number=2, draft=proposal.draft, revision=proposal.revision,
        dossier=draft_dossier(proposal)[0],
    ) if received or state == S.ENDORSING else proposal  # fmt: skip
    if made.pk != proposal.pk:
        Attachment.objects.filter(proposal=proposal).update(proposal=made)
        HandedIn.objects.create(
            tenant=made.tenant, proposal=made, round=1, sha256="0" * 64, handed_in_at=made.updated_at, handed_in_by=made.pi,
            dossier_json=draft_dossier(made)[0].model_dump_json(),
        )  # fmt: skip
    return made


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("action", MATRIX)
def test_every_action_in_every_state(cast: Cast, call: Call, action: str, state: str) -> None:
    act, who, states, following = MATRIX[action]
    proposal = in_state(cast, call, state)
    if state in states:
        act(proposal, cast.people[who], call)
        proposal.refresh_from_db()
        assert proposal.state == following
        return
    with pytest.raises((WrongState, NotVisible)):
        act(proposal, cast.people[who], call)
    proposal.refresh_from_db()
    assert proposal.state == state


@pytest.mark.parametrize("name", EVERYONE)
@pytest.mark.parametrize("action", MATRIX)
def test_nobody_else_may(cast: Cast, call: Call, action: str, name: str) -> None:
    act, who, states, _ = MATRIX[action]
    if name == who:
        return
    proposal = in_state(cast, call, states[0])
    with pytest.raises(NotVisible):
        act(proposal, cast.people[name], call)
    proposal.refresh_from_db()
    assert proposal.state == states[0]


SEES = {
    S.DRAFT: {"pi"},
    S.ENDORSING: {"pi", "office"},
}
RECEIVED = {"pi", "office", "secretary", "finance", "director"}


@pytest.mark.parametrize("state", list(S))
def test_who_sees_it_in_every_state(cast: Cast, call: Call, state: str) -> None:
    proposal = in_state(cast, call, state)
    seen = {name for name in EVERYONE if visible_to(cast.people[name]).filter(pk=proposal.pk).exists()}
    assert seen == SEES.get(S(state), RECEIVED)
    for name in EVERYONE:
        if name in seen:
            assert get_visible(cast.people[name], proposal.pk) == proposal
        else:
            with pytest.raises(NotVisible):
                get_visible(cast.people[name], proposal.pk)


# ---------------------------------------------------------------- drafting
def test_a_stale_save_gets_the_newer_draft_back(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    with pytest.raises(StaleRevision) as stale:
        actions.save_draft(proposal=proposal, by=cast.pi, data={"title_zh": "旧"}, revision=proposal.revision - 1)
    assert stale.value.current_revision == proposal.revision
    assert stale.value.current == proposal.draft


@pytest.mark.parametrize(
    "data",
    [
        {"title_zh": "a\x00b\ud800c"},
        {"title_zh": 5, "budget_lines": "no", "parties": [1, None, {"key": None}], "start_date": "yesterday"},
        {"budget_lines": [{"key": "l1", "amount_fen": float("nan")}, {"key": "l1", "amount_fen": 1e400}]},
        {"budget_lines": [{"key": "l1", "amount_fen": text} for text in ("1e9", "-1", "100万", "=cmd()")]},
        {"pi": "me", "lead": [], "attachments": {"a": 1}, "\x00": {"\ud800": "x"}},
        {"parties": [{"key": "p1", "institution_id": 10**30}, {"key": "p2", "institution_id": 999999}]},
        {"participants": [{"key": "x", "name": "N", "user_id": 999999}]},
        {},
    ],
)  # fmt: skip
def test_whatever_is_typed_is_kept_and_breaks_nothing(cast: Cast, call: Call, data: dict[str, Any]) -> None:
    proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    saved = actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=0)
    saved.refresh_from_db()
    assert saved.revision == 1
    dossier, _ = draft_dossier(saved)
    assert dossier.lead.institution_id == cast.lead.pk
    with pytest.raises(Refused):
        actions.request_endorsement(proposal=saved, by=cast.pi)


def test_absurdly_deep_data_is_refused(cast: Cast, call: Call) -> None:
    proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    data: dict[str, Any] = {}
    for _ in range(200):
        data = {"x": data}
    with pytest.raises(Refused):
        actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=0)


def test_posted_facts_do_not_replace_known_ones(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    forged = {
        **proposal.draft,
        "lead": {"institution_id": cast.university.pk, "is_cas_institute": True, "kind": "cas_institute"},
        "attachments": [{"key": "a9", "kind": "stamped_pdf", "filename": "x.pdf", "sha256": "0" * 64}],
        "pi": {**proposal.draft["pi"], "user_id": cast.charlie.pk, "institution_id": cast.sibling.pk},
    }
    saved = actions.save_draft(proposal=proposal, by=cast.pi, data=forged, revision=proposal.revision)
    dossier, _ = draft_dossier(saved)
    assert dossier.lead.institution_id == cast.lead.pk
    assert dossier.pi.user_id == cast.pi.pk
    assert dossier.pi.institution_id == cast.lead.pk
    assert {row.key for row in dossier.attachments} == {
        f"a{pk}" for pk in saved.attachments.values_list("pk", flat=True)
    }


def test_a_draft_needs_an_own_institution_and_an_open_call(cast: Cast, call: Call, clock: Any) -> None:
    with pytest.raises(Refused):
        actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.sibling)
    clock.set(call.closes_at)
    with pytest.raises(Refused):
        actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)


def test_a_co_writer_writes_but_does_not_hand_in(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    let_write(proposal, cast.charlie)
    saved = actions.save_draft(proposal=proposal, by=cast.charlie, data=proposal.draft, revision=proposal.revision)
    assert visible_to(cast.charlie).filter(pk=proposal.pk).exists()
    with pytest.raises(NotVisible):
        actions.request_endorsement(proposal=saved, by=cast.charlie)
    with pytest.raises(NotVisible):
        actions.invite(proposal=saved, by=cast.charlie, purpose="co_writer", email=cast.stranger.email)
    actions.forbid_co_writer(proposal=proposal, by=cast.pi, user=cast.charlie)
    assert not visible_to(cast.charlie).filter(pk=proposal.pk).exists()


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("stamped_pdf", "a.pdf", b"MZ not a pdf"),
        ("stamped_pdf", "a.exe", b"%PDF-1.4"),
        ("proposal_word", "a.docx", b"PK\x03\x04broken"),
        ("nothing", "a.pdf", b"%PDF-1.4"),
        ("stamped_pdf", "", b""),
    ],
)
def test_a_wrong_file_is_refused(cast: Cast, call: Call, kind: str, name: str, data: bytes) -> None:
    proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    with pytest.raises(Refused) as refusal:
        actions.attach_file(proposal=proposal, by=cast.pi, kind=kind, party_key="", filename=name, data=data)
    assert refusal.value.findings[0].message_zh
    assert not proposal.attachments.exists()


# ---------------------------------------------------------------- rounds
def test_handing_in_lists_everything_that_is_missing(cast: Cast, call: Call) -> None:
    proposal = actions.create_draft(call=call, pi=cast.pi, lead_institution=cast.lead)
    with pytest.raises(Refused) as refusal:
        actions.request_endorsement(proposal=proposal, by=cast.pi)
    articles = {finding.article for finding in refusal.value.findings}
    assert {"A18", "B2.2", "B3", "B5", "B6"} <= articles
    proposal.refresh_from_db()
    assert proposal.state == S.DRAFT


def test_a_correction_after_the_check_keeps_number_and_first_receipt(cast: Cast, call: Call, clock: Any) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    first = actions.endorse(proposal=proposal, by=cast.office)
    _check(CheckDecision.RETURN, "缺页")(proposal, cast.secretary, call)
    clock.set(call.closes_at)
    clock.forward(days=3)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    second = actions.endorse(proposal=proposal, by=cast.office)
    proposal.refresh_from_db()
    assert first is not None and second is not None
    assert (second.number, proposal.application_number) == (2, "ANSO-2021-JR-0001")
    assert proposal.received_at == first.received_at < call.closes_at <= second.received_at
    _check(CheckDecision.PASS)(proposal, cast.secretary, call)


def test_the_frozen_version_never_follows_the_draft(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    version = actions.endorse(proposal=proposal, by=cast.office)
    assert version is not None
    with pytest.raises(Exception, match="append-only"):
        ProposalVersion.objects.filter(pk=version.pk).update(sha256="1" * 64)


def test_receipts_go_to_the_pi_and_the_office_once(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    receipts = Notice.objects.filter(kind="receipt")
    assert {notice.user_id for notice in receipts} == {cast.pi.pk, cast.office.pk}
    assert all("ANSO-2021-JR-0001" in notice.body_zh and "Asia/Shanghai" in notice.body_en for notice in receipts)


def test_reminders_come_before_the_deadline_and_end_when_it_is_done(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    pending = Reminder.objects.filter(sent_at=None, cancelled_at=None)
    assert [(call.closes_at - row.due_at).days for row in pending.order_by("due_at")] == [7, 3, 1]
    assert {row.user_id for row in pending.all()} == {cast.pi.pk}
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    assert {row.user_id for row in pending.all()} == {cast.office.pk}
    actions.return_to_pi(proposal=proposal, by=cast.office, comment="c", field_comments={})
    assert {row.user_id for row in pending.all()} == {cast.pi.pk}
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    assert not pending.all().exists()


def test_the_team_counts_for_the_limit(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    data = {**proposal.draft}
    data["participants"] = [
        {"key": "m1", "name": "A", "role": "r", "is_main": True, "party_key": "lead"},
        {"key": "m2", "name": "B", "role": "r", "is_main": True, "user_id": cast.stranger.pk, "party_key": "lead"},
        {"key": "m3", "name": "C", "role": "r", "is_main": True, "user_id": 999999, "party_key": "lead"},
    ]
    proposal = actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)
    link(proposal, "m1", cast.charlie)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    assert list(TeamMember.objects.values_list("user_id", "is_main")) == [(cast.charlie.pk, True)]


def test_a_pass_needs_every_point(cast: Cast, call: Call) -> None:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    actions.endorse(proposal=proposal, by=cast.office)
    points = passed_points(effective_policy(call))
    points["stamped"] = {"ok": "yes"}
    with pytest.raises(Refused) as refusal:
        actions.decide_check(proposal=proposal, by=cast.secretary, decision="pass", points=points, reason="")
    assert [(one.article, one.field) for one in refusal.value.findings] == [("B6", "points.stamped")]


def test_states_named_here_are_those_of_the_layers_above() -> None:
    from projects.enums import RUNNING_STATES
    from proposals.queries.content import RUNNING
    from proposals.queries.visibility import READING
    from reviews.enums import READING_STATES

    assert set(RUNNING) == set(RUNNING_STATES)
    assert set(READING) == set(READING_STATES)
