"""A mid-term evaluation brought to a stage by the real actions."""

from datetime import UTC, date, datetime
from typing import Any

from programs.models import Call
from projects.midterm import actions
from projects.models import MidTerm, MidTermConclusion, Project
from tests.factories import make_project, make_proposal

# The cast's projects run from 2022-01-01 to 2024-12-31.
HALFWAY = datetime(2023, 6, 1, 2, 0, tzinfo=UTC)
IN_AUTUMN = date(2023, 10, 1)
ANSWER = ("report", "science", "finance")


def running(cast: Any, call: Call, number: int = 1, **more: Any) -> Project:
    return make_project(make_proposal(cast, call, state="approved", number=number), state="active", **more)


def drawn(cast: Any, call: Call, number: int = 1, seed: str = "seed") -> list[MidTerm]:
    draw = actions.draw_sample(call=call, number=number, by=cast.secretary, seed=seed)
    return list(draw.midterms.order_by("pk"))


def inspected(cast: Any, project: Project) -> MidTerm:
    return actions.notify_inspection(project=project, by=cast.secretary)


def paper(cast: Any, midterm: MidTerm, kind: str, **more: Any) -> Any:
    by = {"report": cast.pi, "rectification": cast.pi, "inspection": cast.secretary}.get(kind, cast.office)
    given = {"by": by, "result": "on_track", "text": "进展符合任务书要求。"} | more
    return actions.file_opinion(midterm=midterm, kind=kind, **given)


def filed(cast: Any, midterm: MidTerm) -> MidTerm:
    for kind in ("inspection",) if midterm.form == "inspection" else ANSWER:
        paper(cast, midterm, kind)
    midterm.refresh_from_db()
    return midterm


def proposed(cast: Any, midterm: MidTerm, outcome: str, **more: Any) -> MidTermConclusion:
    given = {
        "rectify": {"rectify_by": IN_AUTUMN},
        "adjust": {"amount_fen": 80_000_000},
    }.get(outcome, {}) | {"comment": "第二处站点滞后。"}
    return actions.propose(midterm=midterm, by=cast.secretary, outcome=outcome, **given | more)


def approved(cast: Any, conclusion: MidTermConclusion) -> MidTermConclusion:
    return actions.decide(conclusion=conclusion, by=cast.director, approve=True)
