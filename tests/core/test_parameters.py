"""Numbers from addresses and forms."""

import pytest

from core.parameters import revision, whole


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("12", 12), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("", None), (None, None)]
)
def test_whole(text: str | None, number: int | None) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["-1", "+1", " 1", "1 ", "1_000", "٣", "²", "1.0", "\x00"])
def test_what_is_no_number(text: str) -> None:
    assert whole(text) is None
    assert revision(text) == -1
