"""What templates keep or write in Python says the same as a template would, and escapes as much."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.template import engines
from django.templatetags.static import static

HOSTILE = "\"'><script>alert(1)</script>"
ESCAPED = "&quot;&#x27;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"


def render(source: str, **context: Any) -> str:
    return engines["django"].from_string("{% load components %}" + source).render(context)


def test_static_addresses_are_djangos_own() -> None:
    address = static("css/base.css")
    assert render("{% static 'css/base.css' %}|{% static 'css/base.css' %}") == f"{address}|{address}"
    assert render("{% static 'css/base.css' as a %}[{{ a }}]") == f"[{address}]"
    template = engines["django"].from_string("{% static path %}")
    assert [template.render({"path": path}) for path in ("css/base.css", "css/forms.css")] == [
        address,
        static("css/forms.css"),
    ]


def test_a_panel_escapes_its_title_and_keeps_its_content() -> None:
    html = render("{% panel title id=title level=3 tone=title %}<p>{{ title }}</p>{% endpanel %}", title=HOSTILE)
    assert html == (
        f'<section class="panel tone-{ESCAPED}" id="{ESCAPED}"><div class="panel-head"><h3>{ESCAPED}</h3></div>'
        f"<p>{ESCAPED}</p></section>"
    )
    assert render("{% panel %}x{% endpanel %}") == '<section class="panel">x</section>'


@dataclass
class Change:
    before: Any
    after: Any
    kind: str = "changed"
    is_amount: bool = False


@pytest.mark.parametrize(
    ("change", "sides"),
    [
        (Change(100, 250, is_amount=True), ('<del class="amount">1.00</del>', '<ins class="amount">2.50</ins>')),
        (Change(None, 0, is_amount=True), ("–", '<ins class="amount">0.00</ins>')),
        (Change("a b", "a c"), ("a <del>b</del>", "a <ins>c</ins>")),
        (Change(None, HOSTILE, "added"), ("", f"<ins>{ESCAPED}</ins>")),
        (Change(HOSTILE, None, "removed"), (f"<del>{ESCAPED}</del>", "")),
    ],
)
def test_the_sides_of_a_change(change: Change, sides: tuple[str, str]) -> None:
    html = render("{% diff_value c 'before' %}|{% diff_value c 'after' %}", c=change)
    assert html == "|".join(sides)
