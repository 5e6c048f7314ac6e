"""Where a proposal stands in its life, and what a person can do with it now."""

from dataclasses import dataclass, field
from typing import Any

from programs.findings import Stage
from proposals.enums import OPEN_STATES
from proposals.enums import ProposalState as S
from proposals.models import Proposal
from proposals.queries.content import findings, problem_findings
from proposals.queries.history import Shown
from proposals.queries.visibility import Access


@dataclass(frozen=True)
class Options:
    """What the proposal's page offers, and the findings that belong to the reader's next step."""

    can_edit: bool = False
    can_view_form: bool = False
    can_hand_in: bool = False
    can_take_back: bool = False
    can_withdraw: bool = False
    can_endorse: bool = False
    can_check: bool = False
    can_assign: bool = False
    stage: Stage | None = None
    findings: list[Any] = field(default_factory=list)


def options_for(access: Access, shown: Shown) -> Options:
    """What the person can do now."""
    proposal, state = access.proposal, access.proposal.state
    stage = None
    if access.reads_draft and state == S.DRAFT:
        stage = Stage.DRAFT
    elif access.decides:
        stage = Stage.ENDORSE
    elif access.is_secretary and state == S.SUBMITTED:
        stage = Stage.CHECK
    return Options(
        can_edit=access.writes and state == S.DRAFT,
        can_view_form=access.reads_draft and not access.writes and state == S.DRAFT,
        can_hand_in=access.owns and state == S.DRAFT,
        can_take_back=access.owns and state == S.ENDORSING,
        can_withdraw=access.owns and state in OPEN_STATES,
        can_endorse=access.decides,
        can_check=access.is_secretary and state == S.SUBMITTED,
        can_assign=access.is_secretary and state in (S.CHECKED, S.REVIEWING),
        stage=stage,
        findings=_findings(proposal, shown, stage) if stage else [],
    )


def _findings(proposal: Proposal, shown: Shown, stage: Stage) -> list[Any]:
    return [*problem_findings(shown.problems), *findings(proposal, stage, shown.dossier)]


# The straight way; the other ends stand in place of the step at which they were reached.
WAY = (S.DRAFT, S.ENDORSING, S.SUBMITTED, S.CHECKED, S.REVIEWING, S.PLANNED, S.APPROVED)
_REACHED = {S.INVALID: S.SUBMITTED, S.DECLINED: S.APPROVED, S.WITHDRAWN: S.DRAFT}


def steps_of(proposal: Proposal) -> list[dict[str, Any]]:
    """The stepper of a proposal's life: label and status of each step."""
    state = S(proposal.state)
    present = WAY.index(_REACHED.get(state, state))
    steps = []
    for place, step in enumerate(WAY):
        is_end = place == present and state not in WAY
        status = "stopped" if is_end else "done" if place < present else "now" if place == present else "todo"
        if state == S.APPROVED and place == present:
            status = "done"
        steps.append({"label": (state if is_end else step).label, "status": status})
    return steps
