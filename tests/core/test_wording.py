"""Every state and every recorded action has words."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from acceptance.enums import AcceptanceState
from anso_portal import events, wording
from projects.enums import ProjectState
from proposals.enums import AppealState

APPS = ("programs", "budgets", "proposals", "reviews", "projects", "acceptance", "documents", "accounts")


def recorded_actions() -> set[str]:
    """The action names that the sources give to the audit chain."""
    found: set[str] = set()
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            found |= set(re.findall(r'action="([a-z_]+\.[a-z_]+)"', path.read_text()))
    return found


def test_every_recorded_action_has_words() -> None:
    actions = recorded_actions()
    assert len(actions) > 20
    assert not actions - events.LABELS.keys()


@pytest.mark.parametrize("states", wording.STATES.values(), ids=lambda states: states.__name__)
def test_every_state_has_a_tone(states: type) -> None:
    named = set().union(*wording.TONES.values())
    assert not {state.value for state in states} - named  # type: ignore[attr-defined]


def test_no_state_has_two_tones() -> None:
    groups = list(wording.TONES.values())
    assert sum(len(group) for group in groups) == len(set().union(*groups))


def test_a_state_of_a_neighbour_has_words_too() -> None:
    for action, states in (("acceptance.file_opinion", AcceptanceState), ("appeal.file", AppealState)):
        assert wording.state_label("projects.project", "filed", action) == states.FILED.label  # type: ignore[attr-defined]
    assert wording.state_label("projects.project", "closed") == ProjectState.CLOSED.label
    proposed = wording.state_label("projects.project", "proposed", "acceptance.propose")
    assert proposed == AcceptanceState.PROPOSED.label
    assert wording.state_label("unknown.thing", "half_done") == "half done"
