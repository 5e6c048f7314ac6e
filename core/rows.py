"""Reads of a single row."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def only(rows: "QuerySet[M, Any]") -> Any:
    """The row of a query that finds one at most, or None.

    `first()` would order by the key, and Django compares what it orders by with every column of a dozen tables."""
    return next(iter(rows.order_by()[:1]), None)
