"""Two of the secretariat at once at one sanction, on PostgreSQL: once on record, once lifted, the audit chain whole."""

from typing import Any

import pytest

from audit.models import Event
from audit.queries import broken_links
from core.tenancy import tenant_scope
from proposals.actions.sanctioning import lift_sanction
from proposals.models import Sanction, SanctionLift
from tests.cast import Cast, build_cast
from tests.proposals.bans import banned
from tests.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(clock: Any) -> Cast:
    return build_cast()


def outcome(answers: list[Any]) -> list[str]:
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in answers)


def test_recorded_once(cast: Cast) -> None:
    answers = at_once(cast.anso, *(lambda: banned(cast.anso, cast.secretary, cast.sibling) for _ in range(2)))
    assert outcome(answers) == ["Refused", "done"]
    with tenant_scope(cast.anso):
        assert (Sanction.objects.count(), Event.objects.filter(action="sanction.record").count()) == (1, 1)
        assert not list(broken_links())


def test_lifted_once(cast: Cast) -> None:
    with tenant_scope(cast.anso):
        row = banned(cast.anso, cast.secretary, cast.sibling)
    answers = at_once(
        cast.anso, *(lambda: lift_sanction(sanction=row, by=cast.secretary, reason="why") for _ in range(2))
    )
    assert outcome(answers) == ["WrongState", "done"]
    with tenant_scope(cast.anso):
        assert (SanctionLift.objects.count(), Event.objects.filter(action="sanction.lift").count()) == (1, 1)
        assert not list(broken_links())
