"""The diagrams in docs/states/ come from the transition tables, and nothing stale passes."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.management.commands.state_diagrams import edges, lifecycles


def test_a_stale_a_missing_and_a_surplus_diagram_are_refused(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="proposals-proposal.md"):
        call_command("state_diagrams", check=True)
    call_command("state_diagrams", verbosity=0)
    call_command("state_diagrams", check=True)
    page = tmp_path / "docs" / "states" / "proposals-proposal.md"
    page.write_text(page.read_text(encoding="utf-8").replace("endorsing", "x"), encoding="utf-8")
    with pytest.raises(CommandError, match="out of date: proposals-proposal.md"):
        call_command("state_diagrams", check=True)
    call_command("state_diagrams", verbosity=0)
    (page.parent / "gone.md").write_text("a model that was removed", encoding="utf-8")
    with pytest.raises(CommandError, match="gone.md"):
        call_command("state_diagrams", check=True)


@pytest.mark.parametrize("model", [model for model, _field in lifecycles()], ids=lambda model: model.__name__)
def test_every_state_is_reached_and_every_transition_says_what_it_is(model: Any) -> None:
    field = next(field for one, field in lifecycles() if one is model)
    rows = edges(model, field)
    assert all(meaning for _name, _source, _target, meaning in rows), "a transition without a docstring"
    reached, waiting = set(), [str(field.get_default())]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [target for _name, source, target, _meaning in rows if source == state]
    used = {state for _name, source, target, _meaning in rows for state in (source, target)}
    assert used <= reached, f"never reached: {sorted(used - reached)}"
