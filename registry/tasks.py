"""What beat has done about registrations."""

from celery import shared_task

from accounts.queries import all_tenants
from registry.actions.registering import forget_unconfirmed


@shared_task(name="registry.forget_unconfirmed")
def forget() -> int:
    """Delete registrations that nobody confirmed in time."""
    return forget_unconfirmed(all_tenants())
