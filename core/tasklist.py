"""The registry behind "My tasks": each app contributes what waits for a person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class TaskItem:
    """One thing that waits for the person; `url` is the page where one click does it, made when it is shown."""

    kind: str
    title: str
    what: str
    url: str | StrPromise
    tenant: Any
    due_at: datetime | None = None


Provider = Callable[[Any, list[Any]], Iterable[TaskItem]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add `provider(user, tenants)`; it runs inside a scope over all of `tenants` and makes at most two queries."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def tasks_for(user: Any, tenants: list[Any], *, limit: int = 200) -> list[TaskItem]:
    """What waits for `user` in `tenants`, soonest deadline first, undated last.

    Providers give no more of a kind than a person can do in a day, so that a backlog does not slow the page."""
    items = [item for provider in _providers for item in provider(user, tenants)]
    items.sort(key=lambda item: (item.due_at is None, item.due_at.timestamp() if item.due_at else 0.0))
    return items[:limit]
