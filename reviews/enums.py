"""Kinds and states of review."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReviewKind(TextChoices):
    DOMAIN = "domain", _("Domain expert")
    FINANCE = "finance", _("Finance expert")


class AssignmentState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("review", "Proposed")
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", pgettext_lazy("review", "Accepted")
    DECLINED = "declined", pgettext_lazy("review", "Declined")
    CONFLICTED = "conflicted", _("Conflict of interest")
    IN_PROGRESS = "in_progress", _("In progress")
    SUBMITTED = "submitted", pgettext_lazy("review", "Submitted")


# While in these the expert reads the proposal.
READING_STATES = (AssignmentState.ACCEPTED, AssignmentState.IN_PROGRESS, AssignmentState.SUBMITTED)
WAITING_STATES = (AssignmentState.INVITED, AssignmentState.ACCEPTED, AssignmentState.IN_PROGRESS)
# While in these the expert writes.
WRITING_STATES = (AssignmentState.ACCEPTED, AssignmentState.IN_PROGRESS)


class Recommendation(TextChoices):
    """A reviewer's conclusion; the director decides (A23)."""

    FUND = "fund", _("Fund")
    FUND_REVISED = "fund_revised", _("Fund after changes")
    DECLINE = "decline", _("Do not fund")


class ConflictSource(TextChoices):
    COMPUTED = "computed", _("Found by the system")
    DECLARED = "declared", _("Declared")


class ConflictKind(TextChoices):
    """Why somebody stays out (A16)."""

    INSTITUTION = "institution", _("Same institution")
    PERSON = "person", _("Takes part in the proposal")
    JOINT_WORK = "joint_work", _("Joint work in the last years")
    EMAIL_DOMAIN = "email_domain", _("Same institutional e-mail domain")
    DECLARED = "declared", _("Declared")


class PlanState(TextChoices):
    DRAFTING = "drafting", _("In preparation")
    APPROVING = "approving", _("Before the director")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")


class LineDecision(TextChoices):
    FUND = "fund", pgettext_lazy("plan", "Fund")
    DECLINE = "decline", _("Decline")


# A proposal is in one plan at a time that may still come to a decision.
OPEN_PLAN_STATES = (PlanState.DRAFTING, PlanState.APPROVING, PlanState.RETURNED)


class PanelForm(TextChoices):
    """How a panel met."""

    ON_SITE = "on_site", _("On site")
    ONLINE = "online", _("Online")


class PanelConclusion(TextChoices):
    """A panel's word; only what it passed goes on to the budget review (A22)."""

    PASSED = "passed", pgettext_lazy("panel", "Passed")
    NOT_PASSED = "not_passed", pgettext_lazy("panel", "Not passed")
