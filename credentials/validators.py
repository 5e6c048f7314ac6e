"""Rules for passwords, in words of our own where Django's have no Chinese."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """At least `min_length` characters."""

    def get_error_message(self) -> str:
        """What is said beside the field."""
        return _("The password is too short: write at least %(count)s characters.") % {"count": self.min_length}
