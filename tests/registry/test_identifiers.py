"""Check characters of ORCID, USCC and ROR: the right one passes in every way of writing, a slip of the finger doesn't."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from registry.identifiers import orcid_of, ror_of, uscc_of


@pytest.mark.parametrize(
    ("read", "ways", "plain"),
    [
        (
            orcid_of,
            [
                "0000-0002-1694-233X",
                "https://orcid.org/0000-0002-1694-233x",
                " 000000021694233X ",
                "orcid.org/0000-0002-1694-233X/",
            ],
            "0000-0002-1694-233X",
        ),
        (
            uscc_of,
            ["91110000600037341L", "9111 0000 6000 3734 1l", "９１１１００００６０００３７３４１Ｌ"],
            "91110000600037341L",
        ),
        (ror_of, ["02mhbdp94", "https://ror.org/02MHBDP94", "ror.org/02mhbdp94/", " 02mhbdp94"], "02mhbdp94"),
    ],
    ids=["orcid", "uscc", "ror"],
)
def test_every_way_of_writing_is_one_number_and_one_wrong_character_none(
    read: Callable[[str], str], ways: list[str], plain: str
) -> None:
    assert {read(way) for way in ways} == {plain} and read("  ") == ""
    for place, char in enumerate(plain):
        if char.isdigit():
            slip = plain[:place] + str((int(char) + 1) % 10) + plain[place + 1 :]
            with pytest.raises(ValidationError):
                read(slip)
    for nonsense in (plain[:-1], plain + "0", "x", "<script>", "٠" * len(plain), "\x00"):
        with pytest.raises(ValidationError):
            read(nonsense)
