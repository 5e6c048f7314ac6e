"""Rules on the requested or proposed amount as a whole."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from accounts.enums import Role
from programs.clauses.base import WRITING, WRITING_AND_BOOK, Both, Clause, Problem, Slug, Yuan, fen, money
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Severity, Stage


class Amount(Clause):
    """Least and greatest total, in yuan; of the sum of the budget lines, and of the amount proposed."""

    kind: Literal["amount"]
    min_yuan: Yuan = 0
    max_yuan: Yuan | None = None
    stages: tuple[Stage, ...] = (*WRITING, Stage.PLAN, Stage.AWARD)

    title: ClassVar[Both] = Both("资助额度", "Amount")

    @model_validator(mode="after")
    def _has_limits_in_order(self) -> Self:
        if self.max_yuan is None and self.min_yuan == 0:
            raise ValueError("an amount clause needs min_yuan or max_yuan")
        if self.max_yuan is not None and self.min_yuan > self.max_yuan:
            raise ValueError("min_yuan is above max_yuan")
        return self

    @property
    def summary(self) -> Both:
        least = money(fen(self.min_yuan))
        if self.max_yuan is None:
            return Both(f"总经费不少于 {least.zh}", f"Total at least {least.en}")
        most = money(fen(self.max_yuan))
        if not self.min_yuan:
            return Both(f"总经费不超过 {most.zh}", f"Total at most {most.en}")
        return Both(f"总经费 {least.zh}至 {most.zh}", f"Total from {least.en} to {most.en}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        yield from self._outside(dossier.total_fen, Both("总经费", "The total"))
        if facts.proposed_fen is not None:
            yield from self._outside(facts.proposed_fen, Both("建议资助金额", "The proposed amount"))

    def _outside(self, amount: int, name: Both) -> Iterator[Problem]:
        is_low = amount < fen(self.min_yuan)
        is_high = self.max_yuan is not None and amount > fen(self.max_yuan)
        if is_low or is_high:
            found, limit = money(amount), money(fen(self.min_yuan if is_low else self.max_yuan or 0))
            yield Problem(
                f"{name.zh}为 {found.zh}，{'低于下限' if is_low else '超过上限'} {limit.zh}。",
                f"{name.en} is {found.en}, {'below the minimum' if is_low else 'above the maximum'} of {limit.en}.",
                "budget_lines",
                extent=None if is_low else amount,
            )


class TypicalAmount(Clause):
    """What a grant usually is (通常): outside, the applicant gives a reason. Applications that answer a yes-or-no
    question with yes, such as series of meetings, have another limit."""

    kind: Literal["typical_amount"]
    min_yuan: Yuan = 0
    max_yuan: Yuan
    unless: Slug | None = None
    """Key of that question."""
    severity: Severity = Severity.WARN

    title: ClassVar[Both] = Both("通常资助额度", "Usual amount")

    @model_validator(mode="after")
    def _has_limits_in_order(self) -> Self:
        if self.min_yuan > self.max_yuan:
            raise ValueError("min_yuan is above max_yuan")
        return self

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.unless} if self.unless else ())

    @property
    def summary(self) -> Both:
        least, most = money(fen(self.min_yuan)), money(fen(self.max_yuan))
        return Both(f"通常资助 {least.zh}至 {most.zh}", f"Usually from {least.en} to {most.en}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if not dossier.budget_lines or (self.unless and dossier.answers.get(self.unless) == "yes"):
            return
        if not fen(self.min_yuan) <= dossier.total_fen <= fen(self.max_yuan):
            found, usual = money(dossier.total_fen), self.summary
            yield Problem(
                f"总经费为 {found.zh}；{usual.zh}，请说明理由。",
                f"The total is {found.en}. {usual.en}; please give a reason.",
                "budget_lines",
            )


class YearlyAmount(Clause):
    """Most that the funder pays in one calendar year."""

    kind: Literal["yearly_amount"]
    max_yuan: Yuan
    stages: tuple[Stage, ...] = WRITING_AND_BOOK

    title: ClassVar[Both] = Both("每年资助额度", "Amount a year")

    @property
    def summary(self) -> Both:
        most = money(fen(self.max_yuan))
        return Both(f"每年资助不超过 {most.zh}", f"At most {most.en} a year")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for row in dossier.disbursement:
            paid = sum(other.amount_fen for other in dossier.disbursement if other.year == row.year)
            if paid > fen(self.max_yuan):
                found, most = money(paid), money(fen(self.max_yuan))
                yield Problem(
                    f"{row.year or '?'} 年拨款 {found.zh}，超过每年上限 {most.zh}。",
                    f"The {found.en} of {row.year or '?'} are above the yearly maximum of {most.en}.",
                    f"disbursement.{row.key}.amount_fen",
                )


class AwardKept(Clause):
    """The book's budget lines add up to exactly the approved amount."""

    kind: Literal["award_kept"]
    stages: tuple[Stage, ...] = (Stage.BOOK,)

    title: ClassVar[Both] = Both("预算合计等于批准金额", "The budget adds up to the approved amount")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if facts.proposed_fen is None or dossier.total_fen == facts.proposed_fen:
            return
        found, approved = money(dossier.total_fen), money(facts.proposed_fen)
        yield Problem(
            f"预算合计 {found.zh}，与批准金额 {approved.zh}不一致。",
            f"The budget adds up to {found.en}, but {approved.en} was approved.",
            "budget_lines",
        )


class PanelAbove(Clause):
    """A request above a limit goes before a panel on site before it may be planned."""

    kind: Literal["panel_above"]
    above_yuan: Yuan
    stages: tuple[Stage, ...] = (Stage.PLAN, Stage.AWARD)
    who_can_clear: Role | None = Role.SECRETARY

    title: ClassVar[Both] = Both("评审委员会现场评审", "Panel on site")

    @property
    def summary(self) -> Both:
        limit = money(fen(self.above_yuan))
        return Both(f"申请经费超过 {limit.zh}须经现场评审", f"Requests above {limit.en} need a panel on site")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if dossier.total_fen <= fen(self.above_yuan):
            return
        found, limit = money(dossier.total_fen), money(fen(self.above_yuan))
        if not facts.is_panel_held:
            yield Problem(
                f"申请经费 {found.zh}，超过 {limit.zh}，须先经评审委员会现场评审。",
                f"The request of {found.en} is above {limit.en} and must go before a panel on site first.",
                "",
            )
        elif facts.is_panel_against:
            yield Problem(
                f"申请经费 {found.zh}，超过 {limit.zh}，评审委员会未予通过，不能资助。",
                f"The request of {found.en} is above {limit.en}, and the panel did not pass it; it can't be funded.",
                "",
            )
