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
SIZE = 25


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some rows, and the keys of the pages beside them ("" where there is none)."""

    rows: list[R]
    older: str
    newer: str


def page_of(
    rows: QuerySet[R] | Sequence[QuerySet[R]], parameters: Mapping[str, str], *, column: str = "id", size: int = SIZE
) -> Page[R]:
    """The page that `parameters` ask for (`after`, `before`; nonsense gives the first one).

    `column` is a non-null integer or datetime column, with "-" for descending. One query, by an index on
    (tenant, column, id); of several `rows` one each, for what no single index finds."""
    arms = [rows] if isinstance(rows, QuerySet) else list(rows)
    name, is_descending = column.removeprefix("-"), column.startswith("-")
    is_time = any(isinstance(arm.model._meta.get_field(name), DateTimeField) for arm in arms[:1])
    after, before = (_read(parameters.get(edge, ""), is_time) for edge in ("after", "before"))
    is_backwards = before is not None and after is None
    key = before if is_backwards else after
    is_falling = is_descending != is_backwards
    if key is not None:
        arms = [arm.filter(_beyond(name, key, is_less=is_falling)) for arm in arms]
    sign = "-" if is_falling else ""
    found = _merged([arm.order_by(*_order(name, sign))[: size + 1] for arm in arms], name, is_falling)[: size + 1]
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    return Page(
        found,
        older=_key(found[-1], name) if found and (has_more or is_backwards) else "",
        newer=_key(found[0], name) if found and (has_more if is_backwards else key is not None) else "",
    )


def _merged(arms: Sequence[QuerySet[R]], name: str, is_falling: bool) -> list[R]:
    if len(arms) == 1:
        return list(arms[0])
    found = {row.pk: row for arm in arms for row in arm}
    return sorted(found.values(), key=lambda row: (getattr(row, name), row.pk), reverse=is_falling)


def count_up_to(rows: QuerySet[Any] | Sequence[QuerySet[Any]], most: int) -> int:
    """How many rows, counting no further than `most`. One query for each of several `rows`."""
    if isinstance(rows, QuerySet):
        return rows.order_by().values("pk")[:most].count()
    found: set[int] = set()
    for arm in rows:
        found.update(arm.order_by().values_list("pk", flat=True)[:most])
    return min(len(found), most)


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
