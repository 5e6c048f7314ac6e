"""What of acceptance waits for a person."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from acceptance.enums import AcceptanceState
from acceptance.models import Acceptance
from accounts.enums import Role
from accounts.models import local
from accounts.standing import standing_of
from core import clock
from core.tasklist import TaskItem
from projects.enums import ProjectState
from projects.queries import judged_by
from proposals.queries import without_conflict

MOST = 30


def tasks(user: Any, tenants: list[Any]) -> Iterable[TaskItem]:
    """Opinions to file, notices to send, conclusions to propose or decide."""
    standing = standing_of(user)
    secretary_of, director_of = standing.where(Role.SECRETARY), standing.where(Role.DIRECTOR)
    if not (standing.offices or secretary_of or director_of):
        return
    mine = Q(state=AcceptanceState.NOTIFIED, project__lead_institution__in=standing.offices)
    free = without_conflict(user, key="project__proposal_id", path="project__")
    if secretary_of:
        mine |= Q(state=AcceptanceState.FILED, tenant__in=secretary_of) & free
    if director_of:
        mine |= Q(state=AcceptanceState.PROPOSED, tenant__in=director_of) & free
    rows = Acceptance.objects.filter(mine).order_by("-pk")
    by_id = {tenant.pk: tenant for tenant in tenants}
    what = {
        AcceptanceState.NOTIFIED: _("File the acceptance opinions"),
        AcceptanceState.FILED: _("Propose a conclusion"),
        AcceptanceState.PROPOSED: _("Decide on the proposed conclusion"),
    }
    columns = ("tenant_id", "project_id", "state", "due_at", "project__title_zh", "project__title_en")
    for tenant, project, state, due_at, zh, en in rows.values_list(*columns)[:MOST]:
        words = what[AcceptanceState(state)]
        due_at = due_at if state == AcceptanceState.NOTIFIED else None
        yield _item("acceptance", project, local(zh, en), words, by_id[tenant], due_at)
    if secretary_of:
        over = judged_by(user).filter(tenant__in=secretary_of, state=ProjectState.ACTIVE, end_date__lt=clock.today())
        longest = over.order_by("end_date", "pk").values_list("tenant_id", "pk", "title_zh", "title_en")
        for tenant, project, zh, en in longest[:MOST]:
            title, words = local(zh, en), _("Send the acceptance notice")
            yield _item("acceptance_notice", project, title, words, by_id[tenant], None)


def _item(kind: str, project: int, title: str, what: str, tenant: Any, due_at: Any) -> TaskItem:
    url = reverse_lazy("acceptance:detail", args=[tenant.slug, project])
    return TaskItem(kind=kind, title=title, what=what, url=url, tenant=tenant, due_at=due_at)
