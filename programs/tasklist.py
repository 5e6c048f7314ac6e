"""What waits for a person about guides: experts comment, the director decides, the secretariat goes on."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from accounts.standing import standing_of
from core import clock
from core.tasklist import TaskItem
from core.tenancy import active_among
from programs.enums import GuideState as G
from programs.guides.actions import page_of
from programs.models import Guide, GuideComment

MOST = 20


def tasks(user: User, tenants: list[Any]) -> Iterable[TaskItem]:
    """Guides to comment on that the person has not commented on yet, to decide, to publish, to go on with."""
    standing = standing_of(user)
    experts, directors, secretaries = (
        active_among(standing.where(role)) for role in (Role.STRATEGIST, Role.DIRECTOR, Role.SECRETARY)
    )
    if not (experts or directors or secretaries):
        return []
    said = GuideComment.objects.filter(guide=OuterRef("pk"), author=user, revision=OuterRef("revision"))
    now = clock.now()
    to_comment = Q(tenant__in=experts, state=G.CONSULTING, consultations__user=user, consult_until__gt=now)
    waiting = to_comment & ~Exists(said) | Q(tenant__in=directors, state=G.APPROVING)
    mine = Q(state=G.APPROVED) | Q(state=G.CONSULTING, consult_until__lte=now)
    mine |= Q(state=G.DRAFTING, decided_at__isnull=False)
    waiting |= Q(tenant__in=secretaries) & mine
    rows = Guide.objects.filter(waiting).distinct().order_by("-year", "-version")[:MOST]
    by_id = {tenant.pk: tenant for tenant in tenants}
    found = []
    for row in rows:
        row.tenant = by_id[row.tenant_id]
        due = row.consult_until if row.state == G.CONSULTING and row.tenant_id in experts else None
        found.append(TaskItem("guide", row.title, _what(row, now), page_of(row), row.tenant, due))
    return found


def _what(row: Guide, now: Any) -> str:
    if row.state == G.CONSULTING:
        is_over = row.consult_until is not None and row.consult_until <= now
        return _("The consultation is over: go on with the guide") if is_over else _("Comment on the guide")
    words = {
        G.APPROVING: _("Decide on the guide"),
        G.APPROVED: _("Publish the guide"),
        G.DRAFTING: _("The director gave the guide back"),
    }
    return words[G(row.state)]
