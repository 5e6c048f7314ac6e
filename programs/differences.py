"""What changed between two frozen models of one type, in words for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from programs.cleaning import Label
from programs.language import pick

_NAMES = ("name_zh", "name_en", "name", "filename", "year", "key")


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are stored values (amounts in fen), None for what isn't there."""

    path: str
    """Dotted path with row keys, such as `budget_lines.l3.basis`."""
    kind: Literal["added", "removed", "changed"]
    label_zh: str
    label_en: str
    before: Any
    after: Any

    @property
    def label(self) -> str:
        """The label in the active language."""
        return pick(self.label_zh, self.label_en)

    @property
    def is_amount(self) -> bool:
        """Whether `before` and `after` are amounts in fen."""
        return self.path.endswith("_fen")


def compare(old: BaseModel, new: BaseModel) -> list[Change]:
    """Changes in field order; rows are matched by key, a whole row added or removed is one change."""
    return list(_models(old, new, "", Label("", "")))


def label_of(model: type[BaseModel], field: str) -> Label:
    """The field's name for people; the field's own name when it has none."""
    metadata = model.model_fields[field].metadata
    return next((mark for mark in metadata if isinstance(mark, Label)), Label(field, field))


def _models(old: BaseModel, new: BaseModel, prefix: str, above: Label) -> Iterator[Change]:
    for name in type(new).model_fields:
        if (before := getattr(old, name)) != (after := getattr(new, name)):
            yield from _values(before, after, f"{prefix}{name}", _under(above, label_of(type(new), name)))


def _values(before: Any, after: Any, path: str, label: Label) -> Iterator[Change]:
    if isinstance(after, BaseModel):
        yield from _models(before, after, f"{path}.", label)
    elif isinstance(after, dict):
        for key in [*before, *(k for k in after if k not in before)]:
            if before.get(key) != after.get(key):
                yield _change(f"{path}.{key}", _under(label, Label(key, key)), before.get(key), after.get(key))
    elif isinstance(after, tuple) and any(isinstance(row, BaseModel) for row in (*before, *after)):
        yield from _rows(before, after, path, label)
    else:
        yield Change(path, "changed", label.zh, label.en, before, after)


def _rows(before: tuple[Any, ...], after: tuple[Any, ...], path: str, label: Label) -> Iterator[Change]:
    old = {row.key: row for row in before}
    new = {row.key: row for row in after}
    for key in [*new, *(k for k in old if k not in new)]:
        row = new.get(key, old.get(key))
        here = _under(label, _row_name(row))
        if key in old and key in new:
            yield from _models(old[key], new[key], f"{path}.{key}.", here)
        else:
            yield _change(f"{path}.{key}", here, _plain(old.get(key)), _plain(new.get(key)))


def _change(path: str, label: Label, before: Any, after: Any) -> Change:
    kind: Literal["added", "removed", "changed"] = (
        "added" if before is None else "removed" if after is None else "changed"
    )
    return Change(path, kind, label.zh, label.en, before, after)


def _plain(row: BaseModel | None) -> dict[str, Any] | None:
    return None if row is None else row.model_dump(mode="json")


def _row_name(row: Any) -> Label:
    shown = [str(value) for name in _NAMES if (value := getattr(row, name, None))]
    english = getattr(row, "name_en", "") or shown[0]
    return Label(shown[0], english)


def _under(above: Label, own: Label) -> Label:
    if not above.en:
        return own
    return Label(f"{above.zh} · {own.zh}", f"{above.en} · {own.en}")
