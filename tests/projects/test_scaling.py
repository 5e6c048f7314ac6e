"""Bringing a dossier's money to the approved amount: exact to the fen, whatever the figures."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from programs.clauses.budget import AllocationAddsUp, DisbursementAddsUp
from programs.dossier import Allocation, BudgetLine, Disbursement, Dossier
from programs.facts import Facts
from projects.scaling import bring_to, scale_lines
from tests.conftest import CALL_IS_OPEN
from tests.programs.dossiers import good_dossier

YEARS = (2022, 2023, 2024)
fen = st.integers(0, 10**10)


@st.composite
def budgets(draw: Any) -> Dossier:
    """A consistent budget: lines of the lead and two partners, yearly payments and shares that add up."""
    parties = ("lead", "p1", "p2")
    lines = [
        BudgetLine(key=f"l{n}", name=f"l{n}", amount_fen=amount, party_key=party)
        for n, (amount, party) in enumerate(
            draw(st.lists(st.tuples(fen, st.sampled_from(parties)), min_size=1, max_size=12))
        )
    ]
    shares = {}
    for party in parties[1:]:
        spent = sum(line.amount_fen for line in lines if line.party_key == party)
        cuts = sorted(draw(st.tuples(st.integers(0, spent), st.integers(0, spent))))
        shares[party] = (cuts[0], cuts[1] - cuts[0], spent - cuts[1])
    passed = [sum(shares[party][n] for party in shares) for n in range(3)]
    own = sum(line.amount_fen for line in lines if line.party_key == "lead")
    cuts = sorted(draw(st.tuples(st.integers(0, own), st.integers(0, own))))
    paid = [passed[0] + cuts[0], passed[1] + cuts[1] - cuts[0], passed[2] + own - cuts[1]]
    base = good_dossier()
    return base.model_copy(
        update={
            "parties": tuple(p.model_copy(update={"key": f"p{n}"}) for n, p in enumerate(base.parties, start=1)),
            "budget_lines": tuple(lines),
            "disbursement": tuple(
                Disbursement(key=f"d{y}", year=y, amount_fen=a) for y, a in zip(YEARS, paid, strict=True)
            ),
            "partner_allocation": tuple(
                Allocation(key=f"{party}-{y}", party_key=party, year=y, amount_fen=a)
                for party, amounts in shares.items()
                for y, a in zip(YEARS, amounts, strict=True)
            ),
        }
    )


@given(budgets(), st.integers(0, 10**11))
def test_every_sum_is_exact_and_consistent(before: Dossier, total: int) -> None:
    after = bring_to(before, total)
    assert after.total_fen == total
    assert sum(row.amount_fen for row in after.disbursement) == total
    assert all(row.amount_fen >= 0 for row in (*after.budget_lines, *after.disbursement, *after.partner_allocation))
    for party in ("p1", "p2"):
        spent = sum(line.amount_fen for line in after.budget_lines if line.party_key == party)
        assert sum(row.amount_fen for row in after.partner_allocation if row.party_key == party) == spent
    facts = Facts(now=CALL_IS_OPEN, proposed_fen=total)
    assert not list(DisbursementAddsUp(kind="disbursement_adds_up", article="A34").problems(after, facts))
    assert not list(AllocationAddsUp(kind="allocation_adds_up", article="A34").problems(after, facts))


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.integers(0, 10**11))
def test_lines_keep_their_proportion_to_a_yuan(amounts: list[int], total: int) -> None:
    lines = tuple(BudgetLine(key=f"l{n}", amount_fen=amount) for n, amount in enumerate(amounts))
    after = scale_lines(Dossier(budget_lines=lines), total)
    assert after.total_fen == total
    for old, new in zip(amounts, after.budget_lines, strict=True):
        assert abs(new.amount_fen - total * old / sum(amounts)) <= 100


@given(st.integers(0, 10**9).map(lambda yuan: yuan * 100))
def test_whole_yuan_give_whole_yuan(total: int) -> None:
    after = bring_to(good_dossier(), total)
    rows = (*after.budget_lines, *after.disbursement, *after.partner_allocation)
    assert all(row.amount_fen % 100 == 0 for row in rows)


def test_nothing_but_money_changes() -> None:
    before = good_dossier()
    after = bring_to(before, 100_000_000)
    untouched = set(Dossier.model_fields) - {"budget_lines", "disbursement", "partner_allocation"}
    assert all(getattr(after, name) == getattr(before, name) for name in untouched)
    assert [line.key for line in after.budget_lines] == [line.key for line in before.budget_lines]


def test_a_budget_of_zeros_is_split_evenly() -> None:
    lines = tuple(BudgetLine(key=f"l{n}") for n in range(3))
    after = scale_lines(Dossier(budget_lines=lines), 100)
    assert sorted(line.amount_fen for line in after.budget_lines) == [0, 0, 100]
