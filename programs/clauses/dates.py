"""Rules on time: how long, between which days, and by when."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from accounts.enums import Role
from core.clock import add_months
from programs.clauses.base import Both, Clause, Problem
from programs.dossier import Dossier
from programs.facts import Facts


class Duration(Clause):
    """Shortest and longest term in months, both days included: 2022-01-01 to 2024-12-31 is 36 months."""

    kind: Literal["duration"]
    min_months: int = Field(default=0, ge=0, le=240)
    max_months: int = Field(ge=1, le=240)

    title: ClassVar[Both] = Both("资助期限", "Duration")

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.min_months > self.max_months:
            raise ValueError("min_months is above max_months")
        return self

    @property
    def summary(self) -> Both:
        most = _period(self.max_months)
        if not self.min_months:
            return Both(f"资助期不超过 {most.zh}", f"At most {most.en}")
        least = _period(self.min_months)
        if self.min_months == self.max_months:
            return Both(f"资助期为 {most.zh}", f"Exactly {most.en}")
        return Both(f"资助期 {least.zh}至 {most.zh}", f"From {least.en} to {most.en}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if dossier.start_date is None or dossier.end_date is None:
            return
        after = dossier.end_date + timedelta(days=1)
        if after <= dossier.start_date:
            yield Problem("结束日期早于开始日期。", "The project ends before it starts.", "end_date")
        elif after < add_months(dossier.start_date, self.min_months):
            least = _period(self.min_months)
            yield Problem(
                f"项目期短于规定的 {least.zh}。", f"The project is shorter than the required {least.en}.", "end_date"
            )
        elif dossier.end_date > _last_day(dossier.start_date, self.max_months):
            most = _period(self.max_months)
            yield Problem(
                f"项目期超过规定的 {most.zh}。", f"The project is longer than the allowed {most.en}.", "end_date"
            )


class Window(Clause):
    """Earliest start and latest end, both inclusive."""

    kind: Literal["window"]
    earliest_start_date: date
    latest_end_date: date

    title: ClassVar[Both] = Both("执行期", "Project period")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.earliest_start_date > self.latest_end_date:
            raise ValueError("earliest_start_date is after latest_end_date")
        return self

    @property
    def summary(self) -> Both:
        first, last = self.earliest_start_date, self.latest_end_date
        return Both(f"执行期在 {first} 至 {last} 之间", f"Between {first} and {last}")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        first, last = self.earliest_start_date, self.latest_end_date
        if dossier.start_date is not None and dossier.start_date < first:
            yield Problem(f"开始日期不得早于 {first}。", f"The project can't start before {first}.", "start_date")
        if dossier.end_date is not None and dossier.end_date > last:
            yield Problem(f"结束日期不得晚于 {last}。", f"The project can't end after {last}.", "end_date")


class Deadline(Clause):
    """Received within the call's opening hours, half-open to the microsecond: [opens, closes)."""

    kind: Literal["deadline"]
    who_can_clear: Role | None = None

    title: ClassVar[Both] = Both("申报截止时间", "Deadline")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        instant = facts.received_at or facts.now
        if facts.opens_at is not None and instant < facts.opens_at:
            yield Problem("申报尚未开始。", "The call has not opened yet.", "")
        if facts.closes_at is not None and instant >= facts.closes_at:
            yield Problem("申报已截止，不再接收申请。", "The call has closed; nothing is accepted any more.", "")


def _last_day(start: date, months: int) -> date:
    """The last day of a term: the day before the same day of the month, or the month's end where it has none."""
    day = timedelta(days=1)
    return max(add_months(start, months) - day, add_months(start - day, months))


def _period(months: int) -> Both:
    years, rest = divmod(months, 12)
    if rest:
        return Both(f"{months} 个月", f"{months} months")
    return Both(f"{years} 年", f"{years} year{'s' if years != 1 else ''}")
