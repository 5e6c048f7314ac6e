"""Slows the asking for links: few per address of mail, more per client, so that nobody's mailbox is flooded."""

from hashlib import sha256

from django.http import HttpRequest

from core.client import client_address, count_up

PERIOD_SECONDS = 60 * 60
MOST_FROM_ONE_CLIENT = 30  # an institute's people may share one address
MOST_FOR_ONE_ACCOUNT = 5


def may_ask(request: HttpRequest, email: str, *, what: str = "password-link") -> bool:
    """Count one more question for `what`; False when there were too many. Whether there is such an account plays no
    part."""
    who = client_address(request)
    counts = {who: MOST_FROM_ONE_CLIENT, f"account|{email.strip().lower()}": MOST_FOR_ONE_ACCOUNT}
    asked = {one: count_up(f"{what}:{sha256(one.encode()).hexdigest()}", PERIOD_SECONDS) for one in counts}
    return all(asked[one] <= most for one, most in counts.items())
