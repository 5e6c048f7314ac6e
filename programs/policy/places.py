"""Places in a policy's data, such as `clauses/3` or `articles/A5.2`: what kind of thing stands there by the schema."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from programs.clauses import AnyClause
from programs.clauses.base import Clause
from programs.policy.lines import Loc

KINDS: dict[str, type[Clause]] = {
    get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(AnyClause)[0])
}
"""The clauses' classes by their kind."""


SET_ONCE = frozenset({"tenant", "programme", "extends", "slug", "call_slug", "shifted_days"})
"""Values of the whole that no form changes: they say which policy it is."""


class NoSuchPlace(LookupError):
    """The data has nothing there, or the schema knows no such place."""


class Shape(Enum):
    """How a field is edited: as one value, as a part of its own, as rows, or as parts by name."""

    VALUE = "value"
    PART = "part"
    ROWS = "rows"
    TABLE = "table"


def bare(annotation: Any) -> Any:
    """The annotation without `Annotated` and `None`."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        inner = [one for one in get_args(annotation) if one is not NoneType]
        if len(inner) == 1:
            return bare(inner[0])
    return annotation


def is_model(annotation: Any) -> bool:
    """Whether it is a part with fields of its own; clauses of any kind are one."""
    inner = bare(annotation)
    if get_origin(inner) in (Union, UnionType):
        return all(is_model(one) for one in get_args(inner))
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def shape_of(field: FieldInfo) -> Shape:
    """How a field of a part is edited."""
    inner = bare(field.annotation)
    if is_model(inner):
        return Shape.PART
    if get_origin(inner) is tuple and is_model(get_args(inner)[0]):
        return Shape.ROWS
    return Shape.TABLE if get_origin(inner) is dict else Shape.VALUE


def row_model(field: FieldInfo, row: Any) -> type[BaseModel]:
    """The class of what a field holds: of the part, of a row, of a table's entry. Raises NoSuchPlace."""
    inner = bare(field.annotation)
    if not is_model(inner):
        inner = bare(get_args(inner)[0] if get_origin(inner) is tuple else get_args(inner)[1])
    if get_origin(inner) in (Union, UnionType):
        kind = row.get("kind") if isinstance(row, Mapping) else None
        if not isinstance(kind, str) or kind not in KINDS:
            raise NoSuchPlace
        return KINDS[kind]
    found: type[BaseModel] = inner
    return found


def parse_place(text: str) -> Loc:
    """`clauses/3/choices/0` as a path into the data."""
    steps = [step for step in text.split("/") if step]
    return tuple(int(step) if step.isascii() and step.isdigit() and len(step) < 6 else step for step in steps)


def place_text(place: Loc) -> str:
    """The path as it stands in an address."""
    return "/".join(map(str, place))


def part_at(root: type[BaseModel], data: Mapping[str, Any], place: Loc) -> tuple[type[BaseModel], Mapping[str, Any]]:
    """The class and the data of the part at `place`. Raises NoSuchPlace."""
    model, here, rest = root, data, list(place)
    while rest:
        name = rest.pop(0)
        field = model.model_fields.get(str(name))
        if field is None or name not in here:
            raise NoSuchPlace
        value, shape = here[str(name)], shape_of(field)
        if shape is Shape.VALUE:
            raise NoSuchPlace
        if shape is not Shape.PART:
            if not rest:
                raise NoSuchPlace
            value = _entry(value, rest.pop(0), shape)
        model = row_model(field, value)
        if not isinstance(value, Mapping):
            raise NoSuchPlace
        here = value
    return model, here


def _entry(value: Any, step: int | str, shape: Shape) -> Any:
    if shape is Shape.ROWS and isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    if shape is Shape.TABLE and isinstance(value, Mapping) and str(step) in value:
        return value[str(step)]
    raise NoSuchPlace


def value_fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The fields that are one value each; what the schema fixes, or says which policy it is, is left out."""
    is_whole = "schema_version" in model.model_fields
    for name, field in model.model_fields.items():
        inner = bare(field.annotation)
        is_fixed = get_origin(inner) is Literal and len(get_args(inner)) == 1
        if shape_of(field) is Shape.VALUE and not is_fixed and not (is_whole and name in SET_ONCE):
            yield name, field


def inner_fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, Shape]]:
    """The fields that have places of their own."""
    for name, field in model.model_fields.items():
        if (shape := shape_of(field)) is not Shape.VALUE:
            yield name, field, shape


def plain(value: Any) -> Any:
    """A value as TOML holds it: lists for tuples, an enum's value, an empty text for nothing."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else value


def shown_values(model: type[BaseModel], here: Mapping[str, Any]) -> dict[str, Any]:
    """The part's values as a form shows them: the default where the data is silent."""
    return {name: here.get(name, _default(field)) for name, field in value_fields(model)}


def token_of(values: Mapping[str, Any]) -> str:
    """Tells whether a part still has the values that a page showed."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _default(field: FieldInfo) -> Any:
    return "" if field.is_required() else plain(field.get_default(call_default_factory=True))
