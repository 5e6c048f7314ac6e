"""Endorsing many applications in one confirmation: a batch, worked off item by item, each in its own transaction."""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.queries import tenant_by_id
from audit.actions import record
from core import clock
from core.attempts import Attempt, attempt
from core.errors import Obstacle, Refused
from core.tenancy import tenant_scope
from notifications.actions import add_effect, notify
from proposals.actions.endorsing import endorse
from proposals.enums import ItemState
from proposals.models import EndorsementBatch, EndorsementItem, Proposal
from proposals.queries.waiting import Waiting, in_running_batches, waiting_for

EFFECT = "endorsement-batch"
# Well below Celery's soft limit: the sweep goes on where a long batch stopped.
SECONDS_AT_ONCE = 600
MOST_AT_ONCE = 500
log = logging.getLogger(__name__)


@transaction.atomic
def confirm_endorsements(
    *, by: User, proposals: Iterable[int], seen: Mapping[int, tuple[str, str]], received_at: datetime | None = None
) -> EndorsementBatch:
    """One confirmation over many applications (ids) that wait for the person; the job starts after the commit.

    `seen` has, by id, the step and the SHA-256 of the hand-in that the person was shown. `received_at`, when the
    confirmation arrived, counts for the deadlines of all. Raises Refused for each one that waits no longer, is an
    exception to be decided on its own page, was handed in anew, or is in an unfinished batch already."""
    stamp = received_at or clock.now()
    wanted = sorted(set(proposals))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise Refused([_NOTHING if not wanted else _TOO_MANY])
    rows = list(Proposal.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    waiting = {one.proposal.pk: one for one in waiting_for(by, only=wanted, most=MOST_AT_ONCE, at=stamp)}
    busy = in_running_batches(wanted)
    chosen: list[Waiting] = []
    found: list[Obstacle] = []
    for row in rows:
        one = waiting.get(row.pk)
        if one is None or row.pk in busy:
            found.append(_named(row if one else None, *_GONE))
        elif one.level > 1:
            found.append(_named(row, *_EXCEPTION))
        elif seen.get(row.pk) != (one.step.key, one.sha256):
            found.append(_named(row, *_OTHER))
        else:
            chosen.append(one)
    if found or len(rows) < len(wanted):
        raise Refused(found or [_named(None, *_GONE)])
    return _make(by, chosen, stamp)


def _make(by: User, chosen: list[Waiting], stamp: datetime) -> EndorsementBatch:
    tenant = chosen[0].proposal.tenant
    batch = EndorsementBatch.objects.create(tenant=tenant, by=by, confirmed_at=stamp)
    EndorsementItem.objects.bulk_create(
        EndorsementItem(
            tenant=tenant, batch=batch, proposal=one.proposal, step=one.step.key, expected_sha256=one.sha256
        )
        for one in chosen
    )
    add_effect(tenant=tenant, kind=EFFECT, key=f"{EFFECT}:{batch.pk}", payload={"batch": batch.pk})
    record(
        tenant=tenant,
        actor=by,
        action="endorsement_batch.confirm",
        subject=batch,
        data={"applications": {str(one.proposal.pk): one.sha256 for one in chosen}},
    )
    return batch


def work_off(batch_id: int, tenant_id: int) -> int:
    """Endorse the batch's waiting items one by one, each in a transaction of its own; how many were dealt with.

    Call it outside any tenant scope. Killed at any point, it loses and doubles nothing: an item is endorsed and ticked
    off together, and whoever calls next takes up the rest."""
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
    # The batch is locked before proposal, counter and audit head; a second worker passes it by.
    rows = EndorsementBatch.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    batch = rows.filter(pk=batch_id).first()
    if batch is None or batch.finished_at:
        return False
    items = EndorsementItem.objects.filter(batch=batch, state=ItemState.WAITING).select_related("proposal__tenant")
    item = items.order_by("pk").first()
    if item is None:
        _finish(batch)
        return False
    _endorse_item(item, batch)
    batch.worked_at = clock.now()
    batch.save(update_fields=["worked_at"])
    return True


def _endorse_item(item: EndorsementItem, batch: EndorsementBatch) -> None:
    def act() -> Attempt:
        version = endorse(
            proposal=item.proposal,
            by=batch.by,
            received_at=batch.confirmed_at,
            seen_sha256=item.expected_sha256,
            step=item.step,
        )
        if version is None:
            return Attempt(True, "已批准，转下一步办理。", "Endorsed; the next institution decides.")
        number = version.proposal.application_number
        return Attempt(True, f"已受理，申请编号 {number}。", f"Received as {number}.")

    denied = "您已无权办理此申请。", "You may not decide on this application any more."
    failed = "办理时发生内部错误，已记录。", "An internal error occurred and was logged."
    made = attempt(act, denied=denied, failed=failed, log=log, what=f"endorsement item {item.pk}")
    item.state, item.done_at = ItemState.DONE if made.is_done else ItemState.FAILED, clock.now()
    item.message_zh, item.message_en = made.zh[:600], made.en[:600]
    item.save(update_fields=["state", "done_at", "message_zh", "message_en"])


def _finish(batch: EndorsementBatch) -> None:
    batch.finished_at = batch.worked_at = clock.now()
    batch.save(update_fields=["finished_at", "worked_at"])
    states = list(EndorsementItem.objects.filter(batch=batch).values_list("state", flat=True))
    done, failed = states.count(ItemState.DONE), states.count(ItemState.FAILED)
    notify(
        tenant=batch.tenant,
        to=[batch.by],
        kind="endorsement-batch-done",
        key=f"endorsement-batch-done:{batch.pk}",
        title_zh=f"批量审核完成：已批准 {done} 项，未批准 {failed} 项",
        title_en=f"Batch endorsement finished: {done} endorsed, {failed} not endorsed",
        url=reverse("proposals:endorsement_batch", args=[batch.tenant.slug, batch.pk]),
    )
    record(
        tenant=batch.tenant,
        actor=batch.by,
        action="endorsement_batch.finish",
        subject=batch,
        data={"endorsed": done, "failed": failed},
    )


def _named(row: Proposal | None, code: str, zh: str, en: str) -> Obstacle:
    name_zh, name_en = (row.title_zh or row.title_en, row.title_en or row.title_zh) if row else ("", "")
    return Obstacle(
        code=code,
        article="A10",
        message_zh=f"《{name_zh}》{zh}" if row else f"有申请{zh}",
        message_en=f"“{name_en}” {en}" if row else f"An application {en}",
        who_can_clear=Role.OFFICE,
    )


_GONE = ("not-waiting", "不再等待您办理，或已在另一批次中。", "no longer waits for you, or is in another batch.")
_EXCEPTION = ("exception", "须单独查看后办理，不能批量批准。", "needs a look of its own, outside a batch.")
_OTHER = ("other-hand-in", "的内容与您所见的不一致。", "is not what you were shown: it was handed in anew.")
_NOTHING = Obstacle(
    code="nothing-selected",
    field="items",
    message_zh="请至少选择一项申请。",
    message_en="Please select at least one application.",
)
_TOO_MANY = Obstacle(
    code="too-many",
    field="items",
    message_zh=f"一次最多批准 {MOST_AT_ONCE} 项申请。",
    message_en=f"At most {MOST_AT_ONCE} applications can be endorsed at once.",
)
