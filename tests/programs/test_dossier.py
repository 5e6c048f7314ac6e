"""The dossier takes anything as a draft, keeps nothing it shouldn't, and always hashes alike."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from programs.differences import Change
from programs.dossier import Dossier, canonical_json, diff, sha256_of
from tests.programs.dossiers import DELETE, WAN, changed, good_dossier, good_draft

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def paths(data: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in items for place in [(*prefix, key), *paths(value, (*prefix, key))]]


PLACES = paths(good_draft())


def test_an_empty_draft_gives_an_empty_dossier():
    dossier, problems = Dossier.from_draft({})
    assert dossier == Dossier()
    assert problems == []
    assert dossier.total_fen == 0


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("budget_lines.l1.amount_fen", "100万", "amount"),
        ("budget_lines.l1.amount_fen", "1e9", "amount"),
        ("budget_lines.l1.amount_fen", 1e9, "amount"),
        ("budget_lines.l1.amount_fen", True, "amount"),
        ("budget_lines.l1.amount_fen", "-1", "amount_negative"),
        ("budget_lines.l1.amount_fen", -1, "amount_negative"),
        ("budget_lines.l1.amount_fen", 10**13 + 1, "amount_large"),
        ("budget_lines.l1.amount_fen", 10**400, "amount_large"),
        ("budget_lines.l1.amount_fen", "12.345", "amount"),
        ("budget_lines.l1.amount_fen", "12,34", "amount"),
        ("budget_lines.l1.quantity", "three", "whole_number"),
        ("budget_lines.l1.quantity", -1, "greater_than_equal"),
        ("budget_lines.l1.is_equipment", "perhaps", "bool_parsing"),
        ("budget_lines.l1.surprise", 1, "extra_forbidden"),
        ("title_zh", "项目\u202egnp.exe", "bidi"),
        ("title_zh", "\u2066x\u2069", "bidi"),
        ("title_zh", "x" * 301, "string_too_long"),
        pytest.param("title_zh", "\u0958" * 151, "string_too_long", id="too long in NFC"),
        ("abstract_zh", 7, "string_type"),
        ("start_date", "2022-02-30", "date"),
        ("start_date", "01/02/2022", "date"),
        ("start_date", 20220101, "date"),
        ("pi.email", "not an address", "pattern"),
        ("pi.orcid", "12345", "pattern"),
        ("lead.country", "China", "pattern"),
        ("parties.ke.matching_fen", "many", "amount"),
        ("yearly_plan.y2022.year", 22, "greater_than_equal"),
        ("yearly_plan.y2022.indicators.i1.name", {"a": 1}, "string_type"),
        ("participants.p1.months_per_year", 13, "less_than_equal"),
        ("attachments.f1.sha256", "../../etc/passwd", "pattern"),
        ("answers", "no", "dict_type"),
        ("parties", {"ke": 1}, "tuple_type"),
    ],
)
def test_a_bad_value_is_a_problem_at_its_field_and_nothing_else_is_lost(path: str, value: Any, code: str):
    draft = good_draft() | {"answers": {}}
    typed = changed(copy.deepcopy(draft), {path: value})
    kept = copy.deepcopy(typed)
    dossier, problems = Dossier.from_draft(typed)
    assert [(p.path, p.value, p.code) for p in problems] == [(path, value, code)]
    assert problems[0].message_zh != problems[0].message_en
    assert problems[0].message_en.isascii() or "“" in problems[0].message_en
    assert typed == kept, "the draft itself is not touched"
    assert dossier == Dossier.from_draft(changed(typed, {path: DELETE}))[0]


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1,000,000.50", 100_000_050),
        (" 12 ", 1200),
        ("１２．５", 1250),
        ("￥3", 300),
        ("", 0),
        (None, 0),
        (7, 7),
        ("0.01", 1),
    ],
)
def test_text_is_yuan_and_a_number_is_fen(typed: Any, fen: int):
    dossier, problems = Dossier.from_draft({"budget_lines": [{"key": "l1", "amount_fen": typed}]})
    assert not problems
    assert dossier.total_fen == fen


def test_control_characters_vanish_and_lines_stay():
    dossier, problems = Dossier.from_draft({"abstract_zh": " a\x00b\x1b\r\nc\td\x85e\ufeff ", "title_zh": "a\n b\x07"})
    assert not problems
    assert dossier.abstract_zh == "ab\nc\td\ne"
    assert dossier.title_zh == "a b"


def test_a_broken_character_is_a_problem():
    dossier, problems = Dossier.from_draft({"title_zh": "a\ud800", "answers": {"q": "\udfff"}})
    assert {problem.path for problem in problems} == {"title_zh", "answers.q"}
    assert canonical_json(dossier)


def test_rows_without_a_usable_key_get_one_and_a_repeated_key_is_told():
    rows = [{"name": "a"}, {"key": "x", "name": "b"}, {"key": "x", "name": "c"}, {"key": "r1", "name": "d"}]
    dossier, problems = Dossier.from_draft({"budget_lines": [*rows, {"key": ["?"], "name": "e"}]})
    assert [line.name for line in dossier.budget_lines] == list("abcde")
    assert len({line.key for line in dossier.budget_lines}) == 5
    assert dossier.budget_lines[3].key == "r1"
    assert [problem.code for problem in problems] == ["row_key", "row_key"]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_json_in_any_place_makes_a_dossier_and_never_an_exception(data: st.DataObject):
    draft = good_draft()
    for place in data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        here: Any = draft
        try:
            for step in place[:-1]:
                here = here[step]
            here[place[-1]] = data.draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    dossier, problems = Dossier.from_draft(draft)
    assert canonical_json(dossier)
    assert all(problem.path and problem.message_zh and problem.message_en for problem in problems)
    assert Dossier.model_validate(json.loads(canonical_json(dossier))) == dossier


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text() | st.sampled_from(list(good_draft())), JSON))
def test_any_json_object_is_a_draft(draft: dict[str, Any]):
    dossier, _ = Dossier.from_draft(draft)
    assert isinstance(dossier, Dossier)


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {key: shuffled(inner, rng) for key, inner in items}
    return [shuffled(inner, rng) for inner in value] if isinstance(value, list) else value


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_canonical_json_does_not_depend_on_the_order_of_keys(rng: random.Random):
    dossier, problems = Dossier.from_draft(shuffled(good_draft(), rng))
    assert not problems
    assert canonical_json(dossier) == canonical_json(good_dossier())
    assert sha256_of(dossier) == sha256_of(good_dossier())


def test_canonical_json_round_trips_and_every_value_counts():
    dossier = good_dossier()
    assert Dossier.model_validate(json.loads(canonical_json(dossier))) == dossier
    assert sha256_of(good_dossier({"parties.ke.role": "其他"})) != sha256_of(dossier)


def test_a_dossier_is_frozen_and_strict():
    with pytest.raises(ValidationError):
        good_dossier().title_zh = "x"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Dossier.model_validate({"tittle": "x"})
    with pytest.raises(ValidationError):
        Dossier.model_validate({"parties": [{"key": "a"}, {"key": "a"}]})


def test_totals_are_sums():
    dossier = good_dossier()
    assert dossier.total_fen == 120 * WAN
    assert dossier.matching_fen == 20 * WAN
    assert dossier.years == (2022, 2023, 2024)


@pytest.mark.parametrize(("country", "foreign", "outside"), [("CN", 0, 0), ("HK", 0, 1), ("KE", 1, 1), ("", 0, 0)])
def test_foreign_and_outside_the_mainland_differ(country: str, foreign: bool, outside: bool):
    party = good_dossier({"parties.ke.country": country}).party("ke")
    assert party is not None
    assert (party.is_foreign, party.is_outside_mainland) == (bool(foreign), bool(outside))


class TestDiff:
    """Rows are matched by key."""

    def test_of_the_same_is_empty(self):
        assert diff(good_dossier(), good_dossier()) == []

    def test_names_the_path_the_row_and_both_values(self):
        changes = diff(good_dossier(), good_dossier({"budget_lines.l2.amount_fen": 31 * WAN}))
        assert changes == [
            Change(
                "budget_lines.l2.amount_fen",
                "changed",
                "经费预算 · 野外考察差旅 · 金额（元）",
                "Budget lines · 野外考察差旅 · Amount (yuan)",
                30 * WAN,
                31 * WAN,
            )
        ]
        assert changes[0].is_amount

    def test_rows_added_and_removed(self):
        new = good_dossier({"parties.np": DELETE, "attachments.f2": DELETE, "keywords": ["新"]})
        kinds = {change.path: change.kind for change in diff(good_dossier(), new)}
        assert kinds == {"keywords": "changed", "parties.np": "removed", "attachments.f2": "removed"}
        back = {change.path: change.kind for change in diff(new, good_dossier())}
        assert back["parties.np"] == "added"

    def test_the_order_of_rows_is_not_a_change(self):
        draft = good_draft()
        draft["parties"].reverse()
        assert diff(good_dossier(), Dossier.from_draft(draft)[0]) == []

    def test_nested_rows_and_answers(self):
        new = good_dossier({"yearly_plan.y2023.indicators.i1.target": "85", "answers": {"q": "a"}})
        assert [change.path for change in diff(good_dossier(), new)] == [
            "yearly_plan.y2023.indicators.i1.target",
            "answers.q",
        ]


@pytest.mark.parametrize("number", [2**53, 10**15, -1, 0])
def test_a_reference_that_no_row_has_is_a_problem_and_not_a_crash(number: int) -> None:
    dossier, problems = Dossier.from_draft({"parties": [{"key": "p1", "institution_id": number}]})
    assert [problem.path for problem in problems] == ([] if number == 10**15 else ["parties.p1.institution_id"])
    assert len(sha256_of(dossier)) == 64
