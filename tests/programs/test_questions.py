"""A programme's own questions: what each type takes, its limits, and what a policy may not ask."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from programs.dossier import Dossier
from programs.findings import Stage
from programs.policy import PolicyError, builtin_text, parse_policy
from programs.policy.questions import AnswerType, Question, count_characters
from tests.programs.cases import CONFERENCE

OPTIONS = [{"key": "a", "zh": "甲", "en": "First"}, {"key": "b", "zh": "乙", "en": "Second"}]


def question(**more: Any) -> Question:
    return Question.model_validate({"key": "q", "article": "A5.5", "zh": "问题", "en": "Question", **more})


def objects(asked: Question, answer: str) -> bool:
    return bool(asked.check(Dossier(answers={"q": answer}), Stage.DRAFT))


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("line", ["x", "中文"], []),
        ("text", ["x\ny"], []),
        ("number", ["0", "12", "１２"], ["twelve", "1.5", "1e3"]),
        ("money", ["0", "1,000,000.50", "12"], ["100万", "1e9", "-1", "1.234", "9" * 20]),
        ("date", ["2022-02-28"], ["2022-02-30", "28.2.2022", "soon"]),
        ("choice", ["a", "b"], ["c", "a,b"]),
        ("choices", ["a", "a,b", "b,a"], ["c", "a,c"]),
        ("yes-no", ["yes", "no"], ["maybe", "on"]),
        ("goals", ["sdg1", "sdg1,sdg17"], ["sdg0", "sdg18"]),
    ],
)
def test_what_each_type_takes(type_: str, good: list[str], bad: list[str]):
    asked = question(type=type_, **({"options": OPTIONS} if type_.startswith("choice") else {}))
    assert [answer for answer in good if objects(asked, answer)] == []
    assert [answer for answer in bad if not objects(asked, answer)] == []
    assert not objects(asked, ""), "an optional answer may stay open"
    assert objects(asked.model_copy(update={"required": True}), "")
    assert asked.words(Dossier()) == ("", "")


def test_every_type_is_tried_above():
    assert len(AnswerType) == 9


@given(st.text(max_size=200))
def test_no_answer_raises(answer: str):
    dossier, _ = Dossier.from_draft({"answers": {"q": answer}})
    for type_ in AnswerType:
        asked = question(type=type_, **({"options": OPTIONS} if type_.startswith("choice") else {}))
        for finding in asked.check(dossier, Stage.DRAFT):
            assert finding.message_zh
            assert finding.message_en
        asked.words(dossier)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_number_at_below_and_above_its_limits(least: int, more: int):
    asked = question(type="number", minimum=least, maximum=least + more)
    tried = [least - 1, least, least + more, least + more + 1]
    assert [objects(asked, str(value)) for value in tried] == [True, False, False, True]


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_an_amount_at_below_and_above_its_limits(least: int, more: int):
    asked = question(type="money", minimum=least, maximum=least + more)
    tried = [f"{least - 1}.99", str(least), str(least + more), f"{least + more}.01"]
    assert [objects(asked, value) for value in tried] == [True, False, False, True]


@given(st.integers(1, 300))
def test_a_text_at_and_above_its_length(most: int):
    asked = question(type="text", max_characters=most)
    assert not objects(asked, "字" * most)
    assert objects(asked, "字" * (most + 1))
    assert not objects(asked, " ".join(["word"] * most))


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("联合研究", 4), ("联合研究。", 5), ("joint research", 2), ("ANSO 项目", 3), ("2022年", 2), ("a，b", 3)],
)
def test_characters_are_counted_as_word_counts_them(text: str, count: int):
    assert count_characters(text) == count


def test_the_only_answer_with_which_one_may_apply():
    asked = question(type="yes-no", must_be="yes")
    assert [objects(asked, answer) for answer in ("yes", "no", "")] == [False, True, True]


def test_answers_in_words():
    dossier = Dossier(answers={"q": "b,a,x"})
    assert question(type="choices", options=OPTIONS).words(dossier) == ("乙；甲；x", "Second; First; x")
    assert question(type="yes-no").words(Dossier(answers={"q": "no"})) == ("否", "No")
    assert question(type="money").words(Dossier(answers={"q": "1,500,000"})) == ("150 万元", "CNY 1,500,000")
    assert question(type="money").words(Dossier(answers={"q": "lots"})) == ("lots", "lots")


def test_a_question_speaks_only_while_the_applicant_writes():
    asked = question(required=True)
    assert [stage for stage in Stage if asked.check(Dossier(), stage)] == [Stage.DRAFT, Stage.ENDORSE, Stage.CHECK]


def test_options_without_a_type_make_a_choice():
    assert question(options=OPTIONS).type is AnswerType.CHOICE


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "choice"},
        {"type": "number", "options": OPTIONS},
        {"type": "number", "max_characters": 3},
        {"type": "text", "minimum": 3},
        {"type": "number", "minimum": 3, "maximum": 2},
        {"type": "yes-no", "must_be": "perhaps"},
        {"type": "colour"},
    ],
)
def test_a_contradictory_question_is_refused(bad: dict[str, Any]):
    with pytest.raises(ValidationError):
        question(**bad)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('    { path = "answers.goals" },\n', "", "question goals is on no page of the form"),
        ('unless = "is_series"', 'unless = "is_serial"', "goes by the question is_serial"),
        ('path = "activities"\nzh = "会议"\n', 'path = "activities"\n', "need zh, en and columns"),
        ('{ key = "place", zh = "地点"', '{ key = "plaza", zh = "地点"', "no column 'plaza'"),
    ],
)
def test_what_no_applicant_could_answer_is_refused(old: str, new: str, reason: str):
    text = builtin_text(CONFERENCE)
    assert text.count(old) == 1
    with pytest.raises(PolicyError, match=reason):
        parse_policy(text.replace(old, new))
