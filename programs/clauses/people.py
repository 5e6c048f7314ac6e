"""Rules on the lead institution and on people."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from accounts.enums import InstitutionKind, Role
from programs.clauses.base import WRITING, Both, Choice, Clause, Problem, Slug
from programs.cleaning import read_date
from programs.dossier import Dossier
from programs.facts import Ban, Facts
from programs.findings import Stage


class LeadKind(Clause):
    """The lead institution is of one of these kinds."""

    kind: Literal["lead_kind"]
    kinds: tuple[InstitutionKind, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("牵头单位类型", "Kind of lead institution")

    @property
    def summary(self) -> Both:
        names = [_KINDS[kind] for kind in self.kinds]
        return Both(
            f"牵头单位须为{'或'.join(name.zh for name in names)}",
            f"The lead institution must be {' or '.join(name.en for name in names)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if dossier.lead.kind not in self.kinds:
            yield Problem(f"{self.summary.zh}。", f"{self.summary.en}.", "lead.kind")


_KINDS = {
    InstitutionKind.CAS_INSTITUTE: Both("中国科学院院属研究机构", "an institute of the Chinese Academy of Sciences"),
    InstitutionKind.RESEARCH_INSTITUTE: Both("科研院所", "a research institute"),
    InstitutionKind.UNIVERSITY: Both("高等院校", "a university"),
    InstitutionKind.ENTERPRISE: Both("企业", "an enterprise"),
    InstitutionKind.ACADEMY: Both("科学院", "an academy of sciences"),
    InstitutionKind.ORGANISATION: Both("国际组织", "an international organisation"),
    InstitutionKind.GOVERNMENT: Both("政府机构", "a government body"),
}


class LeadLegalPerson(Clause):
    """The lead institution is a legal person in China, where alone the money may be spent."""

    kind: Literal["lead_legal_person"]

    title: ClassVar[Both] = Both("牵头单位须为国内法人机构", "The lead institution is a legal person in China")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if not dossier.lead.is_chinese_legal_person or dossier.lead.country != "CN":
            yield Problem("牵头单位须为国内法人机构。", "The lead institution must be a legal person in China.", "lead")


class PiEmployed(Clause):
    """The PI is a researcher employed at the lead institution."""

    kind: Literal["pi_employed"]

    title: ClassVar[Both] = Both("项目负责人须在牵头单位在职", "The PI is employed at the lead institution")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        employer, lead = dossier.pi.institution_id, dossier.lead.institution_id
        if not dossier.pi.employed_at_lead or (employer is not None and employer != lead):
            yield Problem(
                "项目负责人须为牵头单位在职科研技术人员。",
                "The principal investigator must be a researcher employed at the lead institution.",
                "pi.employed_at_lead",
            )


class PiNotLeading(Clause):
    """The PI leads no active project of these schemes."""

    kind: Literal["pi_not_leading"]
    schemes: tuple[Choice, ...] = Field(min_length=1)
    stages: tuple[Stage, ...] = (*WRITING, Stage.AWARD)

    title: ClassVar[Both] = Both("项目负责人未牵头其他在研项目", "The PI leads no other active project")

    @property
    def summary(self) -> Both:
        return Both(
            f"项目负责人未牵头在研的{'、'.join(scheme.zh for scheme in self.schemes)}",
            f"The PI leads no active project of {' or '.join(scheme.en for scheme in self.schemes)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for scheme in self.schemes:
            if scheme.key in facts.pi_leads:
                yield Problem(
                    f"项目负责人正在牵头在研的{scheme.zh}。",
                    f"The principal investigator leads an active project of {scheme.en}.",
                    "pi",
                )


class ActiveProject(Clause):
    """The PI carries out an active project of the funder, by its number and last day, and this one lies within it."""

    kind: Literal["active_project"]
    number: Slug
    """Keys of the two questions."""
    until: Slug

    title: ClassVar[Both] = Both(
        "承担在研项目并在其实施期间开展", "Carries out an active project, and this one lies within its term"
    )

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.number, self.until})

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if not dossier.answers.get(self.number):
            yield Problem(
                "请填写所承担的在研项目批准号。", "Give the number of the active project.", f"answers.{self.number}"
            )
        last = _day(dossier.answers.get(self.until, ""))
        if last is not None and dossier.end_date is not None and last < dossier.end_date:
            yield Problem(
                f"活动须在在研项目实施期间开展，该项目于 {last} 结束。",
                f"It must lie within the active project's term, which ends on {last}.",
                f"answers.{self.until}",
            )


def _day(text: str) -> date | None:
    try:
        day: date | None = read_date(text)
    except PydanticCustomError:
        return None
    return day


class ConcurrentLimit(Clause):
    """Most active projects as PI and as main participant, the one applied for included."""

    kind: Literal["concurrent_limit"]
    max_as_pi: int = Field(ge=1)
    max_as_participant: int = Field(ge=1)
    waivable: bool = True
    stages: tuple[Stage, ...] = (*WRITING, Stage.PLAN, Stage.AWARD)

    title: ClassVar[Both] = Both("限项规定", "Limit of concurrent projects")

    @property
    def summary(self) -> Both:
        return Both(
            f"作为负责人限 {self.max_as_pi} 项在研，作为主要参与者限 {self.max_as_participant} 项（专题网络平台除外）",
            f"At most {self.max_as_pi} active as PI and {self.max_as_participant} as main participant, "
            "thematic network platforms not counted",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if facts.active_projects_as_pi + 1 > self.max_as_pi:
            held, most = facts.active_projects_as_pi, self.max_as_pi
            yield Problem(
                f"项目负责人已牵头 {held} 个在研项目，限 {most} 项。",
                f"The principal investigator already leads {held} active project(s); the limit is {most}.",
                "pi",
                extent=held,
            )
        for person in dossier.participants:
            held = facts.active_projects_as_participant.get(person.key, 0)
            if person.is_main and held + 1 > self.max_as_participant:
                yield Problem(
                    f"{person.name}作为主要参与者已参加 {held} 个在研项目，限 {self.max_as_participant} 项。",
                    f"{person.name} is already a main participant of {held} active projects; "
                    f"the limit is {self.max_as_participant}.",
                    f"participants.{person.key}",
                    extent=held,
                )


class IntegrityBan(Clause):
    """No ban of the funder runs: on applying, of lead institution or PI; on taking part, of anybody named."""

    kind: Literal["integrity_ban"]
    stages: tuple[Stage, ...] = (*WRITING, Stage.PLAN, Stage.AWARD)
    who_can_clear: Role | None = Role.SECRETARY

    title: ClassVar[Both] = Both(
        "牵头单位、项目负责人、合作单位和项目成员不在取消资格期内",
        "No ban runs for the lead institution, the PI, partners or participants",
    )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for ban in facts.bans:
            if ban.is_total or ban.field in _APPLICANTS:
                who = _APPLICANTS.get(ban.field) or _named(dossier, ban)
                yield Problem(
                    f"{who.zh}已被取消{'参与' if ban.is_total else '申请'}资格，期限至 {ban.until}（{ban.decision}）。",
                    f"A ban on {'taking part' if ban.is_total else 'applying'} runs for {who.en} until {ban.until} "
                    f"(decision {ban.decision}).",
                    ban.field,
                )


_APPLICANTS = {
    "lead": Both("牵头单位", "the lead institution"),
    "pi": Both("项目负责人", "the principal investigator"),
}


def _named(dossier: Dossier, ban: Ban) -> Both:
    kind, _, key = ban.field.partition(".")
    if kind == "parties":
        return Both(*dossier.party_name(key))
    name = next((person.name for person in dossier.participants if person.key == key), key)
    return Both(name, name)
