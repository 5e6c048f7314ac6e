"""Rules on what a project holds: courses, meetings, visits, stays."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from programs.clauses.base import Both, Clause, Problem, Slug, Words
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Severity


class ActivityCount(Clause):
    """Least number of activities."""

    kind: Literal["activity_count"]
    minimum: int = Field(ge=1)

    title: ClassVar[Both] = Both("活动数量", "Number of activities")

    @property
    def summary(self) -> Both:
        return Both(f"至少列出 {self.minimum} 项活动", f"At least {self.minimum} listed")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if (found := len(dossier.activities)) < self.minimum:
            yield Problem(
                f"已列出 {found} 项，至少 {self.minimum} 项。",
                f"{found} listed; at least {self.minimum} are required.",
                "activities",
            )


class ActivityDates(Clause):
    """Each activity ends no earlier than it begins, and lies within the project's term."""

    kind: Literal["activity_dates"]

    title: ClassVar[Both] = Both("活动时间在执行期内", "Activities lie within the project's term")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for row in dossier.activities:
            first, last = row.start_date, row.end_date
            if first and last and last < first:
                yield Problem("结束日期早于开始日期。", "It ends before it begins.", f"activities.{row.key}.end_date")
            elif first and dossier.start_date and first < dossier.start_date:
                yield Problem(
                    "活动开始早于项目执行期。", "It begins before the project.", f"activities.{row.key}.start_date"
                )
            elif last and dossier.end_date and last > dossier.end_date:
                yield Problem(
                    "活动结束晚于项目执行期。", "It ends after the project.", f"activities.{row.key}.end_date"
                )


class ActivityCountry(Clause):
    """Activities are in China when a question is answered with one key, and abroad when with another."""

    kind: Literal["activity_country"]
    question: Slug
    inside: Words
    outside: Words

    title: ClassVar[Both] = Both("在华举办或出国参加，与地点一致", "Held in China or abroad, as stated")

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.question})

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        answer = dossier.answers.get(self.question)
        for row in dossier.activities:
            is_inside = row.country in {"CN", "HK", "MO", "TW"}
            if not row.country or answer not in {self.inside, self.outside} or is_inside == (answer == self.inside):
                continue
            yield Problem(
                "所填国家与“在华举办或出国参加”的选择不一致。",
                "The country doesn't agree with the answer whether it is held in China or abroad.",
                f"activities.{row.key}.country",
            )


class ActivityLength(Clause):
    """How long an activity usually is, in calendar days, both ends included."""

    kind: Literal["activity_length"]
    min_days: int = Field(default=1, ge=1)
    max_days: int = Field(ge=1, le=366)
    severity: Severity = Severity.WARN

    title: ClassVar[Both] = Both("活动时长", "Length of an activity")

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.min_days > self.max_days:
            raise ValueError("min_days is above max_days")
        return self

    @property
    def summary(self) -> Both:
        return Both(
            f"每期一般为 {self.min_days} 至 {self.max_days} 天", f"Usually {self.min_days} to {self.max_days} days each"
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for row in dossier.activities:
            days = row.days
            if days is None or days < 1 or self.min_days <= days <= self.max_days:
                continue
            name, usual = Both(row.name or "未命名", row.name or "unnamed"), self.summary
            yield Problem(
                f"“{name.zh}”共 {days} 天；{usual.zh}，请说明理由。",
                f"“{name.en}” lasts {days} day(s). {usual.en}; please give a reason.",
                f"activities.{row.key}.end_date",
            )
