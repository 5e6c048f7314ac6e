"""What other apps hear from review: `proposal_funded(sender=Proposal, proposal, version, amount_fen, by)`.

Sent in the transaction of the director's approval (A23), after the proposal's state has changed."""

from django.dispatch import Signal

proposal_funded = Signal()
