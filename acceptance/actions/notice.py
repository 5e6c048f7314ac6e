"""The term is over: the acceptance notice (A30)."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from acceptance import notices, rules
from acceptance.actions.common import locked, tell_applicant, url_of
from acceptance.models import Acceptance
from accounts.queries import office_users
from audit.actions import record
from core import clock
from core.errors import Obstacle, Refused
from core.workflow import move
from notifications.actions import remind
from programs.queries import effective_policy
from projects.models import Project

REMIND_BEFORE = (timedelta(days=14), timedelta(days=3))


def send_notice(*, project: Project, by: Any) -> Acceptance:
    """The term is over: send the acceptance notice to institution and PI; two months for research (A30).

    Raises Refused before the term's end, WrongState when it was sent already."""
    with transaction.atomic():
        project = locked(project)
        rules.require_secretary(by, project)
        before = project.state
        if clock.today(project.tenant.zone) <= project.end_date:
            raise Refused([_TERM_RUNS])
        move(project.start_acceptance)
        project.save(update_fields=["state"])
        due = clock.add_months(clock.today(project.tenant.zone), effective_policy(project.call).acceptance.months)
        acceptance = Acceptance.objects.create(
            tenant=project.tenant,
            project=project,
            notified_at=clock.now(),
            notified_by=by,
            due_at=clock.end_of_day(due, project.tenant.zone),
            notice=notices.issue_acceptance_notice(project=project, due=due, by=by),
        )
        _announce(acceptance, due)
        record(
            tenant=project.tenant,
            actor=by,
            action="acceptance.notify",
            subject=project,
            from_state=before,
            to_state=project.state,
            data={"due": due.isoformat()},
        )
    return acceptance


def _announce(acceptance: Acceptance, due: date) -> None:
    project = acceptance.project
    tell_applicant(
        acceptance,
        key="acceptance.notice",
        zh=f"验收通知：{project.title_zh or project.title_en}",
        en=f"Acceptance notice: {project.title_en or project.title_zh}",
    )
    offices = list(office_users(project.lead_institution_id))
    for ahead in REMIND_BEFORE:
        remind(
            tenant=project.tenant,
            users=offices,
            kind="acceptance_due",
            subject=acceptance,
            due_at=acceptance.due_at - ahead,
            title_zh=f"验收意见须在 {due.isoformat()} 前报送：{project.title_zh or project.title_en}",
            title_en=f"Acceptance opinions are due by {due.isoformat()}: {project.title_en or project.title_zh}",
            url=url_of(project),
        )


_TERM_RUNS = Obstacle(
    code="term-runs",
    article="A30",
    message_zh="项目执行期尚未届满，不能发出验收通知。",
    message_en="The project's term is not over yet; the acceptance notice follows after it.",
)
