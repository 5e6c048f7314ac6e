"""How many projects a call funds (E1): running ones, and the plan's own lines, count together."""

from typing import Any

import pytest

from programs.models import Call
from programs.policy import combine
from proposals.enums import ProposalState
from reviews import actions
from reviews.models import FundingPlan
from reviews.queries.plans import rows_of_plan
from tests import factories
from tests.cast import Cast


def limited(call: Call, maximum: int) -> Call:
    """The call with such a clause in its file."""
    source = f'{call.source}\n[[clauses]]\nkind = "award_count"\narticle = "B4"\nmaximum = {maximum}\n'
    sha256 = combine(call.policy_version.source, source, call.slug, call.shifted_days).sha256
    Call.objects.filter(pk=call.pk).update(source=source, policy_sha256=sha256)
    return Call.objects.get(pk=call.pk)


def found(plan: FundingPlan) -> list[int]:
    """How many findings of this kind each line has."""
    return [sum(one.code == "award_count" for one in row.findings) for row in rows_of_plan(plan)]


@pytest.mark.parametrize(("maximum", "funded_lines"), [(2, [1, 1, 0]), (3, [0, 0, 0])])
def test_funded_before_and_funded_now_count_together(
    cast: Cast, call: Any, maximum: int, funded_lines: list[int]
) -> None:
    call = limited(call, maximum)
    before = factories.make_proposal(cast, call, state=ProposalState.APPROVED, number=9)
    factories.make_project(before)
    plan = actions.start_plan(call=call, by=cast.secretary)
    for number, decision in enumerate(("fund", "fund", "decline"), start=1):
        proposal = factories.make_proposal(cast, call, state=ProposalState.REVIEWING, number=number)
        amount = 100 if decision == "fund" else 0
        actions.put_line(plan=plan, proposal=proposal, by=cast.secretary, decision=decision, amount_fen=amount)
    assert found(plan) == funded_lines
