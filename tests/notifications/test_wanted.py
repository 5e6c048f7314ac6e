"""Nobody is reminded of what is done, withdrawn, or no longer theirs: asked when due, and again when the mail goes out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from acceptance.models import Acceptance
from accounts.enums import Role
from accounts.models import Affiliation, Membership, User
from core import clock as portal_clock
from core.tenancy import tenant_scope
from notifications import wanted
from notifications.actions import notify
from notifications.dispatch import try_effect
from notifications.models import Effect, Reminder
from notifications.reminders import send_due
from programs.models import Call
from projects.enums import ProjectState
from projects.models import Project
from proposals import actions
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews.models import Assignment, Conflict
from tests.acceptance import stages
from tests.cast import Cast
from tests.factories import make_call, make_proposal
from tests.projects.world import being_signed, in_review, start
from tests.proposals.helpers import complete_draft
from tests.reviews.helpers import accepted, pool_of

Make = Callable[[Cast, Call], Any]


@pytest.fixture
def call(anso: Any, cast: Cast, clock: Any) -> Call:
    return make_call(cast.anso, cast.secretary)


# ---------------------------------------------------------------- one pending reminder of each sort, by its own action
def draft(cast: Cast, call: Call) -> Any:
    return complete_draft(cast, call)


def endorsing(cast: Cast, call: Call) -> Any:
    proposal = complete_draft(cast, call)
    actions.request_endorsement(proposal=proposal, by=cast.pi)
    return proposal


def review(cast: Cast, call: Call) -> Any:
    proposal = make_proposal(cast, call, state=ProposalState.CHECKED)
    return accepted(cast, proposal, pool_of(cast)["reviewer1"])


def book_due(cast: Cast, call: Call) -> Any:
    call.delete()
    return start(cast)


def book_review(cast: Cast, call: Call) -> Any:
    call.delete()
    return in_review(cast)


def signature(cast: Cast, call: Call) -> Any:
    from projects.actions.signing import ask_for_signature
    from projects.queries import policy_of

    project = being_signed(cast, call, signed=2)
    ask_for_signature(project, policy_of(project), signed=2)
    return project


def acceptance(cast: Cast, call: Call) -> Any:
    call.delete()
    project = stages.project_of(cast, cast.anso)
    with portal_clock.at(portal_clock.start_of_day(project.end_date + timedelta(days=2))):
        return stages.notified(cast, project)


# ---------------------------------------------------------------- what takes the point away
def leave_office(cast: Cast) -> None:
    Affiliation.objects.filter(user=cast.office).update(until_date=portal_clock.today() - timedelta(days=1))


def lose(name: str, role: str) -> Callable[[Cast], None]:
    return lambda cast: Membership.objects.filter(user=cast.people[name], role=role).delete() and None


def conflict(cast: Cast) -> None:
    row = Assignment.objects.get()
    Conflict.objects.create(
        tenant=cast.anso,
        proposal=row.proposal,
        user=cast.reviewer1,
        kind="institution",
        source="computed",
        evidence_zh="x",
        evidence_en="x",
    )


def state(model: Any, value: str) -> Callable[[Cast], None]:
    return lambda cast: model.objects.update(state=value) and None


CASES: list[tuple[Make, str, Callable[[Cast], None]]] = [
    (draft, "pi", state(Proposal, ProposalState.WITHDRAWN)),
    (draft, "pi", state(Proposal, ProposalState.ENDORSING)),
    (endorsing, "office", state(Proposal, ProposalState.WITHDRAWN)),
    (endorsing, "office", state(Proposal, ProposalState.SUBMITTED)),
    (endorsing, "office", leave_office),
    (review, "reviewer1", state(Proposal, ProposalState.WITHDRAWN)),
    (review, "reviewer1", state(Assignment, "declined")),
    (review, "reviewer1", lose("reviewer1", Role.REVIEWER)),
    (review, "reviewer1", conflict),
    (book_due, "pi", state(Project, ProjectState.BOOK_REVIEW)),
    (book_review, "secretary", state(Project, ProjectState.SIGNING)),
    (book_review, "secretary", lose("secretary", Role.SECRETARY)),
    (book_review, "expert1", lose("expert1", Role.FINANCE_EXPERT)),
    (signature, "secretary", lose("secretary", Role.SECRETARY)),
    (signature, "secretary", state(Project, ProjectState.TERMINATED)),
    (acceptance, "office", leave_office),
    (acceptance, "office", state(Acceptance, "concluded")),
]  # fmt: skip
NAMES = [f"{make.__name__}-{who}-{number}" for number, (make, who, _) in enumerate(CASES)]


def due_now(person: User) -> Reminder:
    """The person's last reminder comes due at this moment; all others are out of the way."""
    row = Reminder.objects.filter(user=person, sent_at=None, cancelled_at=None).order_by("due_at").first()
    assert row is not None
    Reminder.objects.exclude(pk=row.pk).update(cancelled_at=timezone.now())
    return row


@pytest.mark.parametrize(("make", "who", "event"), CASES, ids=NAMES)
def test_what_has_lost_its_point_is_not_sent(
    cast: Cast, call: Call, make: Make, who: str, event: Callable[[Cast], None]
) -> None:
    make(cast, call)
    row = due_now(cast.people[who])
    with portal_clock.at(row.due_at):
        event(cast)
        assert send_due() == 0
    row.refresh_from_db()
    assert row.cancelled_at is not None


@pytest.mark.parametrize(
    ("make", "who"), sorted({(m, w) for m, w, _ in CASES}, key=lambda one: (one[0].__name__, one[1]))
)
def test_what_still_has_its_point_is(cast: Cast, call: Call, make: Make, who: str) -> None:
    make(cast, call)
    row = due_now(cast.people[who])
    with portal_clock.at(row.due_at):
        assert send_due() == 1


@pytest.mark.parametrize(("make", "who", "event"), CASES, ids=NAMES)
def test_what_loses_its_point_while_its_mail_waits_is_not_mailed(
    cast: Cast, call: Call, make: Make, who: str, event: Callable[[Cast], None]
) -> None:
    make(cast, call)
    row = due_now(cast.people[who])
    with portal_clock.at(row.due_at):
        send_due()
        effect = Effect.objects.filter(kind="mail", payload__reminder=row.pk).get()
        event(cast)
        assert try_effect(cast.anso, effect.pk)
    assert mail.outbox == []


def test_a_closed_account_gets_no_mail_that_waited(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        notify(tenant=cast.anso, to=[cast.pi, cast.office], kind="k", key="k", title_zh="消息", title_en="News")
        effects = list(Effect.objects.order_by("pk").values_list("pk", flat=True))
    User.objects.filter(pk=cast.pi.pk).update(is_active=False)
    for pk in effects:
        try_effect(cast.anso, pk)
    assert [message.to for message in mail.outbox] == [[cast.office.email]]


def test_everything_that_reminds_has_somebody_to_judge_it() -> None:
    assert wanted.registered() == {
        "programs.guide",
        "proposals.proposal",
        "reviews.assignment",
        "projects.project",
        "projects.midterm",
        "acceptance.acceptance",
    }
