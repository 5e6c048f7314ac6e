"""Form fields, API JSON and drafts turn into each other without loss; two versions of a page; pasted cells."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.clauses.base import Both
from programs.dossier import Dossier
from proposals.forms.commands import Command, with_blank_rows
from proposals.forms.conflict import differences, resolved
from proposals.forms.fields import EDITABLE, Field, Kind, Rows
from proposals.forms.pages import Block, Page
from proposals.forms.pasting import budget_rows
from proposals.forms.reading import BadDraft, merged, parts_from_json, parts_from_post, posted_from, value_in
from proposals.forms.showing import NO_CHOICES, Option, show, slots_of

WHOLE = Page("whole", Both("", ""), blocks=tuple(Block(path, items=(item,)) for path, item in EDITABLE.items()))
ITEMS = WHOLE.items

keys = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=0, max_size=30)
filled = words.filter(lambda text: bool(text.strip()))


def values(item: Field) -> st.SearchStrategy[Any]:
    if item.kind is Kind.FLAG:
        return st.booleans()
    if item.kind is Kind.WORDS:
        return st.lists(st.from_regex(r"[a-z水]{1,9}", fullmatch=True), max_size=4)
    if item.kind is Kind.AMOUNT:
        return st.one_of(words, st.sampled_from(["100万", "1e9", "-1", "=cmd()", "1,000.50", "￥12"]))
    return words


def row(item: Rows) -> st.SearchStrategy[dict[str, Any]]:
    """A row that isn't empty: its first visible text is filled in."""
    first = next(one for one in item.items if isinstance(one, Field) and one.initial is not None and one.kind in LINES)

    def nested(drawn: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in drawn.items():
            here = made
            *steps, last = name.split(".")
            for step in steps:
                here = here.setdefault(step, {})
            here[last] = value
        return made

    parts = {one.name: rows(one) if isinstance(one, Rows) else values(one) for one in item.items}
    return st.fixed_dictionaries({"key": keys, **parts, first.name: filled}).map(nested)


LINES = (Kind.LINE, Kind.LONG_LINE, Kind.TEXT, Kind.AMOUNT)


def rows(item: Rows) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(row(item), max_size=3, unique_by=lambda one: one["key"])


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    data: dict[str, Any] = {"pi": {"user_id": 7, "name_zh": "裴山"}}
    for name, item in EDITABLE.items():
        value = draw(rows(item) if isinstance(item, Rows) else values(item))
        if name.startswith("pi."):
            data["pi"][name.removeprefix("pi.")] = value
        else:
            data[name] = value
    return data


# ---------------------------------------------------------------- nothing is lost
@settings(max_examples=60, deadline=None)
@given(drafts())
def test_a_draft_survives_its_form_with_every_value_as_typed(data: dict[str, Any]) -> None:
    assert merged(data, parts_from_post(ITEMS, posted_from(ITEMS, data))) == data


@settings(max_examples=60, deadline=None)
@given(drafts())
def test_json_and_form_say_the_same(data: dict[str, Any]) -> None:
    own = {name: value for name, value in data.items() if name != "pi"}
    own["pi"] = {name: value for name, value in data["pi"].items() if f"pi.{name}" in EDITABLE}
    assert merged(data, parts_from_json(ITEMS, own)) == data


@settings(max_examples=60, deadline=None)
@given(drafts())
def test_any_draft_can_be_shown_and_judged(data: dict[str, Any]) -> None:
    blocks = show(WHOLE, data, choose=lambda field: NO_CHOICES)
    assert len(dict(slots_of(blocks))) >= len(EDITABLE)
    Dossier.from_draft(data)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=3), max_size=8))
def test_any_form_can_be_posted(posted: dict[str, list[str]]) -> None:
    assert parts_from_post(ITEMS, posted) in ({}, parts_from_post(ITEMS, posted))


def test_clean_amounts_are_written_for_people_and_read_back() -> None:
    data = {"budget_lines": [{"key": "b1", "name": "Pump", "amount_fen": 100_000_050, "unit_price_fen": 4_000_000}]}
    posted = posted_from(ITEMS, data)
    assert posted["budget_lines.b1.amount_fen"] == ["1,000,000.50"]
    assert posted["budget_lines.b1.unit_price_fen"] == ["40,000"]
    dossier, problems = Dossier.from_draft(merged({}, parts_from_post(ITEMS, posted)))
    assert problems == []
    assert dossier.budget_lines[0].amount_fen == 100_000_050
    assert dossier.budget_lines[0].unit_price_fen == 4_000_000


def test_what_a_form_does_not_show_stays_with_its_row() -> None:
    stored = {"participants": [{"key": "m1", "name": "An", "user_id": 5}, {"key": "m2", "name": "Bo", "user_id": 6}]}
    posted = {"participants": ["", "m2"], "participants.m2.name": ["Bob"]}
    assert merged(stored, parts_from_post(ITEMS, posted))["participants"] == [
        {"key": "m2", "name": "Bob", "user_id": 6}
    ]


def test_fields_that_were_not_on_the_page_stay() -> None:
    stored = {"title_zh": "标题", "parties": [{"key": "p1", "name_zh": "甲"}], "keywords": ["水"]}
    assert merged(stored, parts_from_post(ITEMS, {"title_en": ["Title"]})) == {**stored, "title_en": "Title"}


def test_the_last_row_can_be_taken_away() -> None:
    stored = {"parties": [{"key": "p1", "name_zh": "甲"}]}
    assert merged(stored, parts_from_post(ITEMS, {"parties": [""]}))["parties"] == []


@pytest.mark.parametrize("untouched", [{}, {"party_key": "lead"}, {"name": "", "party_key": "lead", "is_main": False}])
def test_a_row_nobody_wrote_in_is_not_kept(untouched: dict[str, Any]) -> None:
    assert parts_from_json(ITEMS, {"participants": [{"key": "m1", **untouched}]}) == {"participants": []}


def test_text_no_database_can_hold_loses_only_that() -> None:
    parts = parts_from_post(ITEMS, {"title_zh": ["水\x00利\ud800\r\n工程"]})
    assert parts["title_zh"] == "水利\ufffd\n工程"
    assert len(parts_from_post(ITEMS, {"abstract_zh": ["长" * 300_000]})["abstract_zh"]) == 100_000


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"lead": {"kind": "cas_institute"}},
        {"attachments": []},
        {"pi": {"user_id": 3}},
        {"parties": {"p1": {}}},
        {"parties": [{"key": "p1", "is_anso_member": True}]},
        {"title_zh": {"a": 1}},
        {"budget_lines": [[]]},
        {"participants": [{"key": "m1", "user_id": 9}]},
    ],
)
def test_json_cannot_write_what_an_applicant_does_not_decide(data: Any) -> None:
    with pytest.raises(BadDraft):
        parts_from_json(ITEMS, data)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, -1, 1.5, True, None, "100万"])
def test_json_values_are_kept_storable(value: Any) -> None:
    import json

    parts = parts_from_json(ITEMS, {"budget_lines": [{"key": "b1", "name": "x", "amount_fen": value}]})
    assert json.loads(json.dumps(parts, allow_nan=False)) == parts
    dossier, _ = Dossier.from_draft(parts)
    assert [line.name for line in dossier.budget_lines] == ["x"]


# ---------------------------------------------------------------- two versions
MINE = {
    "title_zh": "我的题目",
    "abstract_zh": "同样",
    "parties": [{"key": "p1", "name_en": "Mine"}, {"key": "p2", "name_en": "New here"}],
}
THEIRS = {
    "title_zh": "别的题目",
    "abstract_zh": "同样",
    "parties": [{"key": "p1", "name_en": "Theirs"}, {"key": "p3", "name_en": "Added there"}],
}


def test_differences_name_fields_and_rows() -> None:
    found = {one.path: one.only for one in differences(WHOLE, MINE, THEIRS)}
    assert found == {"title_zh": "", "parties.p1": "", "parties.p2": "mine", "parties.p3": "theirs"}


def test_without_a_choice_no_row_is_lost() -> None:
    parts = resolved(WHOLE, MINE, THEIRS, {})
    assert parts["title_zh"] == "我的题目"
    assert [one["key"] for one in parts["parties"]] == ["p1", "p2", "p3"]


def test_choices_are_followed() -> None:
    choices = {"title_zh": "theirs", "parties.p1": "theirs", "parties.p2": "theirs", "parties.p3": "mine"}
    parts = resolved(WHOLE, MINE, THEIRS, choices)
    assert parts["title_zh"] == "别的题目"
    assert parts["parties"] == [{"key": "p1", "name_en": "Theirs"}]


@settings(max_examples=40, deadline=None)
@given(drafts(), drafts())
def test_taking_one_side_whole_gives_that_side(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    paths = [one.path for one in differences(WHOLE, mine, theirs)]
    for side, whole in (("mine", mine), ("theirs", theirs)):
        kept = merged(theirs, resolved(WHOLE, mine, theirs, dict.fromkeys(paths, side)))
        # A hidden value (whose partner, which year) alone is no difference to choose about.
        assert {one.path for one in differences(WHOLE, kept, whole)} == set()


# ---------------------------------------------------------------- pasted cells
OPTIONS = {
    "category": [Option("equipment", "Equipment"), Option("travel", "Travel")],
    "party_key": [Option("lead", "Our institute"), Option("p1", "Kandy Institute")],
}


def test_cells_follow_the_grid_and_keep_what_they_say() -> None:
    text = "Equipment\tSoil station\t2022\tKandy Institute\t40,000\t6\t240,000\tQuote\tFor the field sites\r\n\r\nBogus\tX\t\t\t\t\t100万\t=cmd()\t\r\n"
    first, second = budget_rows(text, OPTIONS)
    assert first["category"] == "equipment"
    assert first["party_key"] == "p1"
    assert first["amount_fen"] == "240,000"
    assert second["category"] == "Bogus"
    assert second["party_key"] == "lead"
    assert second["amount_fen"] == "100万"
    assert second["basis"] == "=cmd()"
    assert first["key"] != second["key"]


def test_a_line_of_headings_orders_the_columns() -> None:
    text = '金额（元）\t名称\t备注\t测算依据\n1200.50\t差旅\t忽略\t"两次，\n每次三人"'
    (only,) = budget_rows(text, OPTIONS)
    assert (only["amount_fen"], only["name"], only["basis"]) == ("1200.50", "差旅", "两次，\n每次三人")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_clipboard_can_be_pasted(text: str) -> None:
    assert all(isinstance(row, dict) for row in budget_rows(text, OPTIONS))


# ---------------------------------------------------------------- buttons without scripts
def test_rows_are_removed_and_added_by_name() -> None:
    parts = {"yearly_plan": [{"key": "y1", "indicators": [{"key": "i1"}, {"key": "i2"}]}]}
    Command("remove_row", "yearly_plan.y1.indicators:i1").apply(WHOLE, parts, {})
    assert value_in(parts, "yearly_plan.y1.indicators") == [{"key": "i2"}]
    grown = with_blank_rows(WHOLE, parts, "yearly_plan.y1.indicators.i9")
    assert value_in(grown, "yearly_plan.y1.indicators.i9") == {"key": "i9"}
    assert with_blank_rows(WHOLE, parts, "parties.p4")["parties"] == [{"key": "p4"}]
    for nonsense in ("", "lead.x", "title_zh.x", "a.b.c.d.e.f", "parties", "yearly_plan.y1.nothing.i1"):
        assert with_blank_rows(WHOLE, parts, nonsense) == parts
