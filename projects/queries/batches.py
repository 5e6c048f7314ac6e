"""Reads of signing batches."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from accounts.models import User
from core import clock
from core.errors import NotVisible
from projects.enums import ItemState
from projects.models import Project, SigningBatch, SigningItem

# A worker gives a sign of life with every item, and one takes a second.
SILENT_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Progress:
    """How far a batch has come, with its items in order."""

    batch: SigningBatch
    items: list[SigningItem]

    @property
    def total(self) -> int:
        return len(self.items)

    @property
    def signed(self) -> int:
        return sum(item.state == ItemState.SIGNED for item in self.items)

    @property
    def failed(self) -> int:
        return sum(item.state == ItemState.FAILED for item in self.items)

    @property
    def done(self) -> int:
        return self.signed + self.failed

    @property
    def is_finished(self) -> bool:
        return self.batch.finished_at is not None

    @property
    def is_paused(self) -> bool:
        return self.batch.paused_at is not None and not self.is_finished


def get_batch(user: User, pk: int) -> SigningBatch:
    """The signer's own batch. Raises NotVisible."""
    batch = SigningBatch.objects.filter(pk=pk, signer=user).select_related("signer", "tenant").first()
    if batch is None:
        raise NotVisible
    return batch


def batch_progress(batch: SigningBatch) -> Progress:
    """The batch with its items. One query."""
    items = SigningItem.objects.filter(batch=batch).select_related("project__proposal")
    items = items.defer("project__book_draft", "project__proposal__draft")
    return Progress(batch, list(items.order_by("pk")))


def batches_of(user: User, *, limit: int = 10) -> list[SigningBatch]:
    """The person's latest batches."""
    return list(SigningBatch.objects.filter(signer=user).order_by("-pk")[:limit])


def in_running_batches(projects: list[Project]) -> set[int]:
    """Ids of those projects that an unfinished batch is going to sign. One query."""
    rows = SigningItem.objects.filter(project__in=projects, state=ItemState.WAITING)
    return set(rows.values_list("project_id", flat=True))


def left_behind() -> list[int]:
    """Ids of the active tenant's batches that nobody works on: unfinished, not paused, silent for a minute."""
    silent = Q(worked_at__isnull=True, confirmed_at__lt=clock.now() - SILENT_AFTER)
    silent |= Q(worked_at__lt=clock.now() - SILENT_AFTER)
    rows = SigningBatch.objects.filter(silent, finished_at__isnull=True, paused_at__isnull=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))
