"""What a budget book is for, and how an expert judges a line."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BookPurpose(TextChoices):
    PROPOSED = "proposed", _("Proposed budget")
    AGREED = "agreed", _("Budget book")


class Verdict(TextChoices):
    """A finance expert's answer to "reasonable?" and "relevant?" (A8)."""

    YES = "yes", _("Yes")
    PARTLY = "partly", _("In part")
    NO = "no", _("No")
