"""The base of every lifecycle: a protected state, explicit transition methods, refusal in words.

Each app's `workflow.py` holds one abstract class per lifecycle, whose `@transition` methods are its whole table on one
screen; the model inherits it. Diagrams in docs/states/ are generated from these."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django_fsm import ConcurrentTransitionMixin, can_proceed

from core.errors import Obstacle, WrongState

if TYPE_CHECKING:
    _Base = models.Model  # django-fsm has no types: with it as a base, every query of a lifecycle's model would be Any
else:

    class _Base(ConcurrentTransitionMixin, models.Model):
        class Meta:
            abstract = True


class Lifecycle(_Base):
    """A model whose state moves only by transitions; a concurrent move makes the later save fail."""

    class Meta:
        abstract = True


def move(transition: Callable[..., Any]) -> None:
    """Carry out a bound transition method of a locked row.

    Raises WrongState, in both languages, when the row's state does not allow it (double click, stale page)."""
    if not can_proceed(transition):
        row = transition.__self__  # type: ignore[attr-defined] # django-fsm transitions are bound methods
        label = getattr(row, "get_state_display", lambda: row.state)()
        raise WrongState(
            [
                Obstacle(
                    code="wrong-state",
                    message_zh=f"当前状态为“{label}”，不能进行此操作；页面可能已过时，请刷新后再看。",
                    message_en=f"Not possible in the state “{label}”; the page may be out of date, please reload it.",
                )
            ]
        )
    transition()
