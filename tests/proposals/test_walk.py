"""The first half of the walk by its actions: draft, return, correction, endorsement, check."""

import pytest

from audit.queries import broken_links, history_of
from core.tenancy import tenant_scope
from programs.dossier import Dossier, diff, sha256_of
from programs.queries import effective_policy
from proposals import actions
from proposals.enums import CheckDecision, ProposalState
from proposals.queries import dossier_of_version, handed_in_before
from tests.cast import Cast
from tests.factories import make_call
from tests.proposals.helpers import complete_draft, passed_points

pytestmark = pytest.mark.django_db


def test_a_draft_walks_to_the_check(cast: Cast, clock: object) -> None:
    with tenant_scope(cast.anso):
        call = make_call(cast.anso, cast.secretary)
        proposal = complete_draft(cast, call)
        actions.request_endorsement(proposal=proposal, by=cast.pi)
        actions.return_to_pi(
            proposal=proposal, by=cast.office, comment="请补充", field_comments={"abstract_zh": "太短"}
        )
        proposal.refresh_from_db()
        data = {**proposal.draft, "abstract_zh": "更长的摘要"}
        actions.save_draft(proposal=proposal, by=cast.pi, data=data, revision=proposal.revision)
        actions.request_endorsement(proposal=proposal, by=cast.pi)
        before, after = handed_in_before(proposal)
        assert before and after
        changes = diff(
            Dossier.model_validate_json(before.dossier_json), Dossier.model_validate_json(after.dossier_json)
        )
        assert [change.path for change in changes] == ["abstract_zh"]
        version = actions.endorse(proposal=proposal, by=cast.office)
        proposal.refresh_from_db()
        assert version is not None
        assert version.sha256 == sha256_of(dossier_of_version(version))
        assert proposal.application_number == "ANSO-2021-JR-0001"
        actions.decide_check(
            proposal=proposal,
            by=cast.secretary,
            decision=CheckDecision.PASS,
            points=passed_points(effective_policy(call)),
            reason="",
        )
        proposal.refresh_from_db()
        assert proposal.state == ProposalState.CHECKED
        assert not list(broken_links())
        assert [event.action for event in history_of(proposal) if "attach" not in event.action] == [
            "proposal.create",
            "proposal.hand_in",
            "proposal.return",
            "proposal.hand_in",
            "proposal.endorse",
            "proposal.check_pass",
        ]
