"""Slows the guessing of passwords: a few failures per address and account, then a pause."""

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

MOST_FAILURES = 8
PAUSE_SECONDS = 10 * 60


def _key(request: HttpRequest, email: str) -> str:
    who = f"{request.META.get('REMOTE_ADDR', '')}|{email.strip().lower()}"
    return f"login-failures:{sha256(who.encode()).hexdigest()}"


def is_paused(request: HttpRequest, email: str) -> bool:
    """Whether this address has failed too often for this account."""
    return int(cache.get(_key(request, email), 0)) >= MOST_FAILURES


def count_failure(request: HttpRequest, email: str) -> None:
    """One more failure; the pause runs from the first one."""
    key = _key(request, email)
    cache.add(key, 0, PAUSE_SECONDS)
    cache.incr(key)


def forget_failures(request: HttpRequest, email: str) -> None:
    """After a success."""
    cache.delete(_key(request, email))
