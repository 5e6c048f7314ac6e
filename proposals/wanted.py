"""Which reminders about a proposal still have their point."""

from core import clock
from notifications.models import Reminder
from proposals.actions.common import APPEAL, DEADLINE
from proposals.enums import ProposalState
from proposals.models import Proposal
from proposals.queries.chain import open_turn
from proposals.queries.checks import appealable
from proposals.rules import can_write, is_pi, may_decide


def is_wanted(reminder: Reminder) -> bool:
    """The deadline matters to who writes a draft in time, an endorsement to who decides the step that waits, the time
    to appeal to the applicant who still can."""
    proposal = Proposal.objects.filter(pk=reminder.subject_id).first()
    if proposal is None:
        return False
    if reminder.kind.startswith(DEADLINE):
        in_time = proposal.closes_at > clock.now()
        return proposal.state == ProposalState.DRAFT and in_time and bool(can_write.test(reminder.user, proposal))
    if reminder.kind.startswith(APPEAL):
        return bool(is_pi.test(reminder.user, proposal)) and appealable(proposal) is not None
    if proposal.state != ProposalState.ENDORSING:
        return False
    return may_decide(reminder.user, proposal, open_turn(proposal))
