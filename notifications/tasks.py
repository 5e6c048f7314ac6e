"""What worker and beat do for the outbox and reminders. Tasks carry the tenant."""

from functools import partial

from celery import shared_task
from django.db import transaction

from accounts.models import Tenant
from accounts.queries import all_tenants, tenant_by_id
from core.tenancy import tenant_scope
from notifications.dispatch import lease_waiting, try_effect
from notifications.reminders import send_due


@shared_task(name="notifications.dispatch_outbox")
def dispatch_outbox() -> int:
    """Lease what waits, for every funder, and hand each to a worker; how many."""
    count = 0
    for tenant in all_tenants():
        with tenant_scope(tenant):
            leased = lease_waiting()
            # Sent after the lease is committed; a crash in between, or a broker that is away, costs the lease's time.
            transaction.on_commit(partial(_send, tenant, leased), robust=True)
        count += len(leased)
    return count


def _send(tenant: Tenant, effects: list[int]) -> None:
    for effect in effects:
        carry_out_effect.delay(tenant.pk, effect)


@shared_task(name="notifications.carry_out_effect")
def carry_out_effect(tenant_id: int, effect_id: int) -> bool:
    """Do one effect in its funder's scope."""
    return try_effect(tenant_by_id(tenant_id), effect_id)


@shared_task(name="notifications.send_due_reminders")
def send_due_reminders() -> int:
    """Send the reminders due now, for every funder; how many."""
    count = 0
    for tenant in all_tenants():
        with tenant_scope(tenant):
            count += send_due()
    return count
