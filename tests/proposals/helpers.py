"""What the tests of proposals share."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core import clock
from documents.models import StoredFile
from programs.models import Call
from programs.policy import Policy
from proposals import actions
from proposals.grants import CO_WRITE
from proposals.models import Attachment, Invitation, PartnerLink, Proposal, ProposalUserObjectPermission
from tests.cast import Cast
from tests.factories import good_draft


def complete_draft(cast: Cast, call: Call, *, pi: User | None = None) -> Proposal:
    """A draft that may be handed in, made by the actions; its files' bytes are not stored."""
    pi = pi or cast.pi
    proposal = actions.create_draft(call=call, pi=pi, lead_institution=cast.lead)
    return fill(proposal, cast)


def fill(proposal: Proposal, cast: Cast) -> Proposal:
    """Write a good dossier into the draft, with the rows of its files."""
    dossier = good_draft(cast)
    data: dict[str, Any] = dossier.model_dump(mode="json")
    for row in dossier.attachments:
        file, _ = StoredFile.objects.get_or_create(
            tenant=proposal.tenant, sha256=row.sha256, defaults={"size": row.size, "media_type": row.media_type}
        )
        name = row.filename
        if row.kind in ("proposal_word", "stamped_pdf"):
            name = f"{proposal.lead_institution.name_zh}+{proposal.pi.name_zh}.{name.rsplit('.')[-1]}"
        Attachment.objects.create(
            tenant=proposal.tenant,
            proposal=proposal,
            file=file,
            kind=row.kind,
            party_key=row.party_key,
            filename=name,
            uploaded_at=clock.now(),
            uploaded_by=proposal.pi,
        )
    data["pi"] |= {"user_id": proposal.pi_id, "name_zh": proposal.pi.name_zh, "email": proposal.pi.email}
    return actions.save_draft(proposal=proposal, by=proposal.pi, data=data, revision=proposal.revision)


def let_write(proposal: Proposal, user: User, extent: str = CO_WRITE) -> None:
    """Make somebody a co-writer, without asking them."""
    permission = Permission.objects.get(codename=extent, content_type__app_label="proposals")
    ProposalUserObjectPermission.objects.create(user=user, permission=permission, content_object=proposal)


def link(proposal: Proposal, key: str, user: User) -> Invitation:
    """The participant of that key agrees to stand there with their account."""
    asked = actions.invite(
        proposal=proposal, by=proposal.pi, purpose="participant", email=user.email, participant_key=key
    )
    return actions.answer_invitation(invitation=asked, by=user, accepts=True)


def asked(proposal: Proposal, party_key: str, *, language: str = "en") -> PartnerLink:
    """The PI sends that partner's contact a link."""
    return actions.ask_partner(
        proposal=proposal,
        by=proposal.pi,
        party_key=party_key,
        name="Wanjiku Kamau",
        email="wanjiku@partner.example",
        language=language,
    )


def passed_points(policy: Policy) -> dict[str, Any]:
    """Every point of the checklist met."""
    return {point.key: {"ok": True, "note": ""} for point in policy.checklist}


def of_rows(queries: CaptureQueriesContext) -> list[str]:
    """What was asked about rows: without savepoints, and without what PostgreSQL is told about the funder."""
    told = [str(query["sql"]) for query in queries.captured_queries]
    return [sql for sql in told if not any(one in sql for one in ("SAVEPOINT", "set_config", "current_setting"))]
