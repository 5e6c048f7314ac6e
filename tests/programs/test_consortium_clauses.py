"""Rules of the consortia: fellow members, number of awards, costs that are not allowed, basis of each line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.clauses.budget import ForbiddenCost, LineBasis
from programs.clauses.partners import ConsortiumMembers
from programs.clauses.process import AwardCount
from programs.dossier import BudgetLine, Dossier, Party, canonical_json
from programs.findings import Severity, Stage
from programs.policy import load_builtin
from tests.programs.cases import cast
from tests.programs.dossiers import good_dossier, good_facts


@given(st.integers(1, 5), st.integers(0, 6), st.integers(0, 3))
def test_only_members_of_the_same_consortium_count(minimum: int, fellows: int, others: int):
    clause = ConsortiumMembers(kind="consortium_members", article="E1.2", minimum=minimum)
    parties = [Party(key=f"p{n}", is_fellow_member=n < fellows) for n in range(fellows + others)]
    found = clause.check(Dossier(parties=tuple(parties)), good_facts())
    assert bool(found) is (fellows < minimum)


@given(st.integers(1, 20), st.integers(-1, 1), st.sampled_from(Severity))
def test_the_number_of_awards(maximum: int, more: int, severity: Severity):
    clause = AwardCount(kind="award_count", article="E1.1.1", maximum=maximum, severity=severity)
    found = clause.check(Dossier(), good_facts(awards=maximum + more))
    assert bool(found) is (more > 0)
    assert all(one.severity == severity and one.who_can_clear == "secretary" for one in found)
    assert clause.stages == (Stage.PLAN, Stage.AWARD)


@pytest.mark.parametrize(
    ("name", "objects"),
    [
        ("学会在编人员经费", True),
        ("单位基本支出", True),
        ("对外 投资", True),
        ("罚款", True),
        ("公益捐赠", True),
        ("会议赞助", True),
        ("还贷", True),
        ("基建支出", True),
        ("项目管理费", True),
        ("专家咨询费", False),
        ("会议费", False),
        ("信息化建设", False),
    ],
)
def test_costs_of_e2_3(name: str, objects: bool):
    (clause,) = load_builtin(cast.INFRASTRUCTURE).clauses_of(ForbiddenCost)
    assert len(clause.costs) == 6
    for line in (BudgetLine(key="l1", name=name), BudgetLine(key="l1", name="其他", basis=f"用于{name}。")):
        found = clause.check(Dossier(budget_lines=(line,)), good_facts())
        assert [one.field for one in found] == (["budget_lines.l1.name"] if objects else [])


@pytest.mark.parametrize(
    ("amount", "basis", "fields"),
    [(1, "x", []), (0, "x", ["amount_fen"]), (1, "", ["basis"]), (0, "", ["amount_fen", "basis"])],
)
def test_each_line_has_an_amount_and_its_basis(amount: int, basis: str, fields: list[str]):
    line = BudgetLine(key="l1", name="会议费", amount_fen=amount, basis=basis)
    found = LineBasis(kind="line_basis", article="E1.2").check(Dossier(budget_lines=(line,)), good_facts())
    assert [one.field.rpartition(".")[2] for one in found] == fields


def test_a_dossier_that_names_no_fellow_member_keeps_the_bytes_it_was_frozen_with():
    assert b"is_fellow_member" not in canonical_json(good_dossier())
    named = good_dossier({"parties.cn.is_fellow_member": True})
    assert canonical_json(named).count(b"is_fellow_member") == 3
    assert Dossier.model_validate_json(canonical_json(named)) == named
    assert Dossier.model_validate_json(canonical_json(good_dossier())) == good_dossier()
