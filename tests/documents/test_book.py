"""Sums are computed, both ways, to the fen."""

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from documents.book import Label, cross_table
from documents.templatetags import pdf
from tests.documents.samples import sample_dossier

entries = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.integers(2020, 2026), st.integers(0, 10**12)), max_size=30
)


@given(entries, st.lists(st.integers(2021, 2024), max_size=4, unique=True).map(sorted))
def test_sums_add_up_both_ways(listed: list[tuple[str, int | None, int]], years: list[int]) -> None:
    table = cross_table(listed, years)
    assert table.total_fen == sum(amount for _, _, amount in listed)
    assert table.total_fen == sum(row.total_fen for row in table.rows) == sum(table.totals)
    assert set(years) <= set(table.years)
    stated = [year for year in table.years if year is not None]
    assert stated == sorted(stated) and list(table.years[: len(stated)]) == stated
    for year, total in zip(table.years, table.totals, strict=True):
        assert total == sum(amount for _, one, amount in listed if one == year), "no amount counts for another year"


def test_the_sample_adds_up() -> None:
    dossier = sample_dossier()
    table = cross_table(((line.category, line.year, line.amount_fen) for line in dossier.budget_lines), dossier.years)
    assert table.total_fen == dossier.total_fen == 120_000_000
    assert table.years == (2022, 2023, 2024)


def test_labels_follow_the_language_and_fall_back() -> None:
    with translation.override("zh-hans"):
        assert str(Label("中", "en")) == "中" and str(Label("", "en")) == "en"
        assert pdf.amount(120_000_000) == "120 万元"
        assert "壹佰贰拾万元整" in pdf.in_capitals(120_000_000)
    with translation.override("en"):
        assert str(Label("中", "en")) == "en" and str(Label("中", "")) == "中"
        assert pdf.amount(120_000_000) == "CNY 1,200,000.00"


def test_markup_in_texts_stays_text() -> None:
    evil = "<script>alert(1)</script>"
    assert "<script>" not in pdf.both(evil, evil) + pdf.prose(evil) + pdf.bilingual(Label(evil, "x"))
    assert "<script>" not in pdf.label(evil, {})
