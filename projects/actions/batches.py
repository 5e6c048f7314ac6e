"""Signing a tray of books in one confirmation: a batch, worked off item by item, each in its own transaction."""

import logging
import time
from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import Tenant, User
from accounts.queries import tenant_by_id
from audit.actions import record
from core import clock
from core.attempts import Attempt, attempt
from core.errors import Obstacle, Refused
from core.tenancy import tenant_scope
from notifications.actions import add_effect, notify
from projects.actions.signing import sign_book
from projects.enums import ItemState
from projects.models import Project, SigningBatch, SigningItem
from projects.queries import book_pdf, get_batch, tray
from projects.queries.signing import risk_of

EFFECT = "signing-batch"
# Well below Celery's soft limit: the sweep goes on where a long batch stopped.
SECONDS_AT_ONCE = 600
log = logging.getLogger(__name__)


@transaction.atomic
def confirm_batch(
    *, party: str, by: User, projects: Iterable[Project], password: str, seen: Mapping[int, str] | None = None
) -> SigningBatch:
    """One confirmation over many books: a batch with an item per book, bound to the bytes shown (`seen`, SHA-256 by
    project id). The job starts after the commit.

    Raises Refused for a wrong password, and for each book that no longer waits for this party, is an exception to be
    signed by itself, was changed since it was shown, or is in an unfinished batch already."""
    wanted = sorted({project.pk for project in projects})
    if not by.check_password(password):
        raise Refused([_PASSWORD])
    if not wanted:
        raise Refused([_NOTHING])
    rows = list(Project.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    waiting = {one.project.pk: one for one in tray(by, party=party)}
    busy = set(
        SigningItem.objects.filter(project__in=wanted, batch__party=party, state=ItemState.WAITING).values_list(
            "project_id", flat=True
        )
    )
    shown: dict[int, str] = {}
    found: list[Obstacle] = []
    for row in rows:
        latest = book_pdf(row)
        if row.pk not in waiting or row.pk in busy or latest is None:
            found.append(_named(row, *_GONE))
        elif risk_of(waiting[row.pk])[0] > 1:
            found.append(_named(row, *_EXCEPTION))
        elif seen is not None and seen.get(row.pk) != latest.file.sha256:
            found.append(_named(row, *_OTHER))
        else:
            shown[row.pk] = latest.file.sha256
    if found or len(rows) < len(wanted):
        raise Refused(found or [_named(None, *_GONE)])
    return _make(rows[0].tenant, party, by, shown)


def _make(tenant: Tenant, party: str, by: User, shown: dict[int, str]) -> SigningBatch:
    batch = SigningBatch.objects.create(tenant=tenant, party=party, signer=by, confirmed_at=clock.now())
    SigningItem.objects.bulk_create(
        SigningItem(tenant=tenant, batch=batch, project_id=pk, expected_sha256=sha256) for pk, sha256 in shown.items()
    )
    add_effect(tenant=tenant, kind=EFFECT, key=f"{EFFECT}:{batch.pk}", payload={"batch": batch.pk})
    record(
        tenant=tenant,
        actor=by,
        action="signing_batch.confirm",
        subject=batch,
        data={"party": party, "books": {str(pk): sha256 for pk, sha256 in shown.items()}},
    )
    return batch


def work_off(batch_id: int, tenant_id: int) -> int:
    """Sign the batch's waiting items one by one, each in a transaction of its own; how many were dealt with.

    Call it outside any tenant scope. Killed at any point, it loses and doubles nothing: an item is signed and ticked
    off together, and whoever calls next takes up the rest. Ends early when the batch is paused."""
    tenant = tenant_by_id(tenant_id)
    until = time.monotonic() + SECONDS_AT_ONCE
    count = 0
    while time.monotonic() < until:
        with tenant_scope(tenant), transaction.atomic():
            if not _work_next(batch_id):
                break
        count += 1
    return count


def _work_next(batch_id: int) -> bool:
    # The batch is locked before project, counter and audit head, as when it is paused; a second worker passes it by.
    rows = SigningBatch.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    batch = rows.filter(pk=batch_id).first()
    if batch is None or batch.finished_at or batch.paused_at:
        return False
    items = SigningItem.objects.filter(batch=batch, state=ItemState.WAITING).select_related("project__tenant")
    item = items.order_by("pk").first()
    if item is None:
        _finish(batch)
        return False
    _sign_item(item, batch)
    batch.worked_at = clock.now()
    batch.save(update_fields=["worked_at"])
    return True


def _sign_item(item: SigningItem, batch: SigningBatch) -> None:
    def act() -> Attempt:
        sign_book(project=item.project, party=batch.party, by=batch.signer, expected_sha256=item.expected_sha256)
        return Attempt(True)

    denied = "您已无权签署此任务书。", "You may not sign this book any more."
    failed = "签署时发生内部错误，已记录。", "An internal error occurred and was logged."
    made = attempt(act, denied=denied, failed=failed, log=log, what=f"signing item {item.pk}")
    item.state, item.done_at = ItemState.SIGNED if made.is_done else ItemState.FAILED, clock.now()
    item.message_zh, item.message_en = made.zh[:300], made.en[:300]
    item.save(update_fields=["state", "done_at", "message_zh", "message_en"])


def _finish(batch: SigningBatch) -> None:
    batch.finished_at = batch.worked_at = clock.now()
    batch.save(update_fields=["finished_at", "worked_at"])
    states = list(SigningItem.objects.filter(batch=batch).values_list("state", flat=True))
    signed, failed = states.count(ItemState.SIGNED), states.count(ItemState.FAILED)
    notify(
        tenant=batch.tenant,
        to=[batch.signer],
        kind="signing-batch-done",
        key=f"signing-batch-done:{batch.pk}",
        title_zh=f"批量签署完成：已签署 {signed} 份，未签署 {failed} 份",
        title_en=f"Batch signing finished: {signed} signed, {failed} not signed",
        url=reverse("projects:batch", args=[batch.tenant.slug, batch.pk]),
    )
    record(
        tenant=batch.tenant,
        actor=batch.signer,
        action="signing_batch.finish",
        subject=batch,
        data={"signed": signed, "failed": failed},
    )


@transaction.atomic
def pause_batch(*, batch: SigningBatch, by: User) -> SigningBatch:
    """Let the job stop after the book it is at; harmless when finished or paused. Raises NotVisible for others."""
    row = _locked(batch, by)
    if row.finished_at is None and row.paused_at is None:
        row.paused_at = clock.now()
        row.save(update_fields=["paused_at"])
        record(tenant=row.tenant, actor=by, action="signing_batch.pause", subject=row)
    return row


@transaction.atomic
def resume_batch(*, batch: SigningBatch, by: User) -> SigningBatch:
    """Let the job go on with what is left. Harmless when it runs. Raises NotVisible for other people."""
    row = _locked(batch, by)
    if row.finished_at is None and row.paused_at is not None:
        key = f"{EFFECT}:{row.pk}:{row.paused_at.isoformat()}"
        row.paused_at = None
        row.save(update_fields=["paused_at"])
        add_effect(tenant=row.tenant, kind=EFFECT, key=key, payload={"batch": row.pk})
        record(tenant=row.tenant, actor=by, action="signing_batch.resume", subject=row)
    return row


def _locked(batch: SigningBatch, by: User) -> SigningBatch:
    get_batch(by, batch.pk)
    return SigningBatch.objects.select_for_update().get(pk=batch.pk)


def _named(row: Project | None, code: str, zh: str, en: str) -> Obstacle:
    name_zh, name_en = (row.title_zh or row.title_en, row.title_en or row.title_zh) if row else ("", "")
    return Obstacle(code=code, article="A26", message_zh=f"《{name_zh}》{zh}", message_en=f"“{name_en}” {en}")


_GONE = ("not-waiting", "不再等待您签署，或已在另一批次中。", "no longer waits for you, or is in another batch.")
_EXCEPTION = (
    "exception",
    "须单独查看后签署，不能批量签署。",
    "needs a look of its own, outside a batch.",
)
_OTHER = ("book-changed", "的文件与您所见的不一致。", "is not the file you were shown.")
_PASSWORD = Obstacle(
    code="password", field="password", message_zh="密码不正确。", message_en="The password is not right."
)
_NOTHING = Obstacle(
    code="nothing-selected",
    field="items",
    message_zh="请至少选择一份任务书。",
    message_en="Please select at least one book.",
)
