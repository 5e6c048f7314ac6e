"""What a new version of a policy changes, in words: rules with their article, everything else by its name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from programs.clauses.base import Clause
from programs.language import pick
from programs.policy.lines import Loc
from programs.policy.places import KINDS
from programs.policy.schema import Policy

Pair = tuple[str, str]


@dataclass(frozen=True)
class PolicyChange:
    """One difference. `before` and `after` are in both languages, None for what isn't there."""

    kind: Literal["added", "removed", "changed"]
    place: Loc
    """In the newer version's data, or in the older one's for what was removed."""
    name: str
    """The field of the policy, such as `clauses` or `review_stages`, whose label pages know."""
    what: Pair
    article: str
    before: Pair | None
    after: Pair | None

    @property
    def what_label(self) -> str:
        """What it is about, in the active language."""
        return pick(*self.what)

    @property
    def before_label(self) -> str:
        """How it was, in the active language."""
        return pick(*self.before) if self.before else ""

    @property
    def after_label(self) -> str:
        """How it is, in the active language."""
        return pick(*self.after) if self.after else ""


def changes(old: Policy, new: Policy) -> list[PolicyChange]:
    """All differences in the order of the schema, the rules first. Rules are matched by article and code."""
    names = ["clauses", *(name for name in Policy.model_fields if name != "clauses")]
    return [found for name in names for found in _field(name, getattr(old, name), getattr(new, name), (name,))]


def _field(
    name: str, old: Any, new: Any, place: Loc, what: Pair = ("", ""), article: str = ""
) -> Iterator[PolicyChange]:
    """The differences in one field; `what` and `article` are those of the part it belongs to."""
    if old == new:
        return
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        yield from _matched(name, dict(old), dict(new), {key: (*place, key) for key in (*old, *new)})
    elif _has_models(old) or _has_models(new):
        olds, news = ({_key(row, number): row for number, row in enumerate(rows)} for rows in (old, new))
        places: dict[str, Loc] = {key: (*place, number) for number, key in enumerate(olds)}
        places |= {key: (*place, number) for number, key in enumerate(news)}
        yield from _matched(name, olds, news, places)
        if list(olds) != list(news) and set(olds) == set(news):
            yield _change(name, "changed", place, ("顺序", "Order"), "", _order(olds), _order(news))
    elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
        for inner in type(new).model_fields:
            own = getattr(new, "article", "") or article
            yield from _field(inner, getattr(old, inner), getattr(new, inner), (*place, inner), what, own)
    elif isinstance(old, BaseModel) or isinstance(new, BaseModel):
        yield from _one(name, old, new, place)
    else:
        yield _change(name, _kind(old, new), place, what, article, _value(old), _value(new))


def _matched(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], places: Mapping[str, Loc]
) -> Iterator[PolicyChange]:
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) != new.get(key):
            yield from _one(name, old.get(key), new.get(key), places[key])


def _one(name: str, old: Any, new: Any, place: Loc) -> Iterator[PolicyChange]:
    """A part that came, went, or has other values."""
    held = new if new is not None else old
    article = getattr(held, "article", "")
    if old is None or new is None or type(old) is not type(new):
        told = (None if old is None else _told(old), None if new is None else _told(new))
        yield _change(name, _kind(old, new), place, _name(held), article, *told)
        return
    before, after = _told(old), _told(new)
    if before == after:
        for inner in type(new).model_fields:
            one, other = getattr(old, inner), getattr(new, inner)
            yield from _field(inner, one, other, (*place, inner), _name(held), article)
        return
    yield _change(name, "changed", place, _name(held), article, before, after)


def _change(
    name: str, kind: Any, place: Loc, what: Pair, article: str, before: Pair | None, after: Pair | None
) -> PolicyChange:
    return PolicyChange(kind, place, name, what, article, before, after)


def _kind(old: Any, new: Any) -> Literal["added", "removed", "changed"]:
    return "added" if old is None else "removed" if new is None else "changed"


def _has_models(rows: Any) -> bool:
    return isinstance(rows, tuple) and any(isinstance(row, BaseModel) for row in rows)


def _key(row: Any, number: int) -> str:
    """What a row is known by from one version to the next."""
    if isinstance(row, Clause):
        return f"{row.article} {row.code}"
    for name in ("key", "path", "score", "stage", "step", "en"):
        if (value := getattr(row, name, None)) is not None:
            return str(value)
    return str(number)


def _name(row: Any) -> Pair:
    if isinstance(row, Clause):
        return KINDS[row.kind].title
    zh, en = getattr(row, "zh", ""), getattr(row, "en", "")
    shown = str(getattr(row, "path", "") or getattr(row, "key", ""))
    return (zh or shown, en or shown)


def _told(row: Any) -> Pair:
    """The part in a sentence."""
    if isinstance(row, Clause):
        return row.summary
    inner = _key(row, 0)
    zh, en = getattr(row, "zh", ""), getattr(row, "en", "")
    return (zh or inner, en or inner)


def _order(rows: Mapping[str, Any]) -> Pair:
    told = [_told(row) for row in rows.values()]
    return "、".join(zh for zh, _en in told), ", ".join(en for _zh, en in told)


def _value(value: Any) -> Pair | None:
    return None if value is None else (_text(value), _text(value))


def _text(value: Any) -> str:
    if isinstance(value, BaseModel):
        told = _told(value)
        return pick(*told)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else str(value)
