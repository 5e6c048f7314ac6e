"""The acceptance's lifecycle (A30–A33)."""

from django_fsm import FSMField, transition

from acceptance.enums import AcceptanceState as S
from core.workflow import Lifecycle


class AcceptanceLifecycle(Lifecycle):
    """notified → filed → proposed → concluded; the director may return a proposal."""

    state = FSMField(default=S.NOTIFIED, choices=S.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=S.NOTIFIED, target=S.FILED)
    def file_opinions(self) -> None:
        """The institution filed science and finance opinions (A31)."""

    @transition(field=state, source=S.FILED, target=S.PROPOSED)
    def propose(self) -> None:
        """The secretariat proposes pass or fail with reasons (A32 A33)."""

    @transition(field=state, source=S.PROPOSED, target=S.FILED)
    def send_back(self) -> None:
        """The director returns the proposed conclusion."""

    @transition(field=state, source=S.PROPOSED, target=S.CONCLUDED)
    def conclude(self) -> None:
        """The director approves: the notice is issued and the project closed (A32)."""
