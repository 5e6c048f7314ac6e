"""Reads of a person's inbox."""

from typing import Any

from django.db.models import QuerySet

from notifications.models import Notice

PAGE = 25


def inbox_of(user: Any) -> QuerySet[Notice]:
    """The person's notices in the active tenants, newest first."""
    return Notice.objects.filter(user=user).select_related("tenant").order_by("-pk")


def page_of(rows: QuerySet[Notice], *, before: int | None) -> tuple[list[Notice], int | None]:
    """One keyset page of notices and the key at which the next, older one begins."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], (found[PAGE - 1].pk if len(found) > PAGE else None)


def has_unread(user: Any) -> bool:
    """Whether anything in the active tenants is unread; never counts."""
    return Notice.objects.filter(user=user, read_at__isnull=True).exists()
