"""What of acceptance waits for a person."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from acceptance.enums import AcceptanceState
from acceptance.models import Acceptance
from accounts.enums import Role
from accounts.queries import office_institutions, tenants_where
from core import clock
from core.tasklist import TaskItem
from projects.enums import ProjectState
from projects.models import Project
from projects.queries import judged_by


def tasks(user: Any, tenants: list[Any]) -> Iterable[TaskItem]:
    """Opinions to file, notices to send, conclusions to propose or decide."""
    secretary_of, director_of = tenants_where(user, Role.SECRETARY), tenants_where(user, Role.DIRECTOR)
    offices = office_institutions(user)
    free = judged_by(user)  # who must keep out isn't even told of it (A16)
    judged = Q(project__in=free.values("pk"))
    rows = Acceptance.objects.filter(
        Q(state=AcceptanceState.NOTIFIED, project__lead_institution__in=offices)
        | Q(state=AcceptanceState.FILED, tenant__in=secretary_of) & judged
        | Q(state=AcceptanceState.PROPOSED, tenant__in=director_of) & judged
    ).select_related("project", "tenant")
    what = {
        AcceptanceState.NOTIFIED: _("File the acceptance opinions"),
        AcceptanceState.FILED: _("Propose a conclusion"),
        AcceptanceState.PROPOSED: _("Decide on the proposed conclusion"),
    }
    for acceptance in rows[:50]:
        due_at = acceptance.due_at if acceptance.state == AcceptanceState.NOTIFIED else None
        yield _item(
            "acceptance", acceptance.project, what[AcceptanceState(acceptance.state)], acceptance.tenant, due_at
        )
    if secretary_of:
        over = free.filter(
            tenant__in=secretary_of, state=ProjectState.ACTIVE, end_date__lt=clock.today()
        ).select_related("tenant")
        for project in over[:50]:
            yield _item("acceptance_notice", project, _("Send the acceptance notice"), project.tenant, None)


def _item(kind: str, project: Project, what: str, tenant: Any, due_at: Any) -> TaskItem:
    url = reverse("acceptance:detail", args=[tenant.slug, project.pk])
    return TaskItem(kind=kind, title=project.title, what=what, url=url, tenant=tenant, due_at=due_at)
