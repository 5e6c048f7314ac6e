"""Two writers take filled files at once, on PostgreSQL; the race with the draft's lock and without."""

from contextlib import nullcontext
from copy import copy
from typing import Any

import pytest

from accounts.models import User
from core.tenancy import tenant_scope
from proposals.forms.desk import Desk
from proposals.forms.saving import save_onto
from proposals.models import Proposal
from proposals.office.changes import Change, taken
from proposals.office.files import WORD, plan_of
from proposals.office.texts import EMPTY
from tests.cast import Cast
from tests.factories import make_call, make_proposal
from tests.proposals.helpers import let_write
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_neither_loses_what_the_other_took(is_locked: bool, cast: Cast, clock: Any) -> None:
    with tenant_scope(cast.anso):
        draft = make_proposal(cast, make_call(cast.anso, cast.secretary))
        draft.draft = {"pi": {}, "budget_lines": []}
        draft.save()
        let_write(draft, cast.charlie)

    def take(by: User, name: str) -> Proposal:
        change = Change(name, "", "changed", {name: by.email}, marks={name: EMPTY})
        plan = plan_of(Desk(copy(draft)), WORD)
        return save_onto(proposal=copy(draft), by=by, change=lambda now: taken(now, [change], plan))

    with nullcontext() if is_locked else unlocked(Proposal):
        answers = at_once(
            cast.anso, lambda: take(cast.pi, "title_en"), lambda: take(cast.charlie, "budget_lines.b1.name")
        )
    assert {type(answer) for answer in answers} == {Proposal}, answers
    with tenant_scope(cast.anso):
        draft.refresh_from_db()
    kept = [draft.draft.get("title_en") == cast.pi.email, bool(draft.draft["budget_lines"])]
    assert kept.count(True) == (2 if is_locked else 1), draft.draft
