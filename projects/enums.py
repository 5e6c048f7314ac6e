"""States of a project, its book, a signing batch and a mid-term evaluation."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectState(TextChoices):
    BOOK_DRAFTING = "book_drafting", _("Task book in preparation")
    BOOK_REVIEW = "book_review", _("Task book under review")
    SIGNING = "signing", _("Being signed")
    ACTIVE = "active", _("Active")
    RECTIFYING = "rectifying", _("Rectification")
    SUSPENDED = "suspended", _("Suspended")
    ACCEPTING = "accepting", _("Acceptance")
    PASSED = "passed", _("Accepted and closed")
    FAILED = "failed", _("Not accepted")
    CLOSED = "closed", _("Closed")
    TERMINATED = "terminated", _("Terminated")


# Counted by the concurrent limits (A19).
RUNNING_STATES = (
    ProjectState.ACTIVE,
    ProjectState.RECTIFYING,
    ProjectState.SUSPENDED,
    ProjectState.ACCEPTING,
)
# The book is on its way (A24 to A26).
OPEN_STATES = (ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW, ProjectState.SIGNING)
# There is an acceptance to look at (A30 to A32).
CLOSING_STATES = (ProjectState.ACCEPTING, ProjectState.PASSED, ProjectState.FAILED)
# The acceptance may begin once their term is over (A30).
IN_TERM = (ProjectState.ACTIVE, ProjectState.RECTIFYING)


class OpinionKind(TextChoices):
    """Who speaks on a book (A25)."""

    SECRETARIAT = "secretariat", _("Secretariat, on the task book")
    FINANCE = "finance", _("Finance expert, on the budget book")


class OpinionVerdict(TextChoices):
    AGREE = "agree", _("Agree")
    REVISE = "revise", _("Revise")


class ItemState(TextChoices):
    """A book in a signing batch."""

    WAITING = "waiting", _("Waiting")
    SIGNED = "signed", _("Signed")
    FAILED = "failed", _("Not signed")


class MidTermState(TextChoices):
    """A mid-term evaluation (A27 A28)."""

    NOTIFIED = "notified", _("Notice sent")
    FILED = "filed", _("Opinions filed")
    PROPOSED = "proposed", _("Before the director")
    RECTIFYING = "rectifying", _("Rectification")
    CONCLUDED = "concluded", _("Concluded")


class MidTermForm(TextChoices):
    """How a project is evaluated (A27)."""

    ANSWER = "answer", _("Opinions organised by the lead institution")
    INSPECTION = "inspection", _("Inspection by the secretariat")


class MidTermOpinionKind(TextChoices):
    REPORT = "report", _("Report of the principal investigator")
    SCIENCE = "science", _("Mid-term science opinion")
    FINANCE = "finance", _("Mid-term finance opinion")
    INSPECTION = "inspection", _("Inspection")
    RECTIFICATION = "rectification", _("Report of the rectification")


class MidTermResult(TextChoices):
    ON_TRACK = "on_track", _("On track")
    CONCERNS = "concerns", _("With concerns")
    SERIOUS = "serious", _("Serious problems")


class MidTermOutcome(TextChoices):
    """What the secretariat may propose (A28)."""

    CONTINUE = "continue", _("Go on as planned")
    RECTIFY = "rectify", _("Rectify")
    ADJUST = "adjust", _("Adjust the budget")
    TERMINATE = "terminate", _("Terminate")
