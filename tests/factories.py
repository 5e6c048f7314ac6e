"""Shallow factories: a row in the state a test needs, without walking there. Call them inside `tenant_scope`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.models import Tenant, User
from budgets.enums import BookPurpose
from budgets.models import BudgetBook, BudgetLine
from core import clock
from programs.dossier import Dossier, canonical_json, sha256_of
from programs.enums import CallState
from programs.models import Call, PolicyVersion, Programme
from projects.enums import ProjectState
from projects.models import Project
from proposals.enums import ProposalState
from proposals.models import Proposal, ProposalVersion
from reviews.enums import AssignmentState, ReviewKind
from reviews.models import Assignment, Expert
from tests.cast import Cast

POLICIES = Path(__file__).resolve().parent.parent / "programs" / "policies"
# B6: open from the notice until 24:00 Beijing time of 30 July 2021.
OPENS_AT = datetime(2021, 6, 14, 16, 0, tzinfo=UTC)
CLOSES_AT = datetime(2021, 7, 30, 16, 0, tzinfo=UTC)
WHILE_OPEN = datetime(2021, 7, 1, 2, 0, tzinfo=UTC)


def make_call(tenant: Tenant, by: User, *, state: str = CallState.OPEN, slug: str = "2021-joint-research") -> Call:
    """The 2021 joint-research call from its own files (for MOST, its intergovernmental one)."""
    from programs.policy import combine

    base, own = {
        "anso": ("anso/joint-research.toml", "anso/calls/2021-joint-research.toml"),
        "most": ("most/key-rd-intergovernmental.toml", "most/calls/2021-intergovernmental.toml"),
    }[tenant.slug]
    source, call_source = ((POLICIES / name).read_text("utf-8") for name in (base, own))
    policy = combine(source, call_source)
    programme, _ = Programme.objects.get_or_create(
        tenant=tenant, slug=Path(base).stem, defaults={"title_zh": "联合研究", "title_en": "Joint research"}
    )
    version = programme.versions.first() or PolicyVersion.objects.create(
        tenant=tenant, programme=programme, number=1, source=source, sha256="0" * 64, created_by=by
    )
    is_published = state != CallState.DRAFTING
    return Call.objects.create(
        tenant=tenant,
        programme=programme,
        policy_version=version,
        slug=slug,
        title_zh="2021年度ANSO联合研究合作专项",
        title_en="ANSO joint research call 2021",
        source=call_source,
        policy_sha256=policy.sha256,
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        state=state,
        created_by=by,
        published_at=OPENS_AT if is_published else None,
        published_by=by if is_published else None,
    )


def good_draft(cast: Cast, **changes: Any) -> Dossier:
    """A dossier of the cast's PI that no clause of the 2021 call objects to."""
    from tests.programs.dossiers import good_dossier

    dossier = good_dossier()
    ids = {"nepal": cast.nepal, "kenya": cast.kenya, "university": cast.university}
    parties = tuple(
        party.model_copy(
            update={
                "institution_id": place.pk,
                "name_zh": place.name_zh,
                "name_en": place.name_en,
                "country": place.country,
            }
        )
        for party, place in zip(dossier.parties, _in_country_order(dossier, list(ids.values())), strict=False)
    )
    return dossier.model_copy(
        update={
            "pi": dossier.pi.model_copy(
                update={
                    "user_id": cast.pi.pk,
                    "name_zh": cast.pi.name_zh,
                    "name_en": cast.pi.name_en,
                    "email": cast.pi.email,
                    "institution_id": cast.lead.pk,
                    "employed_at_lead": True,
                }
            ),
            "lead": dossier.lead.model_copy(
                update={
                    "institution_id": cast.lead.pk,
                    "name_zh": cast.lead.name_zh,
                    "name_en": cast.lead.name_en,
                    "country": "CN",
                    "kind": cast.lead.kind,
                    "is_cas_institute": True,
                    "is_chinese_legal_person": True,
                }
            ),
            "parties": parties + dossier.parties[len(parties) :],
            **changes,
        }
    )


def _in_country_order(dossier: Dossier, places: list[Any]) -> list[Any]:
    abroad = [place for place in places if place.country != "CN"]
    home = [place for place in places if place.country == "CN"]
    return [(abroad or home).pop(0) if party.is_foreign else (home or abroad).pop(0) for party in dossier.parties[:3]]


def make_proposal(
    cast: Cast,
    call: Call,
    *,
    state: str = ProposalState.DRAFT,
    number: int = 1,
    dossier: Dossier | None = None,
    **more: Any,
) -> Proposal:
    """A proposal of the cast's PI; from `submitted` on with its frozen version and number."""
    dossier = dossier or good_draft(cast)
    received = state not in (ProposalState.DRAFT, ProposalState.ENDORSING)
    fields: dict[str, Any] = {
        "pi": cast.pi,
        "lead_institution": cast.lead,
        "title_zh": dossier.title_zh,
        "title_en": dossier.title_en,
        "requested_fen": dossier.total_fen,
        "draft": dossier.model_dump(mode="json"),
        "revision": 1,
        "application_number": f"ANSO-2021-T{number:04d}" if received else None,
        "received_at": WHILE_OPEN if received else None,
    }
    proposal = Proposal.objects.create(tenant=call.tenant, call=call, state=state, **{**fields, **more})
    if received:
        make_version(proposal, dossier)
    return proposal


def make_version(proposal: Proposal, dossier: Dossier, number: int = 1) -> ProposalVersion:
    """A frozen version with its budget book."""
    return ProposalVersion.objects.create(
        tenant=proposal.tenant,
        proposal=proposal,
        number=number,
        dossier_json=canonical_json(dossier).decode(),
        sha256=sha256_of(dossier),
        policy_sha256=proposal.call.policy_sha256,
        budget_book=make_budget_book(proposal.tenant, dossier),
        received_at=proposal.received_at or WHILE_OPEN,
        frozen_by=proposal.pi,
    )


def make_budget_book(tenant: Tenant, dossier: Dossier, purpose: str = BookPurpose.PROPOSED) -> BudgetBook:
    """The dossier's lines as rows."""
    book = BudgetBook.objects.create(
        tenant=tenant, purpose=purpose, source_sha256=sha256_of(dossier), total_fen=dossier.total_fen
    )
    BudgetLine.objects.bulk_create(
        BudgetLine(
            tenant=tenant,
            book=book,
            position=position,
            key=line.key,
            category=line.category,
            name=line.name,
            amount_fen=line.amount_fen,
            basis=line.basis,
            relation=line.relation_to_cooperation,
        )
        for position, line in enumerate(dossier.budget_lines)
    )
    return book


def make_expert(tenant: Tenant, user: User, *, kind: str = ReviewKind.DOMAIN, **more: Any) -> Expert:
    """A consenting member of the pool."""
    is_domain = kind == ReviewKind.DOMAIN
    fields: dict[str, Any] = {
        "is_domain": is_domain,
        "is_finance": not is_domain,
        "is_international": is_domain,
        "country": "FR" if is_domain else "CN",
        "consented_at": clock.now(),
    }
    return Expert.objects.create(tenant=tenant, user=user, **{**fields, **more})


def make_assignment(
    proposal: Proposal,
    expert: Expert,
    by: User,
    *,
    kind: str = ReviewKind.DOMAIN,
    state: str = AssignmentState.ACCEPTED,
) -> Assignment:
    """One review in the given state, due in three weeks."""
    return Assignment.objects.create(
        tenant=proposal.tenant,
        proposal=proposal,
        version=proposal.versions.last(),
        expert=expert,
        kind=kind,
        state=state,
        assigned_by=by,
        invited_at=clock.now(),
        due_at=clock.now() + timedelta(days=21),
        submitted_at=clock.now() if state == AssignmentState.SUBMITTED else None,
    )


def make_project(proposal: Proposal, *, state: str = ProjectState.BOOK_DRAFTING, **more: Any) -> Project:
    """A project of an approved proposal, for the whole requested amount unless told otherwise."""
    version = proposal.versions.last()
    assert version is not None
    dossier = Dossier.model_validate_json(version.dossier_json)
    established = state not in (ProjectState.BOOK_DRAFTING, ProjectState.BOOK_REVIEW, ProjectState.SIGNING)
    fields: dict[str, Any] = {
        "approved_fen": dossier.total_fen,
        "start_date": dossier.start_date,
        "end_date": dossier.end_date,
        "book_draft": dossier.model_dump(mode="json"),
        "grant_number": f"ANSO-CR-KP-2021-{proposal.pk:02d}" if established else None,
        "established_at": clock.now() if established else None,
    }
    return Project.objects.create(
        tenant=proposal.tenant,
        proposal=proposal,
        version=version,
        call=proposal.call,
        pi=proposal.pi,
        lead_institution=proposal.lead_institution,
        title_zh=proposal.title_zh,
        title_en=proposal.title_en,
        state=state,
        **{**fields, **more},
    )
