"""Two at once around an invitation, on PostgreSQL; each race with the proposal's lock and without."""

from contextlib import nullcontext
from typing import Any

import pytest

from core.errors import Refused, WrongState
from core.tenancy import tenant_scope
from proposals import actions
from proposals.models import Invitation, Proposal, ProposalUserObjectPermission
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.factories import make_call, make_proposal
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(cast: Cast, clock: Any) -> Proposal:
    """A draft, committed."""
    with tenant_scope(cast.anso):
        return make_proposal(cast, make_call(cast.anso, cast.secretary))


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_one_address_is_asked_once(is_locked: bool, cast: Cast, draft: Proposal) -> None:
    """Without the lock the second click meets the unique constraint, an error page instead of a reason."""

    def ask() -> Invitation:
        return actions.invite(proposal=draft, by=cast.pi, purpose="co_writer", email="charlie@demo.example")

    with nullcontext() if is_locked else unlocked(Proposal):
        answers = at_once(cast.anso, ask, ask)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == (["Invitation", "Refused"] if is_locked else ["IntegrityError", "Invitation"]), answers
    for answer in answers:
        if isinstance(answer, Refused):
            assert [one.code for one in answer.findings] == ["asked_already"]


def test_an_invitation_taken_back_while_it_is_accepted_leaves_no_right(cast: Cast, draft: Proposal) -> None:
    """Whichever comes first: no co-writer is left with a right that the applicant took back."""
    for _ in range(3):
        with tenant_scope(cast.anso):
            one = actions.invite(proposal=draft, by=cast.pi, purpose="co_writer", email=cast.charlie.email)
        answers = at_once(
            cast.anso,
            lambda one=one: actions.answer_invitation(invitation=one, by=cast.charlie, accepts=True),  # type: ignore[misc]
            lambda one=one: actions.end_invitation(invitation=one, by=cast.pi),  # type: ignore[misc]
        )
        assert all(isinstance(answer, (Invitation, WrongState)) for answer in answers), answers
        with every_tenant():
            assert Invitation.objects.get(pk=one.pk).state == "ended"
            assert not ProposalUserObjectPermission.objects.exists()
