"""Two secretaries draw the same candidate into the same call, on PostgreSQL; with the candidate's lock and without."""

from contextlib import nullcontext
from typing import Any

import pytest

from core.tenancy import tenant_scope
from programs.pool.actions import draw_candidate
from programs.pool.models import Candidate, CandidateDraw
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.programs.candidates import candidate
from tests.programs.targeted import targeted
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_a_candidate_is_drawn_once(is_locked: bool, cast: Cast, clock: Any) -> None:
    """Without the lock the second meets the unique constraint, an error page instead of a reason."""
    with tenant_scope(cast.anso):
        call, row = targeted(cast), candidate(cast, institution=cast.lead)

    def draw() -> CandidateDraw:
        return draw_candidate(candidate=row, call=call, by=cast.secretary)

    with nullcontext() if is_locked else unlocked(Candidate):
        answers = at_once(cast.anso, draw, draw)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["CandidateDraw", "Refused" if is_locked else "IntegrityError"], answers
    with every_tenant():
        assert CandidateDraw.objects.count() == 1
