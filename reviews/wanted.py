"""Which reminders of a review still have their point."""

from notifications.models import Reminder
from proposals.enums import ProposalState
from reviews.enums import WAITING_STATES
from reviews.models import Assignment
from reviews.rules import EXPERT_ROLE, holds, is_conflicted

UNDER_REVIEW = (ProposalState.CHECKED, ProposalState.REVIEWING, ProposalState.PLANNED)


def is_wanted(reminder: Reminder) -> bool:
    """The review is awaited, its proposal still judged, and the person an expert of the funder without a conflict."""
    row = Assignment.objects.select_related("proposal", "expert").filter(pk=reminder.subject_id).first()
    if row is None or row.state not in WAITING_STATES or row.proposal.state not in UNDER_REVIEW:
        return False
    user = reminder.user
    is_own = row.expert.user_id == user.pk and holds(user, row.tenant, EXPERT_ROLE[row.kind])  # type: ignore[index]
    return is_own and not is_conflicted(user, row.proposal_id)
