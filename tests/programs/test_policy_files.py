"""Policy files: what they hold, how they combine, and how a broken one is told with file, line and reason."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from programs.clauses.dates import Window
from programs.dossier import canonical_json
from programs.policy import (
    Policy,
    PolicyError,
    Stage,
    builtin_names,
    builtin_text,
    combine,
    effective_policy,
    evaluate,
    load_builtin,
    load_policy,
    parse_call,
    parse_policy,
    parse_programme,
)
from tests.programs.cases import CALL_2021, CASES, INTERGOV_2021, JOINT
from tests.programs.dossiers import good_dossier, good_facts

CLAUSE_BLOCK = re.compile(r"^\[\[clauses\]\]\n(?:(?!\[)(?!# -).*\n)*", re.MULTILINE)


def clause_blocks(name: str) -> list[str]:
    return CLAUSE_BLOCK.findall(builtin_text(name))


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "file.toml")
    return [str(problem) for problem in caught.value.problems]


def edited(name: str, old: str, new: str) -> tuple[str, int]:
    """The file with one piece replaced, and the line of the piece."""
    text = builtin_text(name)
    assert text.count(old) >= 1
    return text.replace(old, new, 1), text[: text.index(old)].count("\n") + 1


# ---------------------------------------------------------------- every clause counts
@pytest.mark.parametrize(
    ("name", "position"), [(name, n) for name in builtin_names() for n in range(len(clause_blocks(name)))]
)
def test_taking_any_clause_out_of_its_file_changes_an_outcome(name: str, position: int):
    text = builtin_text(name)
    spoiled = parse_policy(text.replace(clause_blocks(name)[position], "", 1))
    whole = load_builtin(name)
    assert len(spoiled.clauses) == len(whole.clauses) - 1

    def met(policy: Policy) -> list[str]:
        """The clauses whose cases they find."""
        return [
            case.clause
            for case in CASES
            if case.policy == name
            and any(
                f"{finding.article} {finding.code}" == case.clause
                for finding in evaluate(policy, case.dossier, case.known, stage=case.stage)
            )
        ]

    found, left = met(whole), met(spoiled)
    assert found == [case.clause for case in CASES if case.policy == name]
    lost = Counter(found) - Counter(left)
    assert len(lost) == 1, "the removed clause's cases are missed, and no other's"


@pytest.mark.parametrize("name", builtin_names())
def test_blocks_are_all_the_clauses(name: str):
    policy = load_builtin(name)
    inherited = len(load_builtin(f"{policy.tenant}/{policy.programme}").clauses) if policy.call_slug else 0
    assert len(clause_blocks(name)) == len(policy.clauses) - inherited


# ---------------------------------------------------------------- what the files hold
def test_the_2021_call_says_what_its_notice_says():
    policy = load_builtin(CALL_2021)
    assert policy.name == CALL_2021
    assert policy.call is not None
    assert policy.call.closes_at == datetime(2021, 7, 30, 16, 0, tzinfo=UTC), "24:00 in Beijing"
    assert [choice.zh for choice in policy.fields] == ["粮食安全", "生命健康", "低碳环保"]
    science = policy.review_stage("domain")
    assert science is not None
    assert [criterion.zh for criterion in science.criteria] == ["重要性", "基础性", "可行性", "集成性", "有效性"]
    assert science.scores == (1, 2, 3, 4, 5)
    assert (policy.minimum_reviews("domain"), policy.minimum_reviews("finance")) == (3, 2)
    assert [who.key for who in policy.book.signatories] == ["pi", "lead_institution", "secretariat", "host"]
    assert [kind.file.key for kind in policy.attachment_kinds] == [
        "agreement",
        "willingness",
        "proposal_word",
        "stamped_pdf",
    ]
    assert policy.acknowledgement is not None
    assert policy.acknowledgement.texts("ANSO-JR-2021-01") == (
        "“一带一路”国际科学组织联盟资助（项目编号 ANSO-JR-2021-01）",
        "Supported by the Alliance of International Science Organizations (Grant No. ANSO-JR-2021-01)",
    )
    assert policy.acceptance.months == 2
    assert {reason.article for reason in policy.acceptance.fail_reasons} == {"A33.1", "A33.2", "A33.3"}
    assert len(policy.budget_categories) == 10
    assert "lead.name_zh" in policy.required_fields


def test_a_silent_source_stays_silent():
    policy = load_builtin(INTERGOV_2021)
    assert len(policy.silences) >= 4
    assert not {"amount", "duration"} & {clause.kind for clause in policy.clauses}


@pytest.mark.parametrize("name", builtin_names())
def test_no_contact_of_a_real_person_is_in_a_file(name: str):
    assert "@" not in builtin_text(name)
    assert not re.search(r"\d{3,4}-\d{7,8}", builtin_text(name))


@pytest.mark.parametrize("name", builtin_names())
def test_a_policy_survives_json(name: str):
    policy = load_builtin(name)
    again = Policy.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.sha256 == policy.sha256


def test_the_hash_is_of_the_meaning_not_of_the_layout():
    text = builtin_text(JOINT)
    commented = text.replace("[[clauses]]\n", "# reason\n[[clauses]]\n").replace(
        "max_yuan = 4_000_000", "max_yuan=4000000"
    )
    assert parse_programme(commented).sha256 == load_builtin(JOINT).sha256
    wider = text.replace("max_yuan = 4_000_000", "max_yuan = 4_000_001")
    assert parse_programme(wider).sha256 != load_builtin(JOINT).sha256


# ---------------------------------------------------------------- calls
def test_a_call_keeps_every_clause_and_point_of_its_programme():
    programme, call = load_builtin(JOINT), load_builtin(CALL_2021)
    assert call.clauses[: len(programme.clauses)] == programme.clauses
    assert call.checklist[: len(programme.checklist)] == programme.checklist
    assert programme.articles.items() <= call.articles.items()
    assert (call.endorsement_chain, call.approval_chain, call.book) == (
        programme.endorsement_chain,
        programme.approval_chain,
        programme.book,
    )


@pytest.mark.parametrize(
    "section", ["[acceptance]", "[book]", "[acknowledgement]", "[[endorsement_chain]]", "[mid_term]"]
)
def test_a_call_cannot_speak_of_what_it_may_not_change(section: str):
    (problem,) = problems(f'{builtin_text(CALL_2021)}\n{section}\narticle = "A26"\n')
    assert "there is nothing of this name here" in problem


def test_a_call_cannot_reword_an_article():
    text, _ = edited(CALL_2021, "[articles.B3]", "[articles.A4]")
    assert "can't reword" in problems(text)[0]


def test_a_call_of_another_programme_is_refused():
    with pytest.raises(ValueError, match="extends anso/joint-research"):
        effective_policy(load_builtin("most/key-rd-intergovernmental"), parse_call(builtin_text(CALL_2021)))


def test_a_call_without_criteria_is_refused():
    text = builtin_text(CALL_2021)
    assert "needs criteria" in problems(text[: text.index("[[review_criteria]]")])[0]


def test_a_demonstration_moves_the_dates_and_says_so():
    whole, moved = load_builtin(CALL_2021), combine(builtin_text(JOINT), builtin_text(CALL_2021), "x", 1953)
    assert whole.call is not None
    assert moved.call is not None
    assert moved.shifted_days == 1953
    assert (moved.call.closes_at - whole.call.closes_at).days == 1953
    assert moved.call.closes.endswith("24:00")
    (window,) = moved.clauses_of(Window)
    assert (window.earliest_start_date, window.latest_end_date) == (date(2027, 1, 1), date(2029, 12, 31))
    assert moved.sha256 != whole.sha256


# ---------------------------------------------------------------- broken files
@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (JOINT, "max_yuan = 4_000_000", "max_yuan = -1", "whole number of yuan"),
        (JOINT, "max_yuan = 4_000_000", "max_yuan = 1.5", "whole number of yuan"),
        (JOINT, "max_yuan = 4_000_000", "max_yaun = 4_000_000", "there is nothing of this name here"),
        (JOINT, 'kind = "yearly_plan"', 'kind = "yearly_plans"', "yearly_plans"),
        (JOINT, "min_months = 36", 'min_months = "long"', "integer"),
        (JOINT, 'role = "director"', 'role = "king"', "Input should be"),
        (JOINT, '    "pi.name_zh"', '    "pi.nmae_zh"', "a dossier has no field 'pi.nmae_zh'"),
        (JOINT, 'columns = ["name", "role"]', 'columns = ["nose"]', "no column 'nose'"),
        (JOINT, "（项目编号 {number}）", "（项目编号）", "{number}"),
        (CALL_2021, 'closes = "2021-07-30 24:00"', 'closes = "30 July"', "a local time is written"),
        (CALL_2021, 'closes = "2021-07-30 24:00"', 'closes = "2021-07-30 24:01"', "a local time is written"),
        (CALL_2021, 'closes = "2021-07-30 24:00"', 'closes = "2021-02-30 10:00"', "day"),
        (CALL_2021, 'zone = "Asia/Shanghai"', 'zone = "Beijing"', "IANA"),
        (CALL_2021, "JR-{sequence:04d}", "JR-{year}", "number pattern"),
        (CALL_2021, "earliest_start_date = 2022-01-01", "earliest_start_date = 2022-13-01", ""),
    ],
)
def test_a_mistake_is_told_with_its_line(name: str, old: str, new: str, reason: str):
    text, line = edited(name, old, new)
    told = problems(text)
    assert any(reason in problem for problem in told), told
    lines = {int(problem.split(":")[1]) for problem in told}
    assert all(abs(told_line - line) <= 4 for told_line in lines), (line, told)
    assert all(problem.startswith("file.toml:") for problem in told)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (JOINT, "[articles.A22]", "[articles.A99]", "article A22 is cited"),
        (
            JOINT,
            '[[clauses]]\nkind = "yearly_plan"\narticle = "A14"',
            '[[clauses]]\nkind = "award_kept"\narticle = "A11"',
            "used twice",
        ),
        (JOINT, 'key = "truthful"', 'key = "complete"', "key in checklist used twice"),
        (JOINT, '{ path = "field" }', '{ path = "answers.colour" }', "no such question"),
        (CALL_2021, 'opens = "2021-06-15 00:00"', 'opens = "2022-06-15 00:00"', "closes before it opens"),
        (CALL_2021, "min_yuan = 1_000_000", "min_yuan = 2_000_000", "above max_yuan"),
        (CALL_2021, 'stage = "science"', 'stage = "magic"', "no review stage"),
        (CALL_2021, 'extends = "anso/joint-research"', 'extends = "anso/nothing"', "doesn't exist"),
        (CALL_2021, 'extends = "anso/joint-research"', 'extends = "../../etc/x"', "extends"),
        (JOINT, 'title_en = "ANSO Joint Research"\n', "", "title_en: this is missing"),
    ],
)
def test_a_contradiction_is_told(name: str, old: str, new: str, reason: str):
    told = problems(edited(name, old, new)[0])
    assert any(reason in problem for problem in told), told


def test_all_mistakes_are_told_at_once():
    text = builtin_text(JOINT).replace("max_yuan = 4_000_000", "max_yuan = -1").replace("domain = 3", "domain = -3")
    assert len(problems(text)) == 2


def test_bad_syntax_names_its_line():
    assert problems('schema_version = 1\nslug = "x\n') == ["file.toml:2: Illegal character '\\n'"]


def test_a_missing_or_binary_file_is_told(tmp_path: Path):
    with pytest.raises(PolicyError, match="can't be read"):
        load_policy(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="can't be read"):
        load_policy(tmp_path / "x.toml")


@pytest.mark.parametrize("name", ["../settings", "anso/../../x", "anso/none", ""])
def test_no_builtin_outside_the_folder(name: str):
    with pytest.raises(PolicyError, match="no policy of this name"):
        load_builtin(name)


def test_a_call_finds_its_programme_beside_it(tmp_path: Path):
    calls = tmp_path / "anso" / "calls"
    calls.mkdir(parents=True)
    own = builtin_text(JOINT).replace("max_yuan = 4_000_000", "max_yuan = 3_000_000")
    (tmp_path / "anso" / "joint-research.toml").write_text(own, encoding="utf-8")
    (calls / "c.toml").write_text(builtin_text(CALL_2021), encoding="utf-8")
    assert load_policy(calls / "c.toml").sha256 != load_builtin(CALL_2021).sha256
    (tmp_path / "c.toml").write_text(builtin_text(CALL_2021), encoding="utf-8")
    (tmp_path / "anso" / "joint-research.toml").unlink()
    assert load_policy(tmp_path / "c.toml") == load_builtin(CALL_2021)


def test_a_policy_is_frozen():
    with pytest.raises(ValidationError):
        load_builtin(JOINT).title_en = "x"  # type: ignore[misc]


def test_judging_changes_nothing():
    dossier = good_dossier()
    before = canonical_json(dossier)
    evaluate(load_builtin(CALL_2021), dossier, good_facts(), stage=Stage.DRAFT)
    assert canonical_json(dossier) == before
