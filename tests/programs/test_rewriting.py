"""A change of one value leaves the rest of a policy's text alone; whatever is changed, the text says it after."""

import copy
import random
import tomllib
from typing import Any

import pytest

from programs.policy import builtin_names, builtin_text
from programs.policy.rewriting import comments_of, rewritten, written

ALL = builtin_names()


@pytest.mark.parametrize("name", ALL)
def test_the_whole_written_anew_says_the_same(name: str):
    data = tomllib.loads(builtin_text(name))
    assert tomllib.loads(written(data)) == data


@pytest.mark.parametrize("name", ALL)
def test_one_changed_word_changes_one_line_and_keeps_every_comment(name: str):
    text = builtin_text(name)
    data = tomllib.loads(text)
    data["title_en"] = 'Another "title" # not a comment'
    new = rewritten(text, data)
    assert tomllib.loads(new.text) == data
    assert new.lost == () and comments_of(new.text) == comments_of(text)
    before, after = text.splitlines(), new.text.splitlines()
    assert len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_nothing_changed_gives_the_same_text():
    text = builtin_text("anso/conference")
    assert rewritten(text, tomllib.loads(text)).text == text


def rows_of(data: Any) -> list[list[Any]]:
    """Every list of tables in the data."""
    found: list[list[Any]] = []
    if isinstance(data, dict):
        for inner in data.values():
            found += rows_of(inner)
    elif isinstance(data, list):
        found += [data] if data and isinstance(data[0], dict) else []
        for inner in data:
            found += rows_of(inner)
    return found


def disturb(data: dict[str, Any], dice: random.Random) -> None:
    """Something that a form can do: a row removed, doubled or moved, a value set or taken away."""
    rows = dice.choice(rows_of(data))
    place = dice.randrange(len(rows))
    match dice.randrange(5):
        case 0 if len(rows) > 1:
            del rows[place]
        case 1:
            rows.insert(place, copy.deepcopy(rows[place]) | {"zh": "新\n增“行”"})
        case 2:
            rows.append(rows.pop(0))
        case 3:
            rows[place]["extra"] = dice.choice([1, True, "a # b", ["x", "y"], [{"key": "k", "zh": "字"}]])
        case _:
            del rows[place][dice.choice(list(rows[place]))]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_done_the_text_says_it_and_names_the_comments_it_lost(seed: int):
    dice = random.Random(seed)
    text = builtin_text(dice.choice(ALL))
    data = tomllib.loads(text)
    for _ in range(3):
        disturb(data, dice)
        new = rewritten(text, data)
        assert tomllib.loads(new.text) == data
        assert sorted([*comments_of(new.text), *new.lost]) == sorted(comments_of(text))
        text = new.text
