"""How the portal's states, events and roles are called and coloured on pages: the one place that sees all apps."""

from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acceptance.enums import AcceptanceState
from accounts.enums import Role
from programs.enums import CallState
from projects.enums import ProjectState
from proposals.enums import ProposalState
from reviews.enums import AssignmentState, PlanState

STATES: dict[str, type[TextChoices]] = {
    "programs.call": CallState,
    "proposals.proposal": ProposalState,
    "reviews.assignment": AssignmentState,
    "reviews.fundingplan": PlanState,
    "projects.project": ProjectState,
    "acceptance.acceptance": AcceptanceState,
}

TONES = {
    "quiet": {"draft", "drafting", "proposed", "withdrawn", "closed", "archived", "waiting", "declined", "terminated"},
    "progress": {
        "consulting", "endorsing", "submitted", "checked", "reviewing", "planned", "invited", "accepted", "in_progress",
        "approving", "book_drafting", "book_review", "signing", "accepting", "notified", "filed", "running",
    },
    "ok": {"approved", "open", "active", "passed", "signed", "concluded", "done"},
    "warn": {"returned", "rectifying", "suspended", "paused"},
    "block": {"invalid", "conflicted", "failed"},
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


def state_label(subject_type: str, state: str) -> Any:
    """The state in words, for events that keep only its value; an event may speak of a neighbour's lifecycle."""
    own = STATES.get(subject_type)
    for states in ([own] if own else []) + list(STATES.values()):
        if state in states.values:
            return states(state).label
    return state.replace("_", " ")


def role_label(role: str) -> Any:
    """The role or signing party in words."""
    return ROLES.get(role, role)
