"""Slows the guessing of passwords: a few failures per address and account, more per address over all accounts."""

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

from core.client import client_address, count_up

MOST_FAILURES = 8
# An institute's people may share one address, and mistype; someone who tries one password on all accounts needs more.
MOST_FAILURES_FROM_ONE_ADDRESS = 100
PAUSE_SECONDS = 10 * 60


def _keys(request: HttpRequest, email: str) -> dict[str, int]:
    address = client_address(request)
    counted = {f"{address}|{email.strip().lower()}": MOST_FAILURES, address: MOST_FAILURES_FROM_ONE_ADDRESS}
    return {f"login-failures:{sha256(who.encode()).hexdigest()}": most for who, most in counted.items()}


def is_paused(request: HttpRequest, email: str) -> bool:
    """Whether this address has failed too often for this account, or over all accounts."""
    keys = _keys(request, email)
    counts = cache.get_many(keys)
    return any(int(counts.get(key, 0)) >= most for key, most in keys.items())


def count_failure(request: HttpRequest, email: str) -> None:
    """One more failure; the pause runs from the first one."""
    for key in _keys(request, email):
        count_up(key, PAUSE_SECONDS)


def forget_failures(request: HttpRequest, email: str) -> None:
    """After a success: the account's own failures. Those of the address stay, or one own account would clear them."""
    cache.delete(next(iter(_keys(request, email))))
