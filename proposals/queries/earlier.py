"""One's own earlier applications, to copy from, and what hangs on one of them that no copy takes along."""

from dataclasses import dataclass

from accounts.models import Tenant, User
from core.errors import NotVisible
from core.rows import only
from core.search import matching
from proposals.enums import InvitationPurpose, InvitationState
from proposals.models import Invitation, Proposal
from proposals.queries.content import attachments_of
from proposals.queries.people import co_writers

MOST_SHOWN = 20


def earlier_of(user: User, tenant: Tenant, text: str = "") -> tuple[list[Proposal], bool]:
    """The newest MOST_SHOWN applications of which `user` is the PI, in any state and call of the funder, found by the
    words of `text` if any; and whether there are more. One query."""
    rows = Proposal.objects.filter(tenant=tenant, pi=user)
    if text.strip():
        rows = rows.filter(matching(Proposal, text))
    # Not the drafts and policies: they are the size of a book.
    found = list(rows.select_related("call").defer("draft", "call__source").order_by("-pk")[: MOST_SHOWN + 1])
    return found[:MOST_SHOWN], len(found) > MOST_SHOWN


def get_own(user: User, tenant: Tenant, pk: int | None) -> Proposal:
    """The funder's application of that number with its call and policy, if `user` is its PI. Raises NotVisible."""
    if pk is None:
        raise NotVisible
    rows = Proposal.objects.filter(pk=pk, tenant=tenant, pi=user)
    found: Proposal | None = only(rows.select_related("tenant", "pi", "call__programme", "call__policy_version"))
    if found is None:
        raise NotVisible
    return found


@dataclass(frozen=True)
class Ties:
    """How many of each hang on an application and not on what it says."""

    files: int
    consents: int
    co_writers: int
    waivers: int


def ties_of(proposal: Proposal) -> Ties:
    """They were given for this application alone. Four queries."""
    agreed = Invitation.objects.filter(
        proposal=proposal, purpose=InvitationPurpose.PARTICIPANT, state=InvitationState.ACCEPTED
    )
    return Ties(
        files=attachments_of(proposal).count(),
        consents=agreed.count(),
        co_writers=len(co_writers(proposal)),
        waivers=proposal.waivers.count(),
    )
