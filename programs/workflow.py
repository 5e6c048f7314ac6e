"""The call's lifecycle (A6 A7 A12 A17)."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from programs.enums import CallState as S


class CallLifecycle(Lifecycle):
    """drafting → consulting → approved → open → closed → archived.

    OPEN means published; whether it takes proposals at an instant is `opens_at <= now < closes_at`."""

    state = FSMField(default=S.DRAFTING, choices=S.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=S.DRAFTING, target=S.CONSULTING)
    def consult(self) -> None:
        """Strategy experts are asked to comment (A9)."""

    @transition(field=state, source=[S.DRAFTING, S.CONSULTING], target=S.APPROVED)
    def approve(self) -> None:
        """The text is settled."""

    @transition(field=state, source=[S.DRAFTING, S.APPROVED], target=S.OPEN)
    def publish(self) -> None:
        """The call is public and its policy pinned (A12 A17)."""

    @transition(field=state, source=S.OPEN, target=S.CLOSED)
    def close(self) -> None:
        """No longer takes proposals."""

    @transition(field=state, source=S.CLOSED, target=S.ARCHIVED)
    def archive(self) -> None:
        """Its proposals are all decided."""
