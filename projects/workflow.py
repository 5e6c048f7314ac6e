"""The lifecycles of a project and of its mid-term evaluation."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from projects.enums import MidTermState as M
from projects.enums import ProjectState as S


class ProjectLifecycle(Lifecycle):
    """book drafting ↔ book review → signing → active ↔ rectifying | suspended → accepting → passed | failed."""

    state = FSMField(default=S.BOOK_DRAFTING, choices=S.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=S.BOOK_DRAFTING, target=S.BOOK_REVIEW)
    def submit_book(self) -> None:
        """The PI hands in a round of the task book (A24)."""

    @transition(field=state, source=S.BOOK_REVIEW, target=S.BOOK_DRAFTING)
    def return_book(self) -> None:
        """An opinion asks for revision (A25)."""

    @transition(field=state, source=S.BOOK_REVIEW, target=S.SIGNING)
    def approve_book(self) -> None:
        """All opinions agree: the PDF is issued and its signing begins (A25 A26)."""

    @transition(field=state, source=S.SIGNING, target=S.ACTIVE)
    def establish(self) -> None:
        """The last of the parties has signed: the project is established and numbered (A26)."""

    @transition(field=state, source=S.ACTIVE, target=S.RECTIFYING)
    def rectify(self) -> None:
        """Rectification after the mid-term (A28)."""

    @transition(field=state, source=[S.ACTIVE, S.RECTIFYING], target=S.SUSPENDED)
    def suspend(self) -> None:
        """Work and payments rest."""

    @transition(field=state, source=[S.RECTIFYING, S.SUSPENDED], target=S.ACTIVE)
    def resume(self) -> None:
        """Back to normal."""

    @transition(field=state, source=[S.ACTIVE, S.RECTIFYING], target=S.ACCEPTING)
    def start_acceptance(self) -> None:
        """The term is over and the acceptance notice sent (A30)."""

    @transition(field=state, source=S.ACCEPTING, target=S.PASSED)
    def pass_acceptance(self) -> None:
        """Closed after the director's approval (A32)."""

    @transition(field=state, source=S.ACCEPTING, target=S.FAILED)
    def fail_acceptance(self) -> None:
        """Not accepted, with reasons, after the director's approval (A32 A33)."""

    @transition(
        field=state,
        source=[S.ACTIVE, S.RECTIFYING, S.SUSPENDED, S.BOOK_DRAFTING, S.SIGNING],
        target=S.TERMINATED,
    )
    def terminate(self) -> None:
        """Ended early, by the director (A28)."""


class MidTermLifecycle(Lifecycle):
    """notified → filed → proposed → concluded; a rectification is reported on and judged anew (A27 A28)."""

    state = FSMField(default=M.NOTIFIED, choices=M.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=[M.NOTIFIED, M.RECTIFYING], target=M.FILED)
    def file_opinions(self) -> None:
        """All that was asked for is filed: the answer, the inspection or the report of a rectification (A27)."""

    @transition(field=state, source=M.FILED, target=M.PROPOSED)
    def propose(self) -> None:
        """The secretariat proposes rectification, another budget or termination (A28)."""

    @transition(field=state, source=M.PROPOSED, target=M.FILED)
    def send_back(self) -> None:
        """The director returns the proposal."""

    @transition(field=state, source=M.PROPOSED, target=M.RECTIFYING)
    def rectify(self) -> None:
        """The director approves a rectification; the PI reports on it (A28)."""

    @transition(field=state, source=M.FILED, target=M.CONCLUDED)
    def go_on(self) -> None:
        """The project goes on as planned; never over the director, before whom something else is (A28)."""

    @transition(field=state, source=M.PROPOSED, target=M.CONCLUDED)
    def conclude(self) -> None:
        """The director approves another budget or the project's end (A28)."""
