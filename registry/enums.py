"""How far a request has come."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequestState(TextChoices):
    """Of a person who asks to be admitted to an institution, and of an institution that registers."""

    WAITING = "waiting", pgettext_lazy("request", "Waiting")
    APPROVED = "approved", pgettext_lazy("request", "Approved")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "Withdrawn")


class MarkKind(TextChoices):
    """By what an institution is known from all others."""

    USCC = "uscc", _("unified social credit code")
    ROR = "ror", "ROR"
    NAME = "name", _("name")
