"""Two people on one page: what only one wrote is kept, what both wrote is asked about, and no text is lost."""

from typing import Any

from hypothesis import Phase, given, settings

from proposals.forms.conflict import comparison, taken
from proposals.forms.fields import Rows
from proposals.forms.merging import base_of, merge, news, prints_in
from proposals.forms.reading import merged, posted_from
from tests.proposals.test_drafting_forms import WHOLE, drafts

ITEMS = WHOLE.items
LISTS = {item.name for item in ITEMS if isinstance(item, Rows)} | {"indicators"}
HIDDEN = {"year", "party_key", "finding", "institution_id"}
GIVEN: dict[str, Any] = {
    "title_zh": "题目",
    "title_en": "Title",
    "keywords": ["water"],
    "parties": [
        {"key": "p1", "name_en": "Kandy", "role": "Fields", "contact": {"name": "Nimal", "email": ""}},
        {"key": "p2", "name_en": "Nairobi", "role": "Maps"},
    ],
    "yearly_plan": [{"key": "y1", "year": 2022, "objectives": "Begin", "indicators": [{"key": "i1", "name": "Maps"}]}],
}


def after(mine: dict[str, Any], theirs: dict[str, Any], base: dict[str, Any] = GIVEN) -> Any:
    """The page given out as `base`, sent as `mine` while `theirs` is stored."""
    prints = prints_in(base_of(ITEMS, base))
    assert prints is not None
    return merge(ITEMS, mine, theirs, prints)


def party(draft: dict[str, Any], key: str, **more: Any) -> dict[str, Any]:
    return draft | {"parties": [row | more if row["key"] == key else row for row in draft["parties"]]}


def test_different_fields_of_one_row_and_one_list_are_merged() -> None:
    mine = party(GIVEN, "p1", role="Fields and yields") | {"title_en": "Mine"}
    theirs = party(GIVEN, "p1", contact={"name": "Nimal", "email": "n@kandy.example"}) | {"keywords": ["soil"]}
    theirs["parties"] = [*theirs["parties"], {"key": "p3", "name_en": "Kathmandu"}]
    theirs["yearly_plan"] = [GIVEN["yearly_plan"][0] | {"indicators": [{"key": "i1", "name": "Atlas"}]}]
    found = after(mine, theirs)
    kept = merged(theirs, found.parts)
    assert found.clashes == set()
    assert (kept["title_en"], kept["keywords"]) == ("Mine", ["soil"])
    assert kept["parties"][0]["role"] == "Fields and yields"
    assert kept["parties"][0]["contact"]["email"] == "n@kandy.example"
    assert [row["key"] for row in kept["parties"]] == ["p1", "p2", "p3"]
    assert kept["yearly_plan"][0]["indicators"][0]["name"] == "Atlas"


def test_the_same_field_is_asked_about_and_either_text_can_be_kept() -> None:
    mine = party(GIVEN, "p1", role="Mine", name_en="Kandy Institute")
    theirs = party(GIVEN, "p1", role="Theirs") | {"title_en": "Theirs too"}
    found = after(mine, theirs)
    assert found.clashes == {"parties.p1.role"}
    both = comparison(WHOLE, found.parts, theirs, frozenset(found.clashes))
    (shown,) = both["differences"]
    assert (shown.path, shown.texts[0].mine, shown.texts[0].theirs) == ("parties.p1.role", "Mine", "Theirs")
    chosen = taken(found.parts, theirs, {"parties.p1.role": "theirs", "parties.nobody.role": "theirs"})
    assert (chosen["parties"][0]["role"], chosen["parties"][0]["name_en"]) == ("Theirs", "Kandy Institute")
    assert (found.parts["parties"][0]["role"], found.parts["title_en"]) == ("Mine", "Theirs too")


def test_a_row_goes_only_if_nobody_wrote_in_it() -> None:
    without = GIVEN | {"parties": GIVEN["parties"][:1]}
    written = party(GIVEN, "p2", role="Maps of soils")
    for mine, theirs, keys in (
        (without, GIVEN, ["p1"]),
        (GIVEN, without, ["p1"]),
        (without, written, ["p1", "p2"]),
        (written, without, ["p1", "p2"]),
    ):
        kept = after(mine, theirs).parts["parties"]
        assert [row["key"] for row in kept] == keys
        assert keys == ["p1"] or kept[1]["role"] == "Maps of soils"


def test_a_form_that_still_shows_the_old_text_does_not_bring_it_back() -> None:
    """Autosave answers with the prints of what the form shows; the second save must not undo theirs."""
    mine, theirs = GIVEN | {"title_en": "Mine"}, GIVEN | {"title_zh": "他们的题目"}
    stored = merged(theirs, after(mine, theirs).parts)
    shown = merged(stored, mine)
    found = news(ITEMS, shown, stored)
    assert (found.values, found.has_other_rows) == ({"title_zh": ["他们的题目"]}, False)
    again = after(mine | {"title_en": "Mine again"}, stored, base=shown)
    assert (again.parts["title_zh"], again.parts["title_en"], again.clashes) == ("他们的题目", "Mine again", set())


def test_prints_that_no_page_gave_out_are_not_believed() -> None:
    for text in ("", "x", "é", "W10", "bnVsbA", "0" * 32, "e30", base_of(ITEMS, GIVEN)[:-9]):
        assert prints_in(text) is None
    odd = {"": "short", "parties": {"p1": 7, "p2": {"": ["x"]}}, "yearly_plan": "no"}
    found = merge(ITEMS, GIVEN | {"title_en": "Mine"}, GIVEN, odd)
    assert "title_en" in found.clashes


@settings(max_examples=40, deadline=None, phases=[Phase.generate])
@given(drafts(), drafts(), drafts())
def test_whatever_both_write_each_text_is_kept_or_asked_about(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    found = after(mine, theirs, base)
    kept, was = posted_from(ITEMS, merged(theirs, found.parts)), posted_from(ITEMS, base)
    for side, draft in (("mine", mine), ("theirs", theirs)):
        for name, values in posted_from(ITEMS, draft).items():
            last = name.rpartition(".")[2]
            if last in LISTS or last in HIDDEN or values == was.get(name, [""]):
                continue
            assert kept.get(name) == values or (side == "theirs" and name in found.clashes), (side, name)
