"""Links that let their holder set the account's password: Django's tokens, on the portal's clock, for a given time.

A token dies with its use, since it is made from the password's hash and the last sign-in. It is made when the mail goes
out and stands nowhere else: neither in a table nor in a log."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from core import clock


class LinkTokens(PasswordResetTokenGenerator):
    """Django's generator, whose lifetime may differ from token to token: the timestamp inside is moved by it."""

    def make_for(self, user: User, lifetime: timedelta) -> str:
        """A token that opens the account's password until `lifetime` from now."""
        moved = self._now() + lifetime - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        made: str = self._make_token_with_timestamp(user, self._num_seconds(moved), self.secret)
        return made

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)


tokens = LinkTokens()


def address_for(user: User, lifetime: timedelta) -> str:
    """A fresh link to the page where the person sets a password. It names the portal's own host, not the request's."""
    ends = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": tokens.make_for(user, lifetime)}
    return settings.PUBLIC_URL + reverse("password_link", kwargs=ends)
