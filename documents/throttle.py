"""Slows guessing of codes and floods of uploads on the public page: so many per address and ten minutes."""

from hashlib import sha256
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

from core.client import client_address, count_up

PERIOD_SECONDS: Final = 10 * 60
MOST: Final = {"miss": 30, "upload": 20}


def is_over(request: HttpRequest, what: str) -> bool:
    """Whether this address has reached the most of `what` ("miss" or "upload")."""
    return int(cache.get(_key(request, what), 0)) >= MOST[what]


def count(request: HttpRequest, what: str) -> None:
    """One more; the period runs from the first one."""
    count_up(_key(request, what), PERIOD_SECONDS)


def _key(request: HttpRequest, what: str) -> str:
    return f"verify-{what}:{sha256(client_address(request).encode()).hexdigest()}"
