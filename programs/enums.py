"""States of a call; whom a longer deadline serves; what is drafted in the policy studio; states of a guide."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CallState(TextChoices):
    DRAFTING = "drafting", _("In preparation")
    CONSULTING = "consulting", _("Under consultation")
    APPROVED = "approved", _("Approved")
    OPEN = "open", _("Published")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")


class ExtensionScope(TextChoices):
    """Whom an extended deadline serves."""

    ALL = "all", _("Everybody: new applications may be begun, too")
    DRAFTS = "drafts", _("Applications begun before the decision")


class DraftKind(TextChoices):
    """What a draft of the policy studio becomes."""

    PROGRAMME = "programme", _("Programme")
    CALL = "call", _("Call")


class GuideState(TextChoices):
    """States of a yearly guide's version."""

    DRAFTING = "drafting", _("In preparation")
    CONSULTING = "consulting", _("Under consultation")
    APPROVING = "approving", _("Before the director")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("In force")
    CORRECTED = "corrected", _("Corrected by a later version")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DROPPED = "dropped", _("Dropped")


class GuidePart(TextChoices):
    """What an expert's comment is about."""

    WHOLE = "whole", _("The guide as a whole")
    PRIORITIES = "priorities", _("Priorities")
    BUDGET = "budget", _("Budget")
    ORGANISATION = "organisation", _("Organisation")
    TIMELINE = "timeline", _("Timeline")


class Channel(TextChoices):
    """By which way a candidate came into the pool of projects (C8)."""

    EMBASSY = "embassy", _("Embassy or consulate")
    DEPARTMENT = "department", _("Department")
    LOCALITY = "locality", _("Locality")
    EXPERT = "expert", _("Expert")
    OWN = "own", _("The secretariat itself")
