"""What of mid-term evaluation waits for a person."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import local
from accounts.standing import standing_of
from core.tasklist import TaskItem
from core.tenancy import active_among
from projects.enums import IN_TERM, MidTermForm
from projects.enums import MidTermState as State
from projects.models import MidTerm
from proposals.queries import without_conflict

MOST = 30
_COLUMNS = ("tenant_id", "project_id", "state", "form", "due_at", "project__title_zh", "project__title_en")


def tasks(user: Any, tenants: list[Any]) -> Iterator[TaskItem]:
    """Reports and opinions to file, inspections to report on, proposals to make or decide. One query."""
    rows = MidTerm.objects.filter(_mine(user), project__state__in=IN_TERM).order_by("-pk")
    by_id = {tenant.pk: tenant for tenant in tenants}
    what = {
        State.NOTIFIED: _("Answer the mid-term evaluation"),
        State.FILED: _("Say what follows from the mid-term evaluation"),
        State.PROPOSED: _("Decide on the mid-term proposal"),
        State.RECTIFYING: _("Report on the rectification"),
    }
    for tenant, project, state, form, due_at, zh, en in rows.values_list(*_COLUMNS)[:MOST]:
        is_inspection = state == State.NOTIFIED and form == MidTermForm.INSPECTION
        yield TaskItem(
            kind="midterm",
            title=local(zh, en),
            what=_("File what the inspection found") if is_inspection else what[State(state)],
            url=reverse_lazy("projects:midterm", args=[by_id[tenant].slug, project]),
            tenant=by_id[tenant],
            due_at=due_at if state == State.NOTIFIED else None,
        )


def _mine(user: Any) -> Q:
    """The steps that are the person's; what they filed already stands on the page itself."""
    standing = standing_of(user)
    answering = Q(state=State.NOTIFIED, form=MidTermForm.ANSWER)
    mine = Q(project__pi=user) & (answering | Q(state=State.RECTIFYING))
    if standing.offices:
        mine |= answering & Q(project__lead_institution__in=standing.offices)
    free = without_conflict(user, key="project__proposal_id", path="project__")
    if secretary_of := active_among(standing.where(Role.SECRETARY)):
        inspecting = Q(state=State.NOTIFIED, form=MidTermForm.INSPECTION)
        mine |= (inspecting | Q(state=State.FILED)) & Q(tenant__in=secretary_of) & free
    if director_of := active_among(standing.where(Role.DIRECTOR)):
        mine |= Q(state=State.PROPOSED, tenant__in=director_of) & free
    return mine
