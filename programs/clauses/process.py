"""Rules that people other than the applicant fulfil."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from accounts.enums import Role
from programs.clauses.base import Both, Clause, Problem
from programs.dossier import Dossier
from programs.facts import Facts
from programs.findings import Severity, Stage


class EndorsementRequired(Clause):
    """Nothing goes on that the lead institution has not endorsed; a submission without is invalid."""

    kind: Literal["endorsement"]
    stages: tuple[Stage, ...] = (Stage.CHECK,)
    who_can_clear: Role | None = Role.OFFICE

    title: ClassVar[Both] = Both("须经牵头单位审核批准", "The lead institution endorses the proposal")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if not facts.is_endorsed:
            yield Problem(
                "申请未经牵头单位批准，为无效申报。",
                "The lead institution has not endorsed the proposal; such a submission is invalid.",
                "",
            )


class ReviewQuorum(Clause):
    """Least numbers of submitted reviews by domain and by finance experts before a funding plan."""

    kind: Literal["review_quorum"]
    domain: int = Field(ge=0)
    finance: int = Field(ge=0)
    stages: tuple[Stage, ...] = (Stage.PLAN, Stage.AWARD)
    who_can_clear: Role | None = Role.SECRETARY

    title: ClassVar[Both] = Both("评审专家人数", "Number of reviews")

    @property
    def summary(self) -> Both:
        return Both(
            f"不少于 {self.domain} 名领域专家和 {self.finance} 名财务专家评审",
            f"Reviewed by at least {self.domain} domain experts and {self.finance} finance experts",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if facts.domain_reviews < self.domain:
            yield Problem(
                f"领域专家评审意见 {facts.domain_reviews} 份，不足 {self.domain} 份。",
                f"{facts.domain_reviews} domain expert review(s) submitted; at least {self.domain} are required.",
                "",
            )
        if facts.needs_budget_review and facts.finance_reviews < self.finance:
            yield Problem(
                f"财务专家评审意见 {facts.finance_reviews} 份，不足 {self.finance} 份。",
                f"{facts.finance_reviews} finance expert review(s) submitted; at least {self.finance} are required.",
                "",
            )


class AwardCount(Clause):
    """Most projects that a call funds; as a warning (左右), a remark to whoever decides."""

    kind: Literal["award_count"]
    maximum: int = Field(ge=1)
    stages: tuple[Stage, ...] = (Stage.PLAN, Stage.AWARD)
    who_can_clear: Role | None = Role.SECRETARY

    title: ClassVar[Both] = Both("项目数量", "Number of projects")

    @property
    def summary(self) -> Both:
        about = self.severity is Severity.WARN
        return Both(
            f"资助 {self.maximum} 项左右" if about else f"共计资助 {self.maximum} 项",
            f"About {self.maximum} projects" if about else f"{self.maximum} projects in all",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if facts.awards > self.maximum:
            yield Problem(
                f"本次拟资助 {facts.awards} 项；规定{self.summary.zh}。",
                f"{facts.awards} projects would be funded; the call says: {self.summary.en.lower()}.",
                "",
            )


class PublicResult(Clause):
    """A result was published through the funder's or another non-academic channel before the project closes."""

    kind: Literal["public_result"]
    minimum: int = Field(default=1, ge=1)
    stages: tuple[Stage, ...] = (Stage.CLOSE,)

    title: ClassVar[Both] = Both("结题前须公开刊发成果", "A result is published before closing")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if facts.public_results < self.minimum:
            yield Problem(
                "须先通过 ANSO 网站及非学术类刊物或传播平台刊发相关成果，方可结题。",
                "Before closing, a result must be published through the ANSO website or another non-academic channel.",
                "",
            )
