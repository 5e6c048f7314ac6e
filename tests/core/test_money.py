"""Money stays whole: what people type, what they read, what is split."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money

FEN = st.integers(0, money.MAX_FEN)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)


@given(FEN)
def test_what_is_written_is_read_back(fen):
    assert money.parse_yuan(money.format_yuan(fen)) == fen


@given(FEN)
def test_plain_digits_are_read_too(fen):
    assert money.parse_yuan(money.format_yuan(fen).replace(",", "")) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("1", 100),
        ("1.5", 150),
        ("1.05", 105),
        (" 1,200,000.00 ", 120_000_000),
        ("¥1,000", 100_000),
        ("￥ 1000", 100_000),
        ("007", 700),
        ("100000000000", money.MAX_FEN),
    ],
)
def test_amounts_as_people_type_them(text, fen):
    assert money.parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "+1", "1e9", "1E9", "100万", "一百", "１００", "1００", "٣٠٠", "1,00", "1,0000", ",100", "1,,000", "1.234",
        "1.", ".5", "1 000", "1\u00a0000", "0x10", "1_000", "NaN", "inf", "∞", "1/2", "=1+1", "100元", "CNY 100", "1\n2", "1\x00",
        "\u202e001", "100000000000.01", "9" * 400, "¥", "12,34", "1;000",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text):
    with pytest.raises(money.NotAnAmount):
        money.parse_yuan(text)


@pytest.mark.parametrize("text", ["-1", "−1,000.50", "－3", "- 1", "-¥5"])
def test_less_than_nothing_is_named(text):
    with pytest.raises(money.NegativeAmount):
        money.parse_yuan(text)


def test_too_much_is_named():
    with pytest.raises(money.AmountTooLarge):
        money.parse_yuan("1" + "0" * 12)
    with pytest.raises(money.NotAnAmount) as refused:
        money.parse_yuan("--1")
    assert type(refused.value) is money.NotAnAmount


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text):
    try:
        fen = money.parse_yuan(text)
    except money.NotAnAmount:
        return
    assert 0 <= fen <= money.MAX_FEN
    assert money.parse_yuan(money.format_yuan(fen)) == fen


@given(st.integers(-money.MAX_FEN, money.MAX_FEN), WEIGHTS)
def test_parts_add_up_to_the_fen(total, weights):
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)


@given(FEN, WEIGHTS)
def test_no_part_is_a_whole_fen_off(total, weights):
    for part, weight in zip(money.allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert part >= 0
        assert weight or not part


@given(FEN, st.lists(st.fractions(0, 1, max_denominator=1000), min_size=1, max_size=12).filter(any))
def test_shares_may_be_fractions(total, weights):
    assert sum(money.allocate(total, weights)) == total


def test_equal_shares_differ_by_a_fen_and_the_first_get_it():
    assert money.allocate(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 3]])
def test_weights_that_say_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        money.allocate(100, weights)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (1234567, "12,345.67"), (-1, "-0.01"), (-150000, "-1,500.00")]
)
def test_yuan_as_displayed(fen, text):
    assert money.format_yuan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0"),
        (120_000_000, "120"),
        (1, "0.000001"),
        (150_050_000, "150.05"),
        (1_000_000_000_00, "100,000"),
        (10_000_000, "10"),
    ],
)
def test_ten_thousands_as_displayed(fen, text):
    assert money.format_wan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (120_000_000, "壹佰贰拾万元整"),
        (100, "壹元整"),
        (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        (150, "壹元伍角"),
        (105, "壹元零伍分"),
        (1_000_000_00, "壹佰万元整"),
        (0, "零元整"),
    ],
)
def test_capital_numerals(fen, text):
    assert money.capital(fen) == text


def test_yuan_rounds_half_up_once():
    assert money.yuan("0.005") == 1
    assert money.yuan("0.004") == 0
    assert money.yuan(3) == 300
    with pytest.raises(money.NotAnAmount):
        money.yuan("ten")
