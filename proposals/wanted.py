"""Which reminders about a proposal still have their point."""

from core import clock
from notifications.models import Reminder
from proposals.actions.common import DEADLINE
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries.chain import open_turn
from proposals.rules import can_write, may_decide


def is_wanted(reminder: Reminder) -> bool:
    """The deadline matters to who writes a draft in time; an endorsement to who decides the step that waits."""
    proposal = Proposal.objects.filter(pk=reminder.subject_id).first()
    if proposal is None:
        return False
    if reminder.kind.startswith(DEADLINE):
        in_time = proposal.closes_at > clock.now()
        return proposal.state == ProposalState.DRAFT and in_time and bool(can_write.test(reminder.user, proposal))
    if proposal.state != ProposalState.ENDORSING:
        return False
    return may_decide(reminder.user, proposal, open_turn(proposal))
