"""Conflicts of interest that the portal can see by itself, each with its evidence (A16).

Somebody is conflicted who works where the proposal comes from (the lead institution, the PI's, any partner's, or their
parent or child institution), who takes part in it, who was in one team with its people lately, or who shares an
institutional e-mail domain with it. Family, former advisors and co-authors are known to people only: these are
declared."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q

from accounts.models import Affiliation, Institution, User
from core import clock
from programs.dossier import Dossier
from proposals.models import Proposal
from reviews.email_domains import institutional_domain, share_domain
from reviews.enums import ConflictKind
from reviews.joint_work import together
from reviews.models import Expert

# Who left an institution is tied to it for this long.
FORMER_YEARS = 2


@dataclass(frozen=True)
class Evidence:
    """Why a person must stay out, in both languages."""

    kind: str
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Side:
    """An institution on the proposal's side, with what it is there."""

    name_zh: str
    name_en: str
    role_zh: str
    role_en: str
    institution_id: int | None = None


@dataclass(frozen=True)
class Person:
    """A person on the proposal's side."""

    role_zh: str
    role_en: str
    names: frozenset[str]
    shown: str
    email: str = ""
    user_id: int | None = None
    orcid: str = ""


@dataclass
class ProposalSide:
    """All that a conflict can be with."""

    institutions: list[Side] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    domains: dict[str, Side] = field(default_factory=dict)


@dataclass
class Candidate:
    """What is known of one person who might judge."""

    user: User
    # institution id → (name zh, name en, still there?)
    institutions: dict[int, tuple[str, str, bool]] = field(default_factory=dict)


def evidence_for(proposal: Proposal, dossier: Dossier, experts: Collection[Expert]) -> dict[int, list[Evidence]]:
    """What ties each expert to the proposal, by user id; an empty list for those who are free. At most three queries.

    `experts` come with `user` and `institution`; `proposal` with `pi` and `lead_institution`."""
    side = proposal_side(proposal, dossier)
    related = _with_relatives(side)
    known = _candidates(experts)
    joint = _by_joint_work(proposal, side, list(known))
    return {
        user_id: [
            *_by_institution(candidate, side, related),
            *_by_person(candidate, side),
            *joint[user_id],
            *_by_domain(candidate, side),
        ]
        for user_id, candidate in known.items()
    }


def proposal_side(proposal: Proposal, dossier: Dossier) -> ProposalSide:
    """The institutions, people and e-mail domains of a proposal. No queries beyond `pi` and `lead_institution`."""
    side = ProposalSide()
    lead = proposal.lead_institution
    side.institutions.append(Side(lead.name_zh, lead.name_en, "牵头单位", "the lead institution", lead.pk))
    if dossier.pi.institution_id and dossier.pi.institution_id != lead.pk:
        name = "项目负责人所在单位", "the PI's institution"
        side.institutions.append(Side(*name, *name, dossier.pi.institution_id))
    for party in dossier.parties:
        side.institutions.append(
            Side(party.name_zh, party.name_en, "合作单位", "a partner", party.institution_id or None)
        )
    side.people = list(_people(proposal, dossier))
    _add_domain(side, lead.email_domain, side.institutions[0])
    for email in (proposal.pi.email, dossier.pi.email):
        _add_domain(side, email, side.institutions[0])
    for party in dossier.parties:
        _add_domain(side, party.contact.email, Side(party.name_zh, party.name_en, "合作单位", "a partner"))
    return side


def _people(proposal: Proposal, dossier: Dossier) -> Iterator[Person]:
    pi = dossier.pi
    names = _names(pi.name_zh, pi.name_en, proposal.pi.name_zh, proposal.pi.name_en)
    shown = pi.name_zh or pi.name_en or proposal.pi.display_name
    orcid = pi.orcid or proposal.pi.orcid
    for email, user_id in ((pi.email, pi.user_id), (proposal.pi.email, proposal.pi_id)):
        yield Person(
            "项目负责人",
            "the principal investigator",
            names,
            shown,
            email.lower(),
            user_id,
            orcid,
        )
    for one in dossier.participants:
        yield Person("项目成员", "a participant", _names(one.name), one.name, "", one.user_id)
    for party in dossier.parties:
        contact = party.contact
        if contact.name or contact.email:
            yield Person(
                "合作单位联系人", "a partner's contact", _names(contact.name), contact.name, contact.email.lower()
            )


def _add_domain(side: ProposalSide, address: str, whose: Side) -> None:
    if domain := institutional_domain(address):
        side.domains.setdefault(domain, whose)


def _names(*names: str) -> frozenset[str]:
    return frozenset(cleaned for name in names if (cleaned := _plain(name)))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _with_relatives(side: ProposalSide) -> dict[int, tuple[Side, str, str]]:
    """The proposal's institutions, their parents and children, by id: with whom, and how they are related."""
    own = {one.institution_id: one for one in side.institutions if one.institution_id}
    related: dict[int, tuple[Side, str, str]] = {}
    rows = Institution.objects.filter(Q(pk__in=list(own)) | Q(parent_id__in=list(own))).values_list(
        "pk", "parent_id", "name_zh", "name_en", "email_domain"
    )
    for pk, parent_id, name_zh, name_en, domain in rows:
        if pk in own:
            whose = own[pk]
            _add_domain(side, domain, whose)
            if not (whose.name_zh or whose.name_en) or whose.role_en == "the PI's institution":
                own[pk] = Side(name_zh, name_en, whose.role_zh, whose.role_en, pk)
            if parent_id and parent_id not in own:
                related.setdefault(parent_id, (own[pk], "的上级单位", "the parent institution of"))
        if parent_id in own and pk not in own:
            related[pk] = (own[parent_id], "的下属单位", "part of")
    return {**related, **{pk: (whose, "", "") for pk, whose in own.items()}}


def _candidates(experts: Collection[Expert]) -> dict[int, Candidate]:
    found = {expert.user_id: Candidate(expert.user) for expert in experts}
    today = clock.today()
    rows = (
        Affiliation.objects.filter(user_id__in=list(found))
        .exclude(until_date__lt=today - timedelta(days=365 * FORMER_YEARS))
        .select_related("institution")
    )
    for row in rows:
        is_current = row.until_date is None or row.until_date >= today
        found[row.user_id].institutions[row.institution_id] = (
            row.institution.name_zh,
            row.institution.name_en,
            is_current,
        )
    for expert in experts:
        if expert.institution is not None:
            place = expert.institution
            found[expert.user_id].institutions[place.pk] = (place.name_zh, place.name_en, True)
    return found


def _by_institution(
    candidate: Candidate, side: ProposalSide, related: dict[int, tuple[Side, str, str]]
) -> Iterator[Evidence]:
    by_name: dict[str, Side] = {}
    for one in side.institutions:
        for name in _names(one.name_zh, one.name_en):
            by_name.setdefault(name, one)
    for pk, (name_zh, name_en, is_current) in candidate.institutions.items():
        whose, relation_zh, relation_en = related.get(pk, (None, "", ""))
        if whose is None:
            whose = next((by_name[name] for name in _names(name_zh, name_en) if name in by_name), None)
        if whose is None:
            continue
        here_zh, here_en = name_zh or name_en, name_en or name_zh
        their_zh, their_en = whose.name_zh or whose.name_en, whose.name_en or whose.name_zh
        works_zh, works_en = ("现任职于", "works at") if is_current else ("两年内曾任职于", "recently worked at")
        if relation_en:
            zh = f"专家{works_zh}{here_zh}，该单位是{whose.role_zh}“{their_zh}”{relation_zh}。"
            en = f"The expert {works_en} {here_en}, which is {relation_en} {whose.role_en}, {their_en}."
        else:
            zh = f"专家{works_zh}{here_zh}，该单位是本项目的{whose.role_zh}。"
            en = f"The expert {works_en} {here_en}, {whose.role_en} of this proposal."
        yield Evidence(ConflictKind.INSTITUTION, zh, en)


def _by_person(candidate: Candidate, side: ProposalSide) -> Iterator[Evidence]:
    user = candidate.user
    own_names = _names(user.name_zh, user.name_en)
    seen: set[str] = set()
    for person in side.people:
        why = _same_person(user, own_names, person)
        if why is None or person.role_en in seen:
            continue
        seen.add(person.role_en)
        zh, en = why
        yield Evidence(
            ConflictKind.PERSON,
            f"专家与本项目的{person.role_zh}“{person.shown}”{zh}。",
            f"The expert has the same {en} as {person.role_en} of this proposal, {person.shown}.",
        )


def _same_person(user: User, own_names: frozenset[str], person: Person) -> tuple[str, str] | None:
    if person.user_id is not None and person.user_id == user.pk:
        return "为同一账户", "account"
    if person.orcid and person.orcid == user.orcid:
        return f" ORCID 相同（{user.orcid}）", f"ORCID ({user.orcid})"
    if person.email and person.email == user.email.lower():
        return "电子邮箱相同", "e-mail address"
    if own_names & person.names:
        return "姓名相同", "name"
    return None


def _by_joint_work(proposal: Proposal, side: ProposalSide, experts: list[int]) -> dict[int, list[Evidence]]:
    """A line for each person with whom an expert worked lately, by the expert's user id.

    A project is named. An application that became none isn't: somebody who may read this evidence may have to know
    nothing of that one."""
    people = {one.user_id: one for one in side.people if one.user_id}
    found: dict[int, list[Evidence]] = {user_id: [] for user_id in experts}
    seen: set[tuple[int, int]] = set()
    years = proposal.tenant.joint_work_years
    for one in together(proposal, people, experts) if people and experts else ():
        if (one.expert_id, one.person_id) in seen:
            continue
        seen.add((one.expert_id, one.person_id))
        person = people[one.person_id]
        if one.grant_number:
            team_zh = f"项目 {one.grant_number}“{one.title_zh or one.title_en}”的成员（执行期至 {one.until}）"
            team_en = f"project {one.grant_number}, {one.title_en or one.title_zh} (term until {one.until})"
        else:
            team_zh = f"另一份申请的成员（{one.until} 受理）"
            team_en = f"another application (received on {one.until})"
        zh = f"专家与本项目的{person.role_zh}“{person.shown}”近 {years} 年内（年限由资助机构设定）同为{team_zh}。"
        en = (
            f"Within {years} years (set by the funder), the expert and {person.role_en} of this proposal, "
            f"{person.shown}, were in the team of {team_en}."
        )
        found[one.expert_id].append(Evidence(ConflictKind.JOINT_WORK, zh, en))
    return found


def _by_domain(candidate: Candidate, side: ProposalSide) -> Iterator[Evidence]:
    own = institutional_domain(candidate.user.email)
    if not own:
        return
    for domain, whose in side.domains.items():
        if share_domain(own, domain):
            zh, en = whose.name_zh or whose.name_en, whose.name_en or whose.name_zh
            yield Evidence(
                ConflictKind.EMAIL_DOMAIN,
                f"专家的邮箱域名 {own} 与{whose.role_zh}“{zh}”的邮箱域名 {domain} 相同。",
                f"The expert's e-mail domain {own} is that of {whose.role_en}, {en} ({domain}).",
            )
