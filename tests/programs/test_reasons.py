"""What the policy check says, it says in Chinese as well."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

from programs.policy import PolicyError, builtin_text, parse_policy
from programs.policy.reasons import in_chinese

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAMPLE = {"what": "clause", "self.type": "line", "'no ' if self.options else ''": "no "}


def raised() -> list[str]:
    """Every sentence that the schema raises or yields, with its holes filled."""
    found = []
    for folder in ("programs/policy", "programs/clauses"):
        for path in sorted((Path(settings.BASE_DIR) / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                text = None
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    if getattr(node.exc.func, "id", "") == "ValueError":
                        text = node.exc.args[0]
                elif isinstance(node, ast.Yield) and path.name in ("schema.py", "endorsing.py"):
                    text = node.value
                if isinstance(text, ast.Constant):
                    found.append(str(text.value))
                elif isinstance(text, ast.JoinedStr):
                    found.append("".join(filled(part) for part in text.values))
    return found


def filled(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    source = ast.unparse(part.value)
    return SAMPLE.get(source, "'x'" if part.conversion == ord("r") else "x")


@pytest.mark.parametrize("sentence", raised())
def test_each_sentence_of_the_schema_has_its_chinese(sentence: str):
    assert CHINESE.search(in_chinese(sentence)), sentence


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("max_yuan = 300_000", "max_yuan = -1", ("clauses", 10, "max_yuan")),
        ("max_yuan = 300_000", 'max_yuan = "much"', ("clauses", 10, "max_yuan")),
        ("max_yuan = 300_000", "most = 1", ("clauses", 10, "most")),
        ('kind = "deadline"', 'kind = "no_such"', ()),
        ('article = "A5.5"\nmax_yuan', 'article = "A77"\nmax_yuan', ("clauses", 10, "article")),
        ("schema_version = 1", "schema_version = 2", ("schema_version",)),
        ('role = "director"', 'role = "king"', ("approval_chain", 0, "role")),
        ("min_months = 12", "min_months = 1000", ("clauses", 5, "min_months")),
        ("months = 1\n", "months = 99999999999999999999\n", ()),
        ("[acceptance]", "[acceptances]", ("acceptances",)),
    ],
)
def test_a_problem_names_line_place_and_reason_in_both_languages(old: str, new: str, place: tuple[str | int, ...]):
    text = builtin_text("anso/conference")
    if old not in text:
        old, new = "title_zh", "title_zh = 1\nx"
        place = ()
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.replace(old, new, 1))
    for problem in caught.value.problems:
        assert CHINESE.search(problem.reason_zh) and problem.line >= 1
    if place:
        assert place in [problem.loc for problem in caught.value.problems]
