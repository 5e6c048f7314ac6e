"""What a proposal says, and what stands in its way."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.enums import Role
from accounts.models import Institution
from accounts.queries import institutions_of
from core import clock
from core.errors import Obstacle
from programs.clauses.people import ConcurrentLimit
from programs.dossier import Dossier, DraftProblem
from programs.facts import Facts
from programs.findings import Finding, Stage
from programs.queries import effective_policy, policies_by_hash
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import (
    Attachment,
    Endorsement,
    HandedIn,
    Proposal,
    ProposalVersion,
    TeamMember,
)
from proposals.queries.judging import Case, judged
from proposals.queries.people import with_consented_accounts

# projects.enums.RUNNING_STATES, which lies two layers above; a test keeps them equal.
RUNNING = ("active", "rectifying", "suspended", "accepting")
# The databases' ids are 64 bits wide; larger numbers name nothing.
LARGEST_ID = 2**63


def latest_version(proposal: Proposal) -> ProposalVersion | None:
    """The newest frozen version; None before the first endorsement."""
    return proposal.versions.order_by("-number").first()


def dossier_of_version(version: ProposalVersion) -> Dossier:
    """The frozen dossier, exactly as endorsed."""
    return Dossier.model_validate_json(version.dossier_json)


def attachments_of(proposal: Proposal) -> QuerySet[Attachment]:
    """The draft's present files, oldest first."""
    return proposal.attachments.filter(removed_at__isnull=True).select_related("file").order_by("pk")


def draft_dossier(proposal: Proposal) -> tuple[Dossier, list[DraftProblem]]:
    """The dossier of the working copy, and a problem for each value that could not be understood.

    What the portal knows better than the form stands in it whatever was posted: files, lead institution, the PI's
    account and place, known partners' names, country and membership, the accounts of participants who agreed.
    Four queries."""
    data = {
        **proposal.draft,
        "lead": lead_of(proposal.lead_institution),
        "pi": _pi_of(proposal),
        "attachments": [_file_row(row) for row in attachments_of(proposal)],
    }
    dossier, problems = Dossier.from_draft(data)
    return _with_known_ids(proposal, dossier), problems


def lead_of(institution: Institution) -> dict[str, Any]:
    """The dossier's `lead` for an institution, as it is now."""
    return {
        "institution_id": institution.pk,
        "name_zh": institution.name_zh,
        "name_en": institution.name_en,
        "country": institution.country,
        "kind": institution.kind,
        "is_cas_institute": institution.is_cas_institute,
        "is_chinese_legal_person": institution.is_chinese_legal_person,
        "uscc": institution.uscc,
    }


def _pi_of(proposal: Proposal) -> dict[str, Any]:
    typed = proposal.draft.get("pi")
    here: int | None = proposal.lead_institution_id
    # `access_of` has asked already.
    if not getattr(proposal, "pi_works_at_lead", False):
        places = institutions_of(proposal.pi)
        here = here if here in places else next(iter(places), None)
    return {**(typed if isinstance(typed, dict) else {}), "user_id": proposal.pi_id, "institution_id": here}


def _file_row(row: Attachment) -> dict[str, Any]:
    return {
        "key": f"a{row.pk}",
        "kind": row.kind,
        "party_key": row.party_key,
        "sha256": row.file.sha256,
        "filename": row.filename,
        "size": row.file.size,
        "media_type": row.file.media_type,
    }


def _with_known_ids(proposal: Proposal, dossier: Dossier) -> Dossier:
    """Ids that name nothing go, and accounts that nobody agreed to; of a known partner, the directory says names,
    country and membership, all or none: nobody joins with the membership of one institution and another's name."""
    places = {party.institution_id for party in dossier.parties if party.institution_id}
    known = Institution.objects.in_bulk([pk for pk in places if pk < LARGEST_ID]) if places else {}
    parties = []
    for party in dossier.parties:
        place = known.get(party.institution_id or 0)
        if place is None:
            update: dict[str, Any] = {"institution_id": None, "is_anso_member": False}
        else:
            update = {
                "is_anso_member": place.is_anso_member,
                "name_zh": place.name_zh,
                "name_en": place.name_en,
                "country": place.country,
            }
        parties.append(party.model_copy(update=update))
    people = with_consented_accounts(proposal, dossier.participants)
    return dossier.model_copy(update={"parties": tuple(parties), "participants": people})


def with_directory_names(draft: dict[str, Any], dossier: Dossier) -> dict[str, Any]:
    """The draft with what the directory says of the partners that `dossier`, built from it, found there."""
    known = {party.key: party for party in dossier.parties if party.institution_id}
    rows = draft.get("parties")
    if not known or not isinstance(rows, list):
        return draft
    parties = [
        {**row, "name_zh": place.name_zh, "name_en": place.name_en, "country": place.country}
        if isinstance(row, dict) and (place := known.get(str(row.get("key"))))
        else row
        for row in rows
    ]
    return {**draft, "parties": parties}


def problem_findings(problems: list[DraftProblem]) -> list[Obstacle]:
    """Values that could not be understood, as findings that block handing in."""
    return [
        Obstacle(
            code=f"value_{problem.code}",
            message_zh=problem.message_zh,
            message_en=problem.message_en,
            field=problem.path,
            who_can_clear=Role.APPLICANT,
        )
        for problem in problems
    ]


# ---------------------------------------------------------------- judgement
def facts_for(
    proposal: Proposal,
    *,
    dossier: Dossier,
    received_at: datetime | None = None,
    proposed_fen: int | None = None,
) -> Facts:
    """What the clauses may know beyond the dossier, at this instant.

    A proposal that was received once stays in time: a correction the secretariat asked for (A20) isn't late."""
    accounts = {person.key: person.user_id for person in dossier.participants if person.user_id}
    leading = _led_by(proposal.pi_id, proposal)
    members = _members_of_running({*accounts.values(), proposal.pi_id}, proposal)
    counted = _counted({sha256: call for _, call, sha256 in (*leading, *members)})
    taking_part = Counter(user for user, _, sha256 in members if sha256 in counted)
    domain, finance = _submitted_reviews(proposal)
    return Facts(
        now=clock.now(),
        received_at=proposal.received_at or received_at,
        opens_at=proposal.call.opens_at,
        closes_at=proposal.closes_at,
        is_endorsed=proposal.received_at is not None
        and proposal.state not in (ProposalState.DRAFT, ProposalState.ENDORSING),
        active_projects_as_pi=sum(1 for _, _, sha256 in leading if sha256 in counted),
        active_projects_as_participant={
            **{key: taking_part[user] for key, user in accounts.items()},
            "pi": taking_part[proposal.pi_id],
        },
        pi_leads=frozenset(f"{proposal.tenant.slug}-{programme}" for programme, _, _ in leading),
        domain_reviews=domain,
        finance_reviews=finance,
        proposed_fen=proposed_fen,
    )


def _led_by(pi_id: int, besides: Proposal) -> list[tuple[str, int, str]]:
    """Programme, call and policy's hash of the running projects that the person leads."""
    rows = Proposal.objects.filter(pi_id=pi_id, project__state__in=RUNNING).exclude(pk=besides.pk)
    return list(rows.values_list("call__programme__slug", "call_id", "call__policy_sha256"))


def _members_of_running(people: set[int], besides: Proposal) -> list[tuple[int, int, str]]:
    """Person, call and policy's hash for each other running project in which one of them is a main participant."""
    rows = TeamMember.objects.filter(user_id__in=people, is_main=True, proposal__project__state__in=RUNNING)
    rows = rows.exclude(proposal=besides)
    return list(rows.values_list("user_id", "proposal__call_id", "proposal__call__policy_sha256"))


def _counted(calls: dict[str, int]) -> set[str]:
    """Hashes of the policies whose projects count towards the limit; platforms have none (A19)."""
    return {sha256 for sha256, policy in policies_by_hash(calls).items() if policy.clauses_of(ConcurrentLimit)}


def _submitted_reviews(proposal: Proposal) -> tuple[int, int]:
    if proposal.state not in (ProposalState.REVIEWING, ProposalState.PLANNED):
        return 0, 0
    kinds = Counter(
        Proposal.objects.filter(pk=proposal.pk, assignments__state="submitted").values_list(
            "assignments__kind", flat=True
        )
    )
    return kinds["domain"], kinds["finance"]


def findings(
    proposal: Proposal,
    stage: Stage,
    dossier: Dossier | None = None,
    *,
    received_at: datetime | None = None,
    proposed_fen: int | None = None,
) -> list[Finding | Obstacle]:
    """All unmet conditions at `stage`, blocking ones first; without `dossier`, of the working copy while it is a
    draft, else of the latest version. Values that could not be understood come first."""
    unread: list[Finding | Obstacle] = []
    if dossier is None:
        version = latest_version(proposal)
        if proposal.state in (ProposalState.DRAFT, ProposalState.ENDORSING) or version is None:
            dossier, problems = draft_dossier(proposal)
            unread += problem_findings(problems)
        else:
            dossier = dossier_of_version(version)
    facts = facts_for(proposal, dossier=dossier, received_at=received_at, proposed_fen=proposed_fen)
    case = Case(proposal.pk, dossier, facts)
    return [*unread, *judged(effective_policy(proposal.call), {proposal.pk: case}, stage)[proposal.pk]]


# ---------------------------------------------------------------- rounds with the office
def handed_in_before(proposal: Proposal) -> tuple[HandedIn | None, HandedIn | None]:
    """The hand-in before the last, and the last one: what the office compares."""
    last_two = list(proposal.handed_in.order_by("-round")[:2])
    return (last_two[1] if len(last_two) > 1 else None), (last_two[0] if last_two else None)


def office_comments(proposal: Proposal) -> Endorsement | None:
    """The comments with which the office last returned it, while it has not been handed in again."""
    if proposal.state != ProposalState.DRAFT:
        return None
    last = proposal.endorsements.select_related("decided_by").order_by("-pk").first()
    return last if last is not None and last.decision == EndorsementDecision.RETURN else None


def last_return(proposal: Proposal) -> Endorsement | None:
    """With what the office, or a further endorser, returned it last, in whatever state it is now."""
    returns = proposal.endorsements.filter(decision=EndorsementDecision.RETURN).select_related("decided_by")
    return returns.order_by("-pk").first()
