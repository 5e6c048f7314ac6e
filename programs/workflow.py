"""The lifecycles of a call and of a yearly guide (A6 A7 A9 A12 A17)."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from programs.enums import CallState as S
from programs.enums import GuideState as G


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


class GuideLifecycle(Lifecycle):
    """drafting ⇄ consulting → approving → approved → published → corrected | withdrawn.

    A correction is a version of its own: the published one stays in force until the director approved the new one."""

    state = FSMField(default=G.DRAFTING, choices=G.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=G.DRAFTING, target=G.CONSULTING)
    def consult(self) -> None:
        """Strategy experts are invited to comment (A9)."""

    @transition(field=state, source=[G.CONSULTING, G.APPROVED], target=G.DRAFTING)
    def resume(self) -> None:
        """The secretariat goes on writing, with the comments before it."""

    @transition(field=state, source=[G.DRAFTING, G.CONSULTING], target=G.APPROVING)
    def submit(self) -> None:
        """Put before the executive director (A12)."""

    @transition(field=state, source=G.APPROVING, target=G.DRAFTING)
    def give_back(self) -> None:
        """The director wants changes."""

    @transition(field=state, source=G.APPROVING, target=G.APPROVED)
    def approve(self) -> None:
        """The director approves this very content, by its hash."""

    @transition(field=state, source=G.APPROVED, target=G.PUBLISHED)
    def publish(self) -> None:
        """Everybody can read it (A12)."""

    @transition(field=state, source=G.PUBLISHED, target=G.CORRECTED)
    def supersede(self) -> None:
        """A correction is in force in its place; it stays readable, with a notice."""

    @transition(field=state, source=G.PUBLISHED, target=G.WITHDRAWN)
    def withdraw(self) -> None:
        """No longer in force; it stays readable, with a notice and the reason."""

    @transition(field=state, source=[G.DRAFTING, G.CONSULTING, G.APPROVED], target=G.DROPPED)
    def drop(self) -> None:
        """Given up before it was public."""
