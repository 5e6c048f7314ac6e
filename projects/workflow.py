"""The project's lifecycle."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
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
