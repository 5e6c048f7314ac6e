"""Pages of a list by key, not by offset: the hundred-thousandth row costs what the first does, and nothing is counted.

A key names the row at a page's edge: its sort value and id, as `?after=` and `?before=` carry it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet

R = TypeVar("R", bound=Model)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT = 2**62


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some rows, and the keys of the pages beside them ("" where there is none)."""

    rows: list[R]
    older: str
    newer: str


def page_of(rows: QuerySet[R], parameters: Mapping[str, str], *, column: str = "id", size: int = 30) -> Page[R]:
    """The page that `parameters` ask for (`after`, `before`; nonsense gives the first one).

    `column` is a non-null integer or datetime column, with "-" for descending. One query, by an index on
    (tenant, column, id)."""
    name, is_descending = column.removeprefix("-"), column.startswith("-")
    is_time = isinstance(rows.model._meta.get_field(name), DateTimeField)
    after, before = (_read(parameters.get(edge, ""), is_time) for edge in ("after", "before"))
    is_backwards = before is not None and after is None
    key = before if is_backwards else after
    if key is not None:
        rows = rows.filter(_beyond(name, key, is_less=is_descending != is_backwards))
    sign = "-" if is_descending != is_backwards else ""
    found = list(rows.order_by(*_order(name, sign))[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    return Page(
        found,
        older=_key(found[-1], name) if found and (has_more or is_backwards) else "",
        newer=_key(found[0], name) if found and (has_more if is_backwards else key is not None) else "",
    )


def count_up_to(rows: QuerySet[Any], most: int) -> int:
    """How many rows, counting no further than `most`."""
    return rows.order_by().values("pk")[:most].count()


def _order(name: str, sign: str) -> Sequence[str]:
    return [f"{sign}id"] if name == "id" else [f"{sign}{name}", f"{sign}id"]


def _beyond(name: str, key: tuple[Any, int], *, is_less: bool) -> Q:
    value, pk = key
    step = "lt" if is_less else "gt"
    if name == "id":
        return Q(**{f"id__{step}": pk})
    # The first condition says nothing new; it lets the index begin at the right place.
    return Q(**{f"{name}__{step}e": value}) & (Q(**{f"{name}__{step}": value}) | Q(**{name: value, f"id__{step}": pk}))


def _key(row: Model, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, datetime):
        value = f"t{(value - _EPOCH) // timedelta(microseconds=1)}"
    return f"{value}_{row.pk}"


def _read(text: str, is_time: bool) -> tuple[Any, int] | None:
    value, _, pk = text.partition("_")
    if value.startswith("t") != is_time:
        return None
    try:
        number, row = int(value.removeprefix("t")), int(pk)
        if abs(number) > _LIMIT or abs(row) > _LIMIT:
            return None
        return (_EPOCH + timedelta(microseconds=number) if is_time else number), row
    except (ValueError, OverflowError):
        return None
