"""How the portal's states, events and roles are called and coloured on pages: the one place that sees all apps."""

from functools import lru_cache
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acceptance.enums import AcceptanceState
from accounts.enums import Role
from programs.enums import CallState, GuideState
from projects.enums import MidTermState, ProjectState
from proposals.enums import AppealState, ProposalState, WaiverState
from registry.enums import RequestState
from reviews.enums import AssignmentState, PlanState

STATES: dict[str, type[TextChoices]] = {
    "programs.call": CallState,
    "programs.guide": GuideState,
    "registry.institutionrequest": RequestState,
    "proposals.proposal": ProposalState,
    "proposals.waiver": WaiverState,
    "proposals.appeal": AppealState,
    "reviews.assignment": AssignmentState,
    "reviews.fundingplan": PlanState,
    "projects.project": ProjectState,
    "projects.midterm": MidTermState,
    "acceptance.acceptance": AcceptanceState,
}

TONES = {
    "quiet": {
        "draft", "drafting", "proposed", "withdrawn", "closed", "archived", "waiting", "declined", "terminated",
        "dropped",
    },
    "progress": {
        "consulting", "endorsing", "submitted", "checked", "reviewing", "planned", "invited", "accepted", "in_progress",
        "approving", "book_drafting", "book_review", "signing", "accepting", "notified", "filed", "running",
    },
    "ok": {"approved", "granted", "published", "open", "active", "passed", "signed", "concluded", "done"},
    "warn": {"returned", "asked", "corrected", "rectifying", "suspended", "paused"},
    "block": {"invalid", "upheld", "refused", "conflicted", "failed"},
}  # fmt: skip
_TONE_OF = {state: tone for tone, states in TONES.items() for state in states}

ROLES: dict[str, str | Promise] = {
    **{role.value: role.label for role in Role},
    "pi": _("Principal investigator"),
    "lead_institution": _("Lead institution"),
    "secretariat": _("Secretariat"),
    "host": _("Host institution"),
}


def tone_of(state: str) -> str:
    """The tone of a state's badge; "quiet" for one not named above."""
    return _TONE_OF.get(state, "quiet")


@lru_cache(1024)
def state_label(subject_type: str, state: str, action: str = "") -> Any:
    """The state in words, for events that keep only its value.

    An event may speak of a neighbour's lifecycle: then of the one its action is named after, if it has that state."""
    neighbour = action.partition(".")[0]
    types = sorted(STATES, key=lambda one: (one != subject_type, neighbour not in one.split(".")))
    for states in (STATES[one] for one in types):
        if state in states.values:
            return states(state).label
    return state.replace("_", " ")


def role_label(role: str) -> Any:
    """The role or signing party in words."""
    return ROLES.get(role, role)
