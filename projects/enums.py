"""States of a project, its book and a signing batch."""

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
