"""Pieces of a difference rebuild both texts, and are as small as people read."""

from hypothesis import given
from hypothesis import strategies as st

from core.differences import MOST_TOKENS, Piece, pieces

texts = st.text(alphabet="ab 甲乙丙\n,，.", max_size=60)


@given(texts, texts)
def test_pieces_rebuild_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "added") == before
    assert "".join(piece.text for piece in found if piece.kind != "removed") == after


def test_one_chinese_character() -> None:
    assert pieces("两个实验室", "三个实验室") == [
        Piece("removed", "两"),
        Piece("added", "三"),
        Piece("same", "个实验室"),
    ]


def test_whole_words_in_latin_script() -> None:
    found = pieces("a joint study of oases", "a joint survey of oases")
    assert Piece("removed", "study") in found
    assert Piece("added", "survey") in found


def test_two_unrelated_texts_are_not_made_a_patchwork() -> None:
    assert [piece.kind for piece in pieces("甲乙丙丁", "one two three")] == ["removed", "added"]


def test_a_long_text_is_compared_by_lines() -> None:
    lines = [f"line {number} of a long plan\n" for number in range(MOST_TOKENS // 8)]
    found = pieces("".join(lines), "".join([*lines[:5], "another\n", *lines[5:]]))
    assert [piece for piece in found if piece.kind != "same"] == [Piece("added", "another\n")]
