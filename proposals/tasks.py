"""What workers do with batches of endorsements. Tasks carry the tenant."""

from celery import shared_task

from accounts.queries import all_tenants
from core.tenancy import tenant_scope
from proposals.actions import batches
from proposals.queries.waiting import left_behind


@shared_task(name="proposals.work_off")
def work_off(batch_id: int, tenant_id: int) -> int:
    """Endorse what waits in the batch, item by item; how many were dealt with."""
    return batches.work_off(batch_id, tenant_id)


@shared_task(name="proposals.resume_endorsement_batches")
def resume_endorsement_batches() -> int:
    """Hand every batch that a dead worker left behind to a living one; how many."""
    count = 0
    for tenant in all_tenants():
        with tenant_scope(tenant):
            waiting = left_behind()
        for batch in waiting:
            work_off.delay(batch, tenant.pk)
        count += len(waiting)
    return count
