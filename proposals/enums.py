"""States of a proposal, with the groups that queries speak of."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from proposals.grants import CO_BUDGET, CO_READ, CO_WRITE


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


class ItemState(TextChoices):
    """How one application of a batch of endorsements fared."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Endorsed")
    FAILED = "failed", _("Not endorsed")


class InvitationPurpose(TextChoices):
    """What an applicant asks somebody with an account for."""

    CO_WRITER = "co_writer", _("Co-writer")
    PARTICIPANT = "participant", _("Participant")


class Extent(TextChoices):
    """What somebody whom the applicant invites may do with the draft; each is the codename of a grant."""

    EDIT = CO_WRITE, _("May edit")
    BUDGET = CO_BUDGET, _("May edit the budget only")
    READ = CO_READ, _("May view")


class InvitationState(TextChoices):
    WAITING = "waiting", _("No answer yet")
    ACCEPTED = "accepted", pgettext_lazy("invitation", "Accepted")
    DECLINED = "declined", pgettext_lazy("invitation", "Declined")
    ENDED = "ended", pgettext_lazy("invitation", "Ended")


class WaiverState(TextChoices):
    ASKED = "asked", pgettext_lazy("waiver", "Asked for")
    GRANTED = "granted", pgettext_lazy("waiver", "Granted")
    REFUSED = "refused", pgettext_lazy("waiver", "Refused")


class AppealState(TextChoices):
    """Of an appeal against a declaration of invalidity; what is upheld is the declaration."""

    FILED = "filed", pgettext_lazy("appeal", "Handed in")
    UPHELD = "upheld", pgettext_lazy("appeal", "Declaration upheld")
    GRANTED = "granted", pgettext_lazy("appeal", "Appeal granted")


class SanctionKind(TextChoices):
    """What was decided: words only, or a ban for a period (C32 C49)."""

    NOTICE = "notice", _("Notice of criticism")
    NO_APPLYING = "no_applying", _("Ban on applying")
    NO_TAKING_PART = "no_taking_part", _("Ban on taking part")


class Capacity(TextChoices):
    """As what an institution or a person is on record (C46)."""

    UNDERTAKING = "undertaking", _("Undertaking institution")
    RECOMMENDING = "recommending", _("Recommending department")
    PI = "pi", _("Principal investigator")
    MEMBER = "member", _("Member of a project team")
    EXPERT = "expert", _("Expert")


OF_INSTITUTIONS = (Capacity.UNDERTAKING, Capacity.RECOMMENDING)

# One at a time of these for an address, and for a participant.
OPEN_INVITATIONS = (InvitationState.WAITING, InvitationState.ACCEPTED)
