"""Rules on budget lines and plans of payment. Sums are compared to the fen."""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from programs.clauses.base import WRITING_AND_BOOK, Both, Choice, Clause, Problem, Words, Yuan, fen, money
from programs.dossier import Allocation, BudgetLine, Disbursement, Dossier
from programs.facts import Facts
from programs.findings import Severity, Stage


class BudgetClause(Clause):
    """A rule on money that the book must keep as well."""

    stages: tuple[Stage, ...] = WRITING_AND_BOOK


def _name(line: BudgetLine) -> Both:
    return Both(line.name or "未命名", line.name or "unnamed")


class LineExplained(BudgetClause):
    """Each line states how its amount was calculated and what it has to do with the international cooperation."""

    kind: Literal["line_explained"]

    title: ClassVar[Both] = Both(
        "逐项说明测算依据及与国际合作的关系", "Each line states its basis and its relation to the cooperation"
    )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for line in dossier.budget_lines:
            name, here = _name(line), f"budget_lines.{line.key}"
            if not line.amount_fen:
                yield Problem(
                    f"预算“{name.zh}”未填写金额。", f"Budget line “{name.en}” has no amount.", f"{here}.amount_fen"
                )
            if not line.basis:
                yield Problem(
                    f"预算“{name.zh}”未填写测算依据。",
                    f"Budget line “{name.en}” lacks its basis of calculation.",
                    f"{here}.basis",
                )
            if not line.relation_to_cooperation:
                yield Problem(
                    f"预算“{name.zh}”未说明与国际合作的关系。",
                    f"Budget line “{name.en}” doesn't state its relation to the international cooperation.",
                    f"{here}.relation_to_cooperation",
                )


class LineBasis(BudgetClause):
    """Each line states its amount and how it was calculated."""

    kind: Literal["line_basis"]

    title: ClassVar[Both] = Both("逐项详列测算依据", "Each line states its basis of calculation")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for line in dossier.budget_lines:
            name, here = _name(line), f"budget_lines.{line.key}"
            if not line.amount_fen:
                yield Problem(
                    f"预算“{name.zh}”未填写金额。", f"Budget line “{name.en}” has no amount.", f"{here}.amount_fen"
                )
            if not line.basis:
                yield Problem(
                    f"预算“{name.zh}”未填写测算依据。",
                    f"Budget line “{name.en}” lacks its basis of calculation.",
                    f"{here}.basis",
                )


class CostKind(Choice):
    """A kind of cost, and words by which a budget line betrays it; without words it is asked about, not looked for."""

    words: tuple[Words, ...] = ()


class ForbiddenCost(BudgetClause):
    """No line is for one of these kinds of cost."""

    kind: Literal["forbidden_cost"]
    costs: tuple[CostKind, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("不得列支的费用", "Costs that are not allowed")

    @property
    def summary(self) -> Both:
        return Both(
            f"不得用于：{'；'.join(cost.zh for cost in self.costs)}",
            f"Not allowed: {'; '.join(cost.en for cost in self.costs)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for line in dossier.budget_lines:
            found = next((cost for cost in self.costs if _word_in(line, cost.words)), None)
            if found is not None:
                name = _name(line)
                yield Problem(
                    f"预算“{name.zh}”属于不得列支的费用：{found.zh}。",
                    f"Budget line “{name.en}” is of a kind that is not allowed: {found.en}.",
                    f"budget_lines.{line.key}.name",
                )


class BudgetCategory(BudgetClause):
    """Each line belongs to one of the funder's categories and has a name."""

    kind: Literal["budget_category"]
    choices: tuple[Choice, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("预算科目", "Budget categories")

    @property
    def summary(self) -> Both:
        return Both(
            f"预算科目：{'、'.join(choice.zh for choice in self.choices)}",
            f"Budget categories: {', '.join(choice.en for choice in self.choices)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        keys = {choice.key for choice in self.choices}
        for line in dossier.budget_lines:
            here = f"budget_lines.{line.key}"
            if line.category not in keys:
                name = _name(line)
                yield Problem(
                    f"请为预算“{name.zh}”选择预算科目。",
                    f"Choose a category for budget line “{name.en}”.",
                    f"{here}.category",
                )
            if not line.name:
                yield Problem("请填写预算名称。", "Give the budget line a name.", f"{here}.name")


class ForbiddenLine(BudgetClause):
    """No line carries one of these words in its category, name or basis."""

    kind: Literal["forbidden_line"]
    words: tuple[Words, ...] = Field(min_length=1)
    # What the words mean, for English pages: one for each, or none.
    words_en: tuple[Words, ...] = ()

    title: ClassVar[Both] = Both("不得列支", "Forbidden lines")

    @model_validator(mode="after")
    def _each_word_has_its_meaning(self) -> Self:
        if self.words_en and len(self.words_en) != len(self.words):
            raise ValueError("words_en: one for each of words, or none")
        return self

    @property
    def _meanings(self) -> dict[str, str]:
        """Each word as an English reader is told it."""
        pairs = zip_longest(self.words, self.words_en)
        return {word: f"{meaning} ({word})" if meaning else f"“{word}”" for word, meaning in pairs}

    @property
    def summary(self) -> Both:
        return Both(
            f"不得设立：{'、'.join(self.words)}", f"Not allowed in a budget: {', '.join(self._meanings.values())}"
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for line in dossier.budget_lines:
            if word := _word_in(line, self.words):
                yield Problem(
                    f"预算科目中不得设立“{word}”。",
                    f"A budget can't have a line for {self._meanings[word]}.",
                    f"budget_lines.{line.key}.name",
                )


def _word_in(line: BudgetLine, words: Iterable[str]) -> str:
    """The first of the words that a line's category, name or basis carries; empty when none is there."""
    text = _folded(f"{line.category}{line.name}{line.basis}")
    return next((word for word in words if _folded(word) in text), "")


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


class EquipmentPrice(BudgetClause):
    """In principle no equipment above a unit price."""

    kind: Literal["equipment_price"]
    above_yuan: Yuan
    severity: Severity = Severity.WARN

    title: ClassVar[Both] = Both("设备单价", "Unit price of equipment")

    @property
    def summary(self) -> Both:
        limit = money(fen(self.above_yuan))
        return Both(f"原则上不购置单价 {limit.zh}以上的设备", f"In principle no equipment above {limit.en} a unit")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for line in dossier.budget_lines:
            if not (line.is_equipment or line.category == "equipment"):
                continue
            price = max(line.unit_price_fen, -(-line.amount_fen // max(line.quantity, 1)))
            if price > fen(self.above_yuan):
                name, limit, found = _name(line), money(fen(self.above_yuan)), money(price)
                yield Problem(
                    f"设备“{name.zh}”单价 {found.zh}，原则上不得购置单价在 {limit.zh}以上的设备，请说明理由。",
                    f"“{name.en}” costs {found.en} a unit; in principle no equipment above {limit.en} "
                    "is bought. Please give a reason.",
                    f"budget_lines.{line.key}.unit_price_fen",
                )


class DisbursementAddsUp(BudgetClause):
    """The yearly disbursement plan lies within the term, names each year once and adds up to the total."""

    kind: Literal["disbursement_adds_up"]

    title: ClassVar[Both] = Both("年度拨款计划与总经费一致", "The yearly disbursement plan adds up to the total")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        planned = sum(row.amount_fen for row in dossier.disbursement)
        if planned != dossier.total_fen:
            found, total = money(planned), money(dossier.total_fen)
            yield Problem(
                f"年度拨款合计 {found.zh}，与总经费 {total.zh}不一致。",
                f"The yearly disbursements add up to {found.en}, the budget to {total.en}.",
                "disbursement",
            )
        yield from _year_problems(dossier, dossier.disbursement)


class AllocationAddsUp(BudgetClause):
    """What each partner is passed on equals the budget lines it spends, and no year passes on more than it brings."""

    kind: Literal["allocation_adds_up"]

    title: ClassVar[Both] = Both("合作单位拨款计划与预算一致", "The partner allocation plan agrees with the budget")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        yield from self._unknown_parties(dossier)
        for party in dossier.parties:
            spent = sum(line.amount_fen for line in dossier.budget_lines if line.party_key == party.key)
            passed = sum(row.amount_fen for row in dossier.partner_allocation if row.party_key == party.key)
            if spent != passed:
                name, has, needs = Both(*dossier.party_name(party.key)), money(passed), money(spent)
                yield Problem(
                    f"拨付给{name.zh}的合计 {has.zh}，与其预算 {needs.zh}不一致。",
                    f"{name.en} is allocated {has.en}, but its budget lines add up to {needs.en}.",
                    "partner_allocation",
                )
        for year in sorted({row.year for row in dossier.partner_allocation if row.year is not None}):
            passed = sum(row.amount_fen for row in dossier.partner_allocation if row.year == year)
            received = sum(row.amount_fen for row in dossier.disbursement if row.year == year)
            if passed > received:
                out, into = money(passed), money(received)
                yield Problem(
                    f"{year} 年拨付合作单位 {out.zh}，超过当年拨款 {into.zh}。",
                    f"In {year} partners are allocated {out.en}, more than the {into.en} disbursed.",
                    "partner_allocation",
                )
        yield from _year_problems(dossier, dossier.partner_allocation)

    def _unknown_parties(self, dossier: Dossier) -> Iterator[Problem]:
        known = {party.key for party in dossier.parties}
        for row in dossier.partner_allocation:
            if row.party_key not in known:
                yield Problem(
                    "请选择申报书中的合作单位。",
                    "Choose a partner of this application.",
                    f"partner_allocation.{row.key}.party_key",
                )
        for line in dossier.budget_lines:
            if line.party_key not in known | {"lead"}:
                yield Problem(
                    "请选择申报书中的支出单位。",
                    "Choose a unit of this application that spends this line.",
                    f"budget_lines.{line.key}.party_key",
                )


class NoForeignAllocation(BudgetClause):
    """No grant money leaves the mainland: neither a line nor an allocation goes to a partner abroad."""

    kind: Literal["no_foreign_allocation"]

    title: ClassVar[Both] = Both("经费不得拨付境外", "No grant money goes abroad")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        abroad = {party.key for party in dossier.parties if party.is_outside_mainland}
        spending = [(f"budget_lines.{r.key}", r.party_key, r.amount_fen) for r in dossier.budget_lines]
        passing = [(f"partner_allocation.{r.key}", r.party_key, r.amount_fen) for r in dossier.partner_allocation]
        for here, party_key, amount in [*spending, *passing]:
            if party_key in abroad and amount:
                name = Both(*dossier.party_name(party_key))
                yield Problem(
                    f"资助经费仅限国内法人机构使用，不得拨付{name.zh}。",
                    f"The grant is spent by legal persons in China only; {name.en} can't receive any of it.",
                    f"{here}.party_key",
                )


def _year_problems(dossier: Dossier, rows: tuple[Disbursement, ...] | tuple[Allocation, ...]) -> Iterator[Problem]:
    """Years outside the term, and years (of one partner) that occur twice."""
    seen: set[tuple[int | None, str]] = set()
    for row in rows:
        is_allocation = isinstance(row, Allocation)
        here = f"{'partner_allocation' if is_allocation else 'disbursement'}.{row.key}.year"
        mark = (row.year, row.party_key if isinstance(row, Allocation) else "")
        if row.year is None or (dossier.years and row.year not in dossier.years):
            yield Problem("年度不在项目执行期内。", "The year is outside the project's term.", here)
        elif mark in seen:
            yield Problem(f"{row.year} 年重复。", f"{row.year} occurs twice.", here)
        seen.add(mark)
