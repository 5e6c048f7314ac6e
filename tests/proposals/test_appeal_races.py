"""Two tabs and two secretaries at once, on PostgreSQL; and without the lock, to show what it is for."""

from contextlib import nullcontext
from typing import Any

import pytest

from accounts.enums import Role
from accounts.models import Membership
from core.errors import WrongState
from core.tenancy import tenant_scope
from notifications.models import Notice
from proposals import actions
from proposals.actions.appealing import decide_appeal, file_appeal
from proposals.enums import ProposalState as S
from proposals.models import Appeal, Proposal
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.factories import make_call, make_proposal
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invalid(cast: Cast, clock: Any) -> Proposal:
    for user in (cast.charlie, cast.stranger):
        Membership.objects.create(user=user, tenant=cast.anso, role=Role.SECRETARY)
    with tenant_scope(cast.anso):
        row = make_proposal(cast, make_call(cast.anso, cast.secretary), state=S.SUBMITTED)
        actions.decide_check(
            proposal=row, by=cast.secretary, decision="invalid", points={}, reason="No.", article="A18"
        )
    return row


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_tabs_hand_in_one_appeal(cast: Cast, invalid: Proposal, is_locked: bool) -> None:
    def file() -> Appeal:
        return file_appeal(proposal=invalid, by=cast.pi, reason="It is sealed.")

    with nullcontext() if is_locked else unlocked(Proposal):
        answers = at_once(cast.anso, file, file)
    expected = {"Appeal", WrongState.__name__} if is_locked else {"Appeal", "IntegrityError"}
    assert {type(one).__name__ for one in answers} == expected, answers


@pytest.mark.parametrize("is_locked", [True, False])
def test_two_secretaries_decide_once(cast: Cast, invalid: Proposal, is_locked: bool) -> None:
    with tenant_scope(cast.anso):
        appeal = file_appeal(proposal=invalid, by=cast.pi, reason="It is sealed.")

    def decide(by: Any, grants: bool) -> Appeal:
        return decide_appeal(appeal=appeal, by=by, grants=grants, article="A20", reason="So it is.")

    with nullcontext() if is_locked else unlocked(Proposal, Appeal):
        answers = at_once(cast.anso, lambda: decide(cast.charlie, True), lambda: decide(cast.stranger, False))
    with every_tenant():
        told = Notice.objects.filter(kind="appeal-decided", user=cast.pi).count()
    kinds = sorted(type(one).__name__ for one in answers)
    if is_locked:
        assert kinds == ["Appeal", "WrongState"] and told == 1, answers
    else:
        assert "WrongState" not in kinds, "without the lock the second gets an error page in place of a reason"
