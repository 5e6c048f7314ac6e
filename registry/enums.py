"""How far a request has come."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class RequestState(TextChoices):
    """Of a person who asks to be admitted to an institution, and of an institution that registers."""

    WAITING = "waiting", pgettext_lazy("request", "Waiting")
    APPROVED = "approved", pgettext_lazy("request", "Approved")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "Withdrawn")
