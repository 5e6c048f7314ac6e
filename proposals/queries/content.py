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
from programs.models import Call
from programs.policy import evaluate
from programs.queries import effective_policy
from proposals.enums import EndorsementDecision, ProposalState
from proposals.models import (
    Attachment,
    Endorsement,
    HandedIn,
    PreliminaryCheck,
    Proposal,
    ProposalVersion,
    TeamMember,
)

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
    account and place, the partners' membership and country. Three queries."""
    data = {
        **proposal.draft,
        "lead": lead_of(proposal.lead_institution),
        "pi": _pi_of(proposal),
        "attachments": [_file_row(row) for row in attachments_of(proposal)],
    }
    dossier, problems = Dossier.from_draft(data)
    return _with_known_ids(dossier), problems


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


def _with_known_ids(dossier: Dossier) -> Dossier:
    """Ids that name nothing go; of a known partner, the directory says the country and the membership."""
    places = {party.institution_id for party in dossier.parties if party.institution_id}
    known = Institution.objects.in_bulk([pk for pk in places if pk < LARGEST_ID]) if places else {}
    parties = []
    for party in dossier.parties:
        place = known.get(party.institution_id or 0)
        if place is None:
            update: dict[str, Any] = {"institution_id": None, "is_anso_member": False}
        else:
            update = {"is_anso_member": place.is_anso_member, "country": place.country}
        parties.append(party.model_copy(update=update))
    people = [
        person.model_copy(update={"user_id": None}) if (person.user_id or 0) >= LARGEST_ID else person
        for person in dossier.participants
    ]
    return dossier.model_copy(update={"parties": tuple(parties), "participants": tuple(people)})


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
    leading = _running(Proposal.objects.filter(pi_id=proposal.pi_id), proposal)
    taking_part = _taking_part({*accounts.values(), proposal.pi_id}, proposal)
    domain, finance = _submitted_reviews(proposal)
    return Facts(
        now=clock.now(),
        received_at=proposal.received_at or received_at,
        opens_at=proposal.call.opens_at,
        closes_at=proposal.call.closes_at,
        is_endorsed=proposal.received_at is not None
        and proposal.state not in (ProposalState.DRAFT, ProposalState.ENDORSING),
        active_projects_as_pi=sum(1 for other in leading if _is_counted(other.call)),
        active_projects_as_participant={
            **{key: taking_part[user] for key, user in accounts.items()},
            "pi": taking_part[proposal.pi_id],
        },
        pi_leads=frozenset(f"{proposal.tenant.slug}-{other.call.programme.slug}" for other in leading),
        domain_reviews=domain,
        finance_reviews=finance,
        proposed_fen=proposed_fen,
    )


def _running(rows: QuerySet[Proposal], besides: Proposal) -> list[Proposal]:
    related = rows.filter(project__state__in=RUNNING).exclude(pk=besides.pk)
    return list(related.select_related("call__programme", "call__policy_version").defer("draft"))


def _taking_part(people: set[int], besides: Proposal) -> Counter[int]:
    """In how many other running projects each person is a main participant; platforms have no limit (A19)."""
    rows = (
        TeamMember.objects.filter(user_id__in=people, is_main=True, proposal__project__state__in=RUNNING)
        .exclude(proposal=besides)
        .select_related("proposal__call__policy_version")
        .defer("proposal__draft")
    )
    return Counter(row.user_id for row in rows if _is_counted(row.proposal.call))


def _is_counted(call: Call) -> bool:
    return bool(effective_policy(call).clauses_of(ConcurrentLimit))


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
    return [*unread, *evaluate(effective_policy(proposal.call), dossier, facts, stage=stage)]


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


def last_check(proposal: Proposal) -> PreliminaryCheck | None:
    """The newest decision of the preliminary check."""
    return PreliminaryCheck.objects.filter(version__proposal=proposal).order_by("-pk").first()
