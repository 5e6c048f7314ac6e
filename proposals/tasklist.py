"""What waits for a person: drafts to finish, endorsements to decide, checks to make. Two queries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AffiliationKind, Role
from accounts.models import Membership, User
from accounts.queries import current_affiliations
from core import clock
from core.tasklist import TaskItem
from programs.enums import CallState
from proposals.enums import ProposalState as S
from proposals.models import HandedIn, Proposal
from proposals.queries import judged_by

MOST = 100


def tasks(user: User, tenants: list[Any]) -> Iterable[TaskItem]:
    """The person's drafts that can still be handed in, endorsements of their office, checks of their secretariat."""
    now = clock.now()
    offices = current_affiliations(user).filter(kind=AffiliationKind.OFFICE).values("institution_id")
    secretary_of = Membership.objects.filter(user=user, role=Role.SECRETARY).values("tenant_id")
    in_time = Q(call__state=CallState.OPEN, call__closes_at__gt=now) | Q(received_at__isnull=False)
    waiting = (
        Q(state=S.DRAFT, pi=user) & in_time
        | Q(state=S.ENDORSING, lead_institution__in=offices) & ~Q(pi=user) & in_time
        | Q(state=S.SUBMITTED, tenant__in=secretary_of, pk__in=judged_by(user).values("pk"))
    )
    rows = (
        Proposal.objects.filter(waiting)
        .annotate(was_handed_in=Exists(HandedIn.objects.filter(proposal=OuterRef("pk"))))
        .select_related("tenant", "call", "pi")
        .defer("draft", "call__source")
        .order_by("call__closes_at", "pk")[:MOST]
    )
    return [_item(row) for row in rows]


def _item(row: Any) -> TaskItem:
    name = row.title or _("Untitled draft")
    due_at = row.call.closes_at if row.received_at is None else None
    if row.state == S.DRAFT:
        what = _("Returned: correct it and hand it in again") if row.was_handed_in else _("Finish and hand in")
        return _task("draft", row, name, what, "proposals:edit", due_at)
    if row.state == S.ENDORSING:
        who = _("Examine and endorse · %(name)s") % {"name": row.pi.display_name}
        return _task("endorse", row, name, who, "proposals:endorse", due_at)
    what = _("Preliminary check · %(number)s") % {"number": row.application_number}
    return _task("check", row, name, what, "proposals:check", None)


def _task(kind: str, row: Any, title: str, what: str, page: str, due_at: Any) -> TaskItem:
    return TaskItem(
        kind=kind,
        title=title,
        what=what,
        url=reverse(page, args=[row.tenant.slug, row.pk]),
        tenant=row.tenant,
        due_at=due_at,
    )
