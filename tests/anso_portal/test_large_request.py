"""The life of a request above five million: through its panel to a task book (A22)."""

from datetime import timedelta
from typing import Any

import pytest

from anso_portal.life.panels import needs_panel, review_around_panel
from anso_portal.life.stages import _walk_for
from anso_portal.life.together import plan_and_approve
from anso_portal.life.walk import Walk
from anso_portal.life.world import make_pool, make_world
from core import clock as portal_clock
from core.errors import Refused
from core.tenancy import tenant_scope
from programs.actions import open_call, publish_call
from programs.models import PolicyVersion
from programs.policy import builtin_text, combine
from projects.enums import ProjectState
from projects.models import Project
from reviews.enums import ReviewKind
from tests.factories import OPENS_AT
from tests.reviews.panels import larger

WAN = 1_000_000


def walk_of(total_wan: int) -> Walk:
    """A walk through the 2021 call, made to take up to nine million."""
    with portal_clock.at(OPENS_AT - timedelta(days=30)):
        world = make_world()
        make_pool(world)
    secretary = world.people["secretary"]
    with portal_clock.at(OPENS_AT), tenant_scope(world.anso):
        call = open_call(tenant=world.anso, source=larger(builtin_text("anso/calls/2021-joint-research")), by=secretary)
        version = call.policy_version
        call.policy_version = PolicyVersion.objects.create(
            tenant=world.anso,
            programme=call.programme,
            number=version.number + 1,
            source=larger(version.source),
            sha256="1" * 64,
            created_by=secretary,
        )
        call.policy_sha256 = combine(call.policy_version.source, call.source).sha256
        call.save()
        call = publish_call(call=call, by=secretary)
    walk = _walk_for(world, call)
    walk.total_fen = total_wan * WAN
    return walk


@pytest.mark.slow
@pytest.mark.parametrize(("total_wan", "needed"), [(500, False), (501, True)])
def test_a_large_request_walks_through_its_panel(total_wan: int, needed: bool, db: Any) -> None:
    walk = walk_of(total_wan)
    walk.draft()
    walk.hand_in()
    walk.endorse()
    walk.check()
    assert walk.proposal.requested_fen == total_wan * WAN
    assert needs_panel(walk) is needed
    if needed:
        with pytest.raises(Refused) as refusal:
            walk.assign(kinds=[ReviewKind.FINANCE])
        assert {(one.code, one.article) for one in refusal.value.findings} >= {("panel_above", "A22")}
    review_around_panel(walk)
    plan_and_approve([walk])
    with tenant_scope(walk.call.tenant):
        assert Project.objects.get(proposal=walk.proposal).state == ProjectState.BOOK_DRAFTING
