"""What the display filters and components print."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from core.errors import Obstacle
from core.templatetags import portal

DEADLINE = datetime(2021, 7, 30, 16, 0, tzinfo=UTC)  # 2021-07-30 24:00 in Beijing


def render(source: str, **context: Any) -> str:
    return Template("{% load portal components wording %}" + source).render(Context(context))


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "2021年7月30日 24:00"), ("en", "30 July 2021, 24:00")])
def test_an_exclusive_end_is_shown_as_24_00(language: str, text: str) -> None:
    with translation.override(language):
        assert portal.until(DEADLINE) == text


def test_other_ends_are_shown_as_they_are() -> None:
    with translation.override("en"):
        assert portal.until(DEADLINE + timedelta(hours=1)) == "31 July 2021, 01:00"


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "2021年7月31日"), ("en", "31 July 2021")])
def test_day_is_the_day_in_beijing(language: str, text: str) -> None:
    with translation.override(language):
        assert portal.day(DEADLINE) == text
        assert portal.day(date(2021, 7, 31)) == text


def test_precise_names_the_offset() -> None:
    assert portal.precise(DEADLINE) == "2021-07-31 00:00:00 UTC+08:00"


def test_nothing_prints_nothing() -> None:
    for show in (portal.day, portal.moment, portal.until, portal.iso, portal.urgency, portal.time_left, portal.precise):
        assert show(None) == ""
    assert portal.yuan(None) == portal.wan(None) == ""


@pytest.mark.parametrize(
    ("distance", "urgency", "text"),
    [
        (timedelta(days=-2), "overdue", "overdue by 2 days"),
        (timedelta(hours=-3), "overdue", "overdue by 3 hours"),
        (timedelta(0), "overdue", "just passed"),
        (timedelta(minutes=20), "today", "due in 20 minutes"),
        (timedelta(hours=5), "today", "due in 5 hours"),
        (timedelta(hours=20), "soon", "due in 20 hours"),
        (timedelta(days=2), "soon", "due in 2 days"),
        (timedelta(days=12), "later", "due in 12 days"),
    ],
)
def test_urgency_in_words(clock: Any, distance: timedelta, urgency: str, text: str) -> None:
    due = portal.clock.now() + distance
    with translation.override("en"):
        assert (portal.urgency(due), portal.time_left(due)) == (urgency, text)


def test_money_in_both_languages() -> None:
    with translation.override("zh-hans"):
        assert portal.wan(150000000) == "150 万元"
    with translation.override("en"):
        assert portal.wan(150000000) == "CNY 1,500,000"
        assert portal.wan(150000050) == "CNY 1,500,000.50"


def test_percent() -> None:
    assert portal.percent(1, 3) == "33.3 %"
    assert portal.percent(0.5) == "50 %"
    assert portal.percent(1, 0) == "–"


def test_local_marks_a_text_in_the_other_language() -> None:
    call = {"title_zh": "指南", "title_en": ""}
    with translation.override("en"):
        assert render('{% local call "title" %}', call=call) == '<span lang="zh-Hans">指南</span>'
        assert portal.in_language(call, "title") == "指南"
    with translation.override("zh-hans"):
        assert render('{% local call "title" %}', call=call) == "指南"


def test_local_escapes() -> None:
    assert "<b>" not in render('{% local call "title" %}', call=Thing(title_zh="<b>", title_en="<b>"))


def test_query_keeps_the_lists_state_and_starts_paging_anew() -> None:
    request = RequestFactory().get("/", {"q": "水", "sort": "number", "after": "x"})
    assert render('{% query sort="-number" %}', request=request) == "?q=%E6%B0%B4&amp;sort=-number"
    assert "after=y" in render('{% query after="y" %}', request=request)


def test_sort_header_turns_round() -> None:
    request = RequestFactory().get("/", {"sort": "amount"})
    header = render('{% sort_header "amount" "Amount" "num" %}', request=request)
    assert 'aria-sort="ascending"' in header
    assert "sort=-amount" in header


def test_the_difference_is_marked_and_escaped() -> None:
    html = render("{% diff_text before after %}", before="<i>two labs</i>", after="<i>three labs</i>")
    assert "<del>two</del><ins>three</ins>" in html
    assert "<i>" not in html


class Sample(forms.Form):
    title_zh = forms.CharField(label="Title")
    title_en = forms.CharField(label="Title", required=False, help_text="Short.")


def test_a_field_names_its_help_error_and_finding() -> None:
    form = Sample({"title_zh": ""})
    finding = Obstacle(code="x", message_zh="缺", message_en="missing", article="B6", field="title_zh")
    with translation.override("en"):
        html = render("{% field form.title_zh findings=findings %}", form=form, findings=[finding])
    assert 'aria-describedby="id_title_zh_error id_title_zh_finding"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="field-title_zh"' in html
    assert "missing" in html
    assert "(B6)" in html


def test_a_pair_has_both_languages_marked() -> None:
    html = render('{% field_pair form "title" %}', form=Sample())
    assert 'lang="zh-Hans"' in html
    assert 'lang="en"' in html


def test_error_summary_links_to_fields() -> None:
    html = render("{% error_summary form %}", form=Sample({}))
    assert 'href="#id_title_zh"' in html
    assert render("{% error_summary form %}", form=Sample({"title_zh": "x"})).strip() == ""


def test_findings_put_what_blocks_first() -> None:
    rows = [
        Obstacle(code="w", severity="warn", message_zh="警", message_en="warning", article="A5.3"),
        Obstacle(code="b", message_zh="拦", message_en="blocking", article="A4", who_can_clear="secretary"),
    ]
    with translation.override("en"):
        html = render("{% findings rows %}", rows=rows)
        assert html.index("blocking") < html.index("warning")
        assert "Secretariat" in html
        assert "Nothing stands in the way" in render("{% findings rows %}", rows=[])


def test_a_decision_with_findings_has_no_button() -> None:
    source = '{% decision title="T" submit="Go" findings=rows %}x{% enddecision %}'
    assert "<form" in render(source, rows=[])
    refused = render(source, rows=[Obstacle(code="b", message_zh="拦", message_en="blocking")])
    assert "<form" not in refused
