"""The dispatcher: leases waiting effects and hands them to Celery; carries one out exactly once.

A crash at any point loses nothing: the effect's row was committed with its cause, and a lease that is not honoured in
time runs out. A double delivery does nothing: `carry_out` locks the row and looks whether it is done. What a handler
does outside the database (a mail) may happen twice when the worker dies right after it: its Message-ID is the same."""

import logging
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from core import clock
from core.tenancy import tenant_scope
from notifications.effects import handler_of
from notifications.models import Effect

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 12
logger = logging.getLogger(__name__)


def lease_waiting(*, limit: int = 200) -> list[int]:
    """Lease up to `limit` effects of the active tenant that are due, oldest first; their ids."""
    now = clock.now()
    with transaction.atomic():
        rows = Effect.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        waiting = list(
            rows.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now), done_at__isnull=True)
            .filter(given_up_at__isnull=True)
            .order_by("pk")
            .values_list("pk", flat=True)[:limit]
        )
        Effect.objects.filter(pk__in=waiting).update(leased_until=now + LEASE)
    return waiting


def try_effect(tenant: Any, effect_id: int) -> bool:
    """Do the effect unless it is done; True when this call did it. Call it outside any scope.

    The attempt is counted in a transaction before, so that an effect which kills its worker is given up in the end."""
    with tenant_scope(tenant):
        begin(effect_id)
    with tenant_scope(tenant):
        return carry_out(effect_id)


def begin(effect_id: int) -> None:
    """Count an attempt; give the effect up when there were too many."""
    with transaction.atomic():
        effect = Effect.objects.select_for_update().filter(pk=effect_id, done_at=None, given_up_at=None).first()
        if effect is None:
            return
        effect.attempts += 1
        if effect.attempts > MAX_ATTEMPTS:
            effect.given_up_at = clock.now()
            effect.last_error = effect.last_error or "its workers died"
        effect.save(update_fields=["attempts", "given_up_at", "last_error"])


def carry_out(effect_id: int) -> bool:
    """Do the effect of the active tenant unless it is done or given up; True when this call did it.

    A failure is kept on the row, and the effect tried again later."""
    with transaction.atomic():
        effect = Effect.objects.select_for_update().filter(pk=effect_id).first()
        if effect is None or effect.done_at or effect.given_up_at:
            return False
        try:
            with transaction.atomic():
                handler_of(effect.kind)(effect)
        except Exception as error:  # whatever went wrong, the row must keep it and the queue go on
            logger.exception("effect %s (%s) failed", effect.pk, effect.kind)
            _postpone(effect, error)
            return False
        effect.done_at, effect.last_error = clock.now(), ""
        effect.save(update_fields=["done_at", "last_error"])
    return True


def _postpone(effect: Effect, error: Exception) -> None:
    effect.last_error = f"{type(error).__name__}: {error}"[:2000]
    effect.leased_until = clock.now() + timedelta(seconds=min(30 * 2**effect.attempts, 6 * 3600))
    if effect.attempts >= MAX_ATTEMPTS:
        effect.given_up_at = clock.now()
    effect.save(update_fields=["last_error", "leased_until", "given_up_at"])
