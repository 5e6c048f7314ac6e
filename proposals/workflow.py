"""The lifecycles of a proposal, of an invitation to take part in it, of a waiver asked for it, and of an appeal."""

from django_fsm import FSMField, transition

from core.workflow import Lifecycle
from proposals.enums import OPEN_STATES
from proposals.enums import AppealState as A
from proposals.enums import InvitationState as I
from proposals.enums import ProposalState as S
from proposals.enums import WaiverState as W


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

    @transition(field=state, source=S.ENDORSING, target=S.ENDORSING)
    def pass_on(self) -> None:
        """A step of the chain endorses what was handed in; the next institution decides (C17 E1)."""

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

    @transition(field=state, source=S.INVALID, target=S.SUBMITTED)
    def check_anew(self) -> None:
        """An appeal was granted: back to the preliminary check (A20)."""

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


class InvitationLifecycle(Lifecycle):
    """waiting → accepted | declined; waiting or accepted → ended."""

    state = FSMField(default=I.WAITING, choices=I.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=I.WAITING, target=I.ACCEPTED)
    def accept(self) -> None:
        """The person consents."""

    @transition(field=state, source=I.WAITING, target=I.DECLINED)
    def decline(self) -> None:
        """The person refuses."""

    @transition(field=state, source=[I.WAITING, I.ACCEPTED], target=I.ENDED)
    def end(self) -> None:
        """The applicant takes it back, or the person their consent."""


class WaiverLifecycle(Lifecycle):
    """asked → granted | refused."""

    state = FSMField(default=W.ASKED, choices=W.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=W.ASKED, target=W.GRANTED)
    def grant(self) -> None:
        """The secretariat allows the exception, with a reason."""

    @transition(field=state, source=W.ASKED, target=W.REFUSED)
    def refuse(self) -> None:
        """It doesn't, with a reason."""


class AppealLifecycle(Lifecycle):
    """filed → upheld | granted."""

    state = FSMField(default=A.FILED, choices=A.choices, protected=True)

    class Meta:
        abstract = True

    @transition(field=state, source=A.FILED, target=A.UPHELD)
    def uphold(self) -> None:
        """Another secretary finds the declaration of invalidity right, with reasons."""

    @transition(field=state, source=A.FILED, target=A.GRANTED)
    def grant(self) -> None:
        """Another secretary finds it wrong, with reasons: the application is checked anew."""
