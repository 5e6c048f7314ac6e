"""The proposal's lifecycle."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from proposals.enums import OPEN_STATES
from proposals.enums import ProposalState as S


class ProposalLifecycle(Lifecycle):
    """draft → endorsing → submitted → checked | returned | invalid → reviewing → planned → approved | declined."""

    state = FSMField(default=S.DRAFT, choices=S.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=S.DRAFT, target=S.ENDORSING)
    def request_endorsement(self) -> None:
        """The PI hands it to the lead institution's office (A18)."""

    @transition(field=state, source=S.ENDORSING, target=S.DRAFT)
    def send_back(self) -> None:
        """The office returns it with comments (A10), or the PI takes it back."""

    @transition(field=state, source=S.ENDORSING, target=S.SUBMITTED)
    def endorse(self) -> None:
        """The last step of the chain: frozen, numbered, received (A10 A18)."""

    @transition(field=state, source=S.SUBMITTED, target=S.CHECKED)
    def pass_check(self) -> None:
        """Preliminary check passed (A20)."""

    @transition(field=state, source=S.SUBMITTED, target=S.DRAFT)
    def return_for_correction(self) -> None:
        """Preliminary check lists the defects once (A20)."""

    @transition(field=state, source=S.SUBMITTED, target=S.INVALID)
    def declare_invalid(self) -> None:
        """Invalid, with reasons (A18 A20)."""

    @transition(field=state, source=S.CHECKED, target=S.REVIEWING)
    def start_review(self) -> None:
        """The first reviewer is assigned (A21)."""

    @transition(field=state, source=S.REVIEWING, target=S.PLANNED)
    def plan(self) -> None:
        """Part of a funding plan before the director (A23)."""

    @transition(field=state, source=S.PLANNED, target=S.REVIEWING)
    def unplan(self) -> None:
        """The plan was returned (A23)."""

    @transition(field=state, source=S.PLANNED, target=S.APPROVED)
    def approve(self) -> None:
        """Approved with an amount (A23)."""

    @transition(field=state, source=S.PLANNED, target=S.DECLINED)
    def decline(self) -> None:
        """Not funded (A23)."""

    @transition(field=state, source=list(OPEN_STATES), target=S.WITHDRAWN)
    def withdraw(self) -> None:
        """The PI withdraws it."""
