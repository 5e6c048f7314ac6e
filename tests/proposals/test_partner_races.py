"""Two at once around a partner's link, on PostgreSQL; each race with the draft's lock and without."""

from contextlib import nullcontext
from typing import Any

import pytest

from core.tenancy import tenant_scope
from proposals import actions
from proposals.models import PartnerConfirmation, PartnerLink, Proposal
from proposals.queries import draft_dossier
from proposals.queries.partners import hash_of, holds_now
from tests.cast import Cast
from tests.conftest import every_tenant
from tests.factories import make_call, make_proposal
from tests.proposals.helpers import asked
from tests.races import at_once, unlocked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(cast: Cast, clock: Any) -> Proposal:
    """A draft, committed."""
    with tenant_scope(cast.anso):
        return make_proposal(cast, make_call(cast.anso, cast.secretary))


@pytest.mark.parametrize("is_locked", [True, False], ids=["with its lock", "without"])
def test_a_double_click_confirms_once(is_locked: bool, cast: Cast, draft: Proposal) -> None:
    with tenant_scope(cast.anso):
        link, seen = asked(draft, "ke"), hash_of(draft_dossier(draft)[0], "ke")

    def confirm() -> PartnerConfirmation:
        return actions.confirm_part(link=link, seen_sha256=seen, name="Amina Yusuf", position="Dean")

    with nullcontext() if is_locked else unlocked(Proposal):
        at_once(cast.anso, confirm, confirm)
    with every_tenant():
        assert PartnerConfirmation.objects.count() == (1 if is_locked else 2)


def test_a_second_link_leaves_one_that_holds(cast: Cast, draft: Proposal) -> None:
    answers = at_once(cast.anso, lambda: asked(draft, "ke"), lambda: asked(draft, "ke"))
    assert all(isinstance(answer, PartnerLink) for answer in answers), answers
    with every_tenant():
        assert sorted(holds_now(link) for link in PartnerLink.objects.select_related("proposal")) == [False, True]
