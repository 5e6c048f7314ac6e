"""States of a call."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CallState(TextChoices):
    DRAFTING = "drafting", _("In preparation")
    CONSULTING = "consulting", _("Under consultation")
    APPROVED = "approved", _("Approved")
    OPEN = "open", _("Published")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")
