"""Reads of the chain: a subject's history, and whether the chain is whole."""

from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import Q, QuerySet

from audit.hashing import link_hash
from audit.models import Event, Head


def history_of(*subjects: models.Model) -> QuerySet[Event]:
    """The events of these things, oldest first, with their actors. Authorise the subjects before."""
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    return Event.objects.filter(wanted).select_related("actor").order_by("seq")


def broken_links() -> Iterator[tuple[int, str]]:
    """(seq, what is wrong) for each defect of the active tenant's chain; nothing when it is whole."""
    previous, expected = "0" * 64, 1
    for event in Event.objects.order_by("seq").iterator(chunk_size=2000):
        yield from _defects(event, previous, expected)
        previous, expected = event.hash, event.seq + 1
    head = Head.objects.first()
    if head and (head.seq != expected - 1 or head.hash != previous):
        yield head.seq, "the chain's head does not match its last event"
    if head is None and expected > 1:
        yield 0, "the chain has no head"


def _defects(event: Event, previous: str, expected: int) -> Iterable[tuple[int, str]]:
    if event.seq != expected:
        yield event.seq, f"event {expected} is missing"
    if event.prev_hash != previous:
        yield event.seq, "does not follow from the event before it"
    if event.hash != link_hash(event):
        yield event.seq, "its content does not match its hash"
