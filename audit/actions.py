"""Adds a link to the tenant's chain, inside the transaction of the change it tells of."""

from typing import Any

from django.db import models, transaction

from audit.hashing import link_hash
from audit.models import Event, Head
from core import clock


def record(
    *,
    tenant: Any,
    actor: Any,
    action: str,
    subject: models.Model,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Append one event. Call it last in an action: the head's lock is the last in the lock order (decision 4)."""
    with transaction.atomic():
        head = _locked_head(tenant)
        event = Event(
            tenant=tenant,
            seq=head.seq + 1,
            at=clock.now(),
            actor=actor,
            action=action,
            subject_type=subject._meta.label_lower,
            subject_id=subject.pk,
            from_state=from_state,
            to_state=to_state,
            reason=reason,
            data=data or {},
            prev_hash=head.hash,
        )
        event.hash = link_hash(event)
        event.save(force_insert=True)
        head.seq, head.hash = event.seq, event.hash
        head.save(update_fields=["seq", "hash"])
    return event


def _locked_head(tenant: Any) -> Head:
    head = Head.objects.select_for_update().filter(tenant=tenant).first()
    if head is None:
        Head.objects.get_or_create(tenant=tenant)
        head = Head.objects.select_for_update().get(tenant=tenant)
    return head
