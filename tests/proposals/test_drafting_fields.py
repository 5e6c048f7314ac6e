"""The inputs that the form's tags write: nothing typed gets out of its place."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import engines
from django.utils.translation import override

from programs.clauses.base import Both
from proposals.forms.fields import Field, Kind, Rows
from proposals.forms.showing import NO_CHOICES, Choices, Option, Remark, ShownField, ShownRow

HOSTILE = """"'><script>alert(1)</script></textarea></select>&amp;{{ 7|add:7 }}\u202e"""
SHOWN = [kind for kind in Kind if kind is not Kind.HIDDEN]


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def one(self, tag: str) -> dict[str, str | None]:
        """The attributes of the last such tag."""
        return [attributes for name, attributes in self.found if name == tag][-1]


def rendered(source: str, **context: Any) -> Tags:
    return Tags(engines["django"].from_string("{% load draft %}" + source).render(context))


def hostile(kind: Kind, **changes: Any) -> ShownField:
    choices = Choices([Option(HOSTILE, HOSTILE, HOSTILE), Option("b", "B")])
    field = Field(HOSTILE, kind, Both(HOSTILE, HOSTILE))
    values: dict[str, Any] = {"options": choices, "help": HOSTILE, "remarks": [Remark(HOSTILE, "block", HOSTILE)]}
    return ShownField(field, HOSTILE, HOSTILE, **{**values, **changes})


@pytest.mark.parametrize("kind", SHOWN)
@pytest.mark.parametrize("tag", ["{% draft_field f %}", "{% control f %}", '{% cells row "list" %}'])
def test_nothing_typed_becomes_markup(kind: Kind, tag: str) -> None:
    field = hostile(kind)
    row = ShownRow(HOSTILE, HOSTILE, {"f": field}, {}, [Remark(HOSTILE, "comment", HOSTILE)])
    page = rendered(tag, f=field, row=row)
    assert "script" not in {name for name, _ in page.found}
    names = {name for _, attributes in page.found for name in attributes}
    assert not names & {"alert(1)", "onload", "</script"} and all(name.replace("-", "").isalpha() for name in names)


@pytest.mark.parametrize("kind", SHOWN)
def test_what_was_typed_stands_in_its_input(kind: Kind) -> None:
    page = rendered("{% control f %}", f=hostile(kind, remarks=[], options=Choices([Option(HOSTILE, "A")])))
    if kind in (Kind.TEXT, Kind.LONG_LINE):
        assert page.text.removeprefix("\n") == HOSTILE
    elif kind is Kind.CHOICE:
        chosen = [attributes for name, attributes in page.found if name == "option" and "selected" in attributes]
        assert [one["value"] for one in chosen] == [HOSTILE]
    elif kind is Kind.FLAG:
        assert "checked" not in page.one("input")
    elif kind is not Kind.CHOICES:
        assert page.one("input")["value"] == HOSTILE


def test_a_choice_that_is_no_longer_offered_is_kept_for_this_field_only() -> None:
    offered = Choices([Option("a", "A"), Option("b", "B")])
    assert offered.html("b").count("selected") == 1
    assert "selected" not in offered.html("") and "selected" not in offered.html("c")


def test_a_field_names_its_help_its_remarks_and_its_state() -> None:
    field = hostile(Kind.LINE, options=NO_CHOICES)
    about = rendered("{% draft_field f %}", f=field).one("input")
    assert about["aria-describedby"] == f"help-{HOSTILE} at-{HOSTILE}"
    assert about["aria-invalid"] == "true"
    assert "aria-invalid" not in rendered("{% control f %}", f=hostile(Kind.LINE, remarks=[])).one("input")


def test_a_cell_is_named_by_its_column_in_the_language_of_the_page() -> None:
    spec = Rows("list", "l", (Field("n", Kind.AMOUNT, Both("金额", "Amount")),))
    field = ShownField(spec.items[0], "list.k1.n", "5", NO_CHOICES)  # type: ignore[arg-type] # the items are fields
    row = ShownRow("k1", "list.k1", {"n": field}, {})
    for language, name in (("zh-hans", "金额"), ("en", "Amount")):
        with override(language):
            page = rendered('{% cells row "list" %}', row=row)
        assert page.one("input")["aria-label"] == page.one("td")["data-label"] == name
        assert page.one("input")["inputmode"] == "decimal"


def test_what_the_directory_says_cannot_be_typed_over() -> None:
    assert "readonly" in rendered("{% draft_field f known='7' %}", f=hostile(Kind.LINE)).one("input")
    assert "disabled" in rendered("{% draft_field f known='7' %}", f=hostile(Kind.CHOICE, options=NO_CHOICES)).one(
        "select"
    )
    assert "readonly" not in rendered("{% draft_field f known='' %}", f=hostile(Kind.LINE)).one("input")
