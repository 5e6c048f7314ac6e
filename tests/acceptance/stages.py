"""An acceptance brought to a stage by the real actions."""

from datetime import UTC, datetime
from typing import Any

from acceptance import actions
from acceptance.models import Acceptance, Conclusion
from projects.models import Project
from tests.factories import make_call, make_project, make_proposal

# The cast's project ends on 2024-12-31; a week later its term is over.
AFTER_TERM = datetime(2025, 1, 7, 2, 0, tzinfo=UTC)
EVIDENCE = [{"code": "goals_unmet", "article": "A33.1", "evidence": "两项指标未完成。"}]


def project_of(cast: Any, tenant: Any, **more: Any) -> Project:
    proposal = make_proposal(cast, make_call(tenant, cast.secretary), state="approved")
    return make_project(proposal, state=more.pop("state", "active"), **more)


def notified(cast: Any, project: Project) -> Acceptance:
    return actions.send_notice(project=project, by=cast.secretary)


def opinion(cast: Any, acceptance: Acceptance, kind: str, **more: Any) -> Any:
    given = {"by": cast.office, "result": "pass", "text": "同意通过验收。", "organised_as": "panel"} | more
    return actions.file_opinion(acceptance=acceptance, kind=kind, **given)


def filed(cast: Any, project: Project) -> Acceptance:
    acceptance = notified(cast, project)
    opinion(cast, acceptance, "science")
    opinion(cast, acceptance, "finance")
    acceptance.refresh_from_db()
    return acceptance


def published(cast: Any, project: Project, **more: Any) -> Any:
    given = {"title": "冰川变化", "channel": "ANSO 网站", "published_date": AFTER_TERM.date(), "by": cast.pi} | more
    return actions.record_public_result(project=project, **given)


def proposed(cast: Any, project: Project, outcome: str = "pass") -> Conclusion:
    acceptance = filed(cast, project)
    published(cast, project)
    reasons = EVIDENCE if outcome == "fail" else []
    return actions.propose_conclusion(acceptance=acceptance, by=cast.secretary, outcome=outcome, reasons=reasons)
