"""Reads of registrations that wait for their mail's link."""

from core import clock
from registry.models import Registration


def registration_of(number: int | None) -> Registration | None:
    """The active tenant's registration, while its time lasts."""
    if number is None:
        return None
    rows = Registration.objects.select_related("institution").filter(pk=number, ends_at__gt=clock.now())
    return rows.first()
