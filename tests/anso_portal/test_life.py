"""One application of every call that comes with the portal, by the real actions and roles: to the check, some to the end."""

import pytest

from anso_portal.life.stages import live
from core.tenancy import tenant_scope
from programs.policy import builtin_names
from projects.enums import ProjectState
from proposals.enums import ProposalState

pytestmark = pytest.mark.django_db
# Lives to the end: without peer review or a task book, and by other funders' steps.
CLOSED = ["anso/calls/2021-visiting-scholar", "most/calls/2021-intergovernmental", "cast/calls/2021-brand-economy"]
CALLS = [name for name in builtin_names() if "/calls/" in name]


@pytest.mark.parametrize("name", CALLS)
def test_an_application_passes_the_check(name: str) -> None:
    said: list[str] = []
    walk = live(name, until="checked", say=lambda stage, line: said.append(f"{stage}: {line}"))
    with tenant_scope(walk.call.tenant):
        assert walk.proposal.state == ProposalState.CHECKED
        assert walk.proposal.application_number
    assert "audit: the chain is whole" in said


@pytest.mark.parametrize("name", CLOSED)
def test_its_life_ends_in_a_closing_notice(name: str) -> None:
    walk = live(name, until="closed", say=lambda stage, line: None)
    with tenant_scope(walk.call.tenant):
        assert walk.project.state == ProjectState.PASSED
        assert walk.project.grant_number
