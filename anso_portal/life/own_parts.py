"""What only some programmes ask: answers to their own questions, their courses, visits or meetings."""

from datetime import date, timedelta
from typing import Any

from anso_portal.life import places, topics
from programs.clauses.activities import ActivityCountry, ActivityLength
from programs.clauses.people import ActiveProject
from programs.policy import Policy
from programs.policy.questions import NO, AnswerType, Question


def answers(policy: Policy, end: date) -> dict[str, str]:
    """An answer to each question; a project that this one rests on lasts as long as this one."""
    given = {question.key: _answer(question) for question in policy.questions}
    return given | {clause.until: end.isoformat() for clause in policy.clauses_of(ActiveProject)}


def _answer(question: Question) -> str:
    match question.type:
        case AnswerType.YES_NO:
            return question.must_be or NO
        case AnswerType.CHOICE | AnswerType.CHOICES:
            return question.must_be or question.options[0].key
        case AnswerType.GOALS:
            return "sdg2,sdg13"
        case AnswerType.NUMBER | AnswerType.MONEY:
            return str(question.minimum if question.minimum is not None else question.maximum or 10)
        case AnswerType.DATE:
            return "2018-05-18"
    return f"{question.zh}：双方自 2018 年起已有合作，内容详见附件。"[: question.max_characters]


def activities(policy: Policy, start: date, theme: str, number: int) -> list[dict[str, Any]]:
    """Two activities in the project's first year, with the columns that the policy's form has."""
    asked = policy.activities
    if asked is None:
        return []
    usual = policy.clauses_of(ActivityLength)
    days = usual[0].min_days if usual else 5
    # The first answer is given to each choice: held in China.
    is_home = bool(policy.clauses_of(ActivityCountry))
    rows = []
    for step in (1, 2):
        first = start + timedelta(days=60 * step)
        choice = places.UNIVERSITIES if is_home else places.ABROAD
        place = choice[(number + step) % len(choice)]
        known: dict[str, Any] = {
            "name": f"{theme}{asked.zh}（第 {step} 期）",
            "place": place.zh,
            "country": place.country,
            "start_date": first.isoformat(),
            "end_date": (first + timedelta(days=days - 1)).isoformat(),
            "people": 20 + 10 * step,
            "note": place.zh,
        }
        row = {column.key: known[column.key] for column in asked.columns}
        if any(column.key == "name" and "姓名" in column.zh for column in asked.columns):
            row["name"] = topics.ABROAD_NAMES[(number + step) % len(topics.ABROAD_NAMES)]
        rows.append({"key": f"v{step}", **row})
    return rows
