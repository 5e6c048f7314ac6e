"""What the institution files: opinions and published results (A31 A41)."""

from datetime import date
from typing import Any

from django.db import transaction

from acceptance import rules
from acceptance.actions.common import locked_acceptance, url_of
from acceptance.enums import OpinionKind
from acceptance.models import Acceptance, Opinion, PublicResult
from accounts.enums import Role
from audit.actions import record
from core import clock
from core.errors import Obstacle, Refused, WrongState
from core.workflow import move
from documents.actions import store_checked
from documents.checks import check_upload
from notifications.actions import cancel_reminders, notify
from projects.actions.common import staff
from projects.models import Project

SCANS = frozenset({"pdf", "png", "jpeg"})


def file_opinion(
    *,
    acceptance: Acceptance,
    by: Any,
    kind: str,
    result: str,
    text: str,
    organised_as: str,
    filename: str = "",
    data: bytes | None = None,
) -> Opinion:
    """File the science or the finance opinion, with its signed scan if given; the second one completes them (A31).

    Raises FileRefused for a bad scan, WrongState when that opinion was filed already."""
    scan = None if data is None else check_upload(data, filename, allowed=SCANS)
    with transaction.atomic():
        acceptance = locked_acceptance(acceptance)
        rules.require_office(by, acceptance.project)
        filed = set(acceptance.opinions.values_list("kind", flat=True))
        if kind in filed:
            raise WrongState([_FILED_ALREADY])
        stored = store_checked(tenant=acceptance.tenant, checked=scan, data=data, by=by)
        opinion = Opinion.objects.create(
            tenant=acceptance.tenant,
            acceptance=acceptance,
            kind=kind,
            result=result,
            text=text,
            organised_as=organised_as,
            file=stored,
            filename=scan.name if scan else "",
            filed_at=clock.now(),
            filed_by=by,
        )
        before = acceptance.state
        if filed | {kind} == set(OpinionKind.values):
            _complete(acceptance)
        record(
            tenant=acceptance.tenant,
            actor=by,
            action="acceptance.file_opinion",
            subject=acceptance.project,
            from_state=before,
            to_state=acceptance.state,
            data={"kind": kind, "result": result, "file": stored.sha256 if stored else ""},
        )
    return opinion


def _complete(acceptance: Acceptance) -> None:
    """Both opinions are there: nobody is reminded any more, and the secretariat goes on."""
    move(acceptance.file_opinions)
    acceptance.save(update_fields=["state"])
    cancel_reminders(tenant=acceptance.tenant, subject=acceptance)
    project = acceptance.project
    notify(
        tenant=acceptance.tenant,
        to=staff(project, Role.SECRETARY),
        kind="acceptance.filed",
        key=f"acceptance.filed:{acceptance.pk}",
        title_zh=f"验收意见已报送：{project.title_zh or project.title_en}",
        title_en=f"Acceptance opinions filed: {project.title_en or project.title_zh}",
        url=url_of(project),
    )


def record_public_result(
    *, project: Project, by: Any, title: str, channel: str, published_date: date, url: str = ""
) -> PublicResult:
    """Record that a result was published through an ANSO or another non-academic channel (A41).

    Raises Refused for a day that is still to come."""
    rules.require_recorder(by, project)
    if published_date > clock.today(project.tenant.zone):
        raise Refused([_NOT_YET_PUBLISHED])
    with transaction.atomic():
        result = PublicResult.objects.create(
            tenant=project.tenant,
            project=project,
            title=title,
            channel=channel,
            published_date=published_date,
            url=url,
            recorded_at=clock.now(),
            recorded_by=by,
        )
        record(
            tenant=project.tenant,
            actor=by,
            action="acceptance.record_result",
            subject=project,
            data={"title": title, "channel": channel, "published": published_date.isoformat(), "url": url},
        )
    return result


_NOT_YET_PUBLISHED = Obstacle(
    code="not-yet-published",
    article="A41",
    field="published_date",
    message_zh="刊发日期不能晚于今天。",
    message_en="The day of publication can't lie in the future.",
)
_FILED_ALREADY = Obstacle(
    code="opinion-filed",
    article="A31",
    message_zh="该项意见已经报送，不能重复报送。",
    message_en="This opinion was filed already.",
)
