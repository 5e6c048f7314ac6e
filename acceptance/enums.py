"""States, opinions and outcomes of an acceptance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AcceptanceState(TextChoices):
    NOTIFIED = "notified", _("Notice sent")
    FILED = "filed", _("Opinions filed")
    PROPOSED = "proposed", _("Before the director")
    CONCLUDED = "concluded", _("Concluded")


class OpinionKind(TextChoices):
    """The two opinions the institution files (A31)."""

    SCIENCE = "science", _("Science")
    FINANCE = "finance", _("Finance")


class OpinionResult(TextChoices):
    PASS = "pass", _("Recommend acceptance")
    FAIL = "fail", _("Do not recommend acceptance")


class Outcome(TextChoices):
    PASS = "pass", _("Accepted")
    FAIL = "fail", _("Not accepted")
