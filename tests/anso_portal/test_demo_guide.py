"""The demo's yearly guide is made by the real actions, and lacks nothing."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from anso_portal.life.guide import make_guide
from anso_portal.life.world import make_world
from audit.queries import broken_links
from core import clock
from core.tenancy import tenant_scope
from programs.enums import GuideState
from programs.guides.queries import lacks

pytestmark = pytest.mark.django_db


def test_the_guide_is_in_force_and_whole(client: Client) -> None:
    world = make_world()
    now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    with clock.at(now):
        guide = make_guide(world, clock.today())
        assert guide.state == GuideState.PUBLISHED and guide.published_at < now and lacks(guide.text) == []
        for language in ("en", "zh-hans"):
            client.cookies["django_language"] = language
            assert client.get(f"/anso/guides/{guide.pk}/").status_code == 200
    with tenant_scope(world.anso):
        assert list(broken_links()) == []
