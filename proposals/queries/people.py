"""Reads of the people around a draft: who writes with the applicant, and whose accounts participants are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from core.errors import NotVisible
from programs.dossier import Participant
from proposals.enums import OPEN_INVITATIONS, Extent, InvitationPurpose, InvitationState, ProposalState
from proposals.grants import GRANTS
from proposals.models import Invitation, Proposal, ProposalUserObjectPermission


def with_consented_accounts(proposal: Proposal, people: Iterable[Participant]) -> tuple[Participant, ...]:
    """The participants with the accounts of those who agreed to stand there, whatever was posted. One query, if any."""
    people = tuple(people)
    if not people:
        return people
    agreed = {
        row.participant_key: row
        for row in Invitation.objects.filter(
            proposal=proposal, purpose=InvitationPurpose.PARTICIPANT, state=InvitationState.ACCEPTED
        )
    }
    found = []
    for person in people:
        row = agreed.get(person.key)
        user_id = row.user_id if row is not None and agrees_with(row, person) else None
        found.append(person if person.user_id == user_id else person.model_copy(update={"user_id": user_id}))
    return tuple(found)


def agrees_with(invitation: Invitation, person: Participant) -> bool:
    """Whether the draft says of the participant what the invitation said: the name, and not more than it did (A19)."""
    is_same = _plain(invitation.participant_name) == _plain(person.name)
    return is_same and (invitation.is_main or not person.is_main)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass(frozen=True)
class CoWriter:
    """Somebody whom the applicant lets work on the draft, and how far."""

    person: User
    extent: Extent


def co_writers(proposal: Proposal) -> list[CoWriter]:
    """Who works on the draft with the applicant. One query."""
    rows = ProposalUserObjectPermission.objects.filter(content_object=proposal.pk, permission__codename__in=GRANTS)
    rows = rows.select_related("user", "permission").order_by("user_id")
    return [CoWriter(row.user, Extent(row.permission.codename)) for row in rows]


def open_invitations(proposal: Proposal) -> list[Invitation]:
    """Those without an answer, and those agreed to, oldest first. One query."""
    rows = Invitation.objects.filter(proposal=proposal, state__in=OPEN_INVITATIONS)
    return list(rows.select_related("user").order_by("pk"))


@dataclass(frozen=True)
class Seat:
    """A participant of the draft and who was asked to stand there."""

    person: Participant
    invitation: Invitation | None

    @property
    def is_linked(self) -> bool:
        """Whether the account counts."""
        return self.person.user_id is not None

    @property
    def has_lapsed(self) -> bool:
        """Whether somebody agreed to what the draft says no more."""
        one = self.invitation
        return one is not None and one.state == InvitationState.ACCEPTED and not self.is_linked


def seats(people: Iterable[Participant], invitations: Iterable[Invitation]) -> list[Seat]:
    """The named participants, each with its open invitation if any."""
    by_key = {one.participant_key: one for one in invitations if one.purpose == InvitationPurpose.PARTICIPANT}
    return [Seat(person, by_key.get(person.key)) for person in people if person.name]


def invitations_to(user: User) -> QuerySet[Invitation]:
    """The open invitations to the person, in the active tenants; without an answer only while it is a draft."""
    rows = Invitation.objects.filter(email=user.email.lower(), state__in=OPEN_INVITATIONS)
    rows = rows.select_related("tenant", "proposal__pi", "proposal__lead_institution", "proposal__call")
    return rows.defer("proposal__draft", "proposal__call__source").order_by("pk")


def waiting_for(user: User) -> QuerySet[Invitation]:
    """The invitations that the person can answer now."""
    return invitations_to(user).filter(state=InvitationState.WAITING, proposal__state=ProposalState.DRAFT)


def get_invitation(user: User, pk: int) -> Invitation:
    """An open invitation to the person. Raises NotVisible."""
    found = invitations_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def invitation_of(proposal: Proposal, pk: int) -> Any:
    """An invitation of the applicant's own. Raises NotVisible."""
    found = Invitation.objects.filter(proposal=proposal, pk=pk).first()
    if found is None:
        raise NotVisible
    return found
