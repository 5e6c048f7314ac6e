"""States of a proposal, with the groups that queries speak of."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProposalState(TextChoices):
    DRAFT = "draft", _("Draft")
    ENDORSING = "endorsing", _("With the institution")
    SUBMITTED = "submitted", _("Submitted")
    CHECKED = "checked", _("Passed the preliminary check")
    INVALID = "invalid", _("Invalid")
    REVIEWING = "reviewing", _("Under review")
    PLANNED = "planned", _("In a funding plan")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_STATES = (
    ProposalState.DRAFT,
    ProposalState.ENDORSING,
    ProposalState.SUBMITTED,
    ProposalState.CHECKED,
    ProposalState.REVIEWING,
    ProposalState.PLANNED,
)
# What the funder's staff may see: nothing before the institution endorsed it.
RECEIVED_STATES = tuple(state for state in ProposalState if state not in (ProposalState.DRAFT, ProposalState.ENDORSING))


class CheckDecision(TextChoices):
    """Outcomes of the preliminary check (A20)."""

    PASS = "pass", _("Pass")
    RETURN = "return", _("Return for correction")
    INVALID = "invalid", _("Invalid")


class EndorsementDecision(TextChoices):
    ENDORSE = "endorse", _("Endorse")
    RETURN = "return", _("Return with comments")
