"""Every part of every policy that comes with the portal has a form, which sent back unchanged changes nothing."""

import tomllib
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.http import QueryDict
from pydantic import BaseModel

from programs.policy import CallFile, Policy, builtin_names, builtin_text
from programs.policy.places import KINDS, Shape, inner_fields, part_at, value_fields
from programs.studio.schema_forms import PartForm, Surroundings
from programs.studio.words import LABELS


def parts(root: Any, data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Every part with its class and its data."""
    model, here = part_at(root, data, place)
    yield place, model, here
    for name, _field, shape in inner_fields(model):
        held = here.get(name)
        if held is None:
            continue
        keys = [()] if shape is Shape.PART else [(key,) for key in (held if shape is Shape.TABLE else range(len(held)))]
        for key in keys:
            yield from parts(root, data, (*place, name, *key))


def sent(form: PartForm) -> QueryDict:
    """What a browser would send."""
    data = QueryDict(mutable=True)
    for bound in form:
        value = bound.field.prepare_value(bound.initial)
        if isinstance(value, list):
            data.setlist(bound.html_name, value)
        elif value is True:
            data[bound.html_name] = "on"
        elif value is not False and value is not None:
            data[bound.html_name] = str(value)
    return data


@pytest.mark.parametrize("name", builtin_names())
def test_a_form_sent_back_unchanged_changes_nothing(name: str):
    data = tomllib.loads(builtin_text(name))
    root = CallFile if "/calls/" in name else Policy
    for place, model, here in parts(root, data):
        form = PartForm(model, here, Surroundings(data), sent(PartForm(model, here, Surroundings(data))))
        assert form.is_valid() and form.changes() == {}, place


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every class of the schema below an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


@pytest.mark.parametrize("root", [Policy, CallFile])
def test_every_field_of_the_schema_has_a_name_for_people(root: Any):
    for model in {*models_in(root), *KINDS.values()}:
        names = {name for name, _field in value_fields(model)} | {name for name, *_rest in inner_fields(model)}
        assert names <= LABELS.keys(), model
