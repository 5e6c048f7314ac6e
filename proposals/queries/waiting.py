"""The applications that wait for a person's endorsement, and the batches in which they endorse many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, DateTimeField, IntegerField, Q, QuerySet

from accounts.models import Institution, User
from accounts.standing import standing_of
from core import clock
from core.conditions import Sql
from core.errors import NotVisible
from programs.policy.endorsing import EndorsementStep
from programs.queries import policies_by_hash
from proposals.enums import ItemState, ProposalState
from proposals.models import EndorsementBatch, EndorsementItem, EndorsementTurn, HandedIn, Proposal
from proposals.queries.chain import step_of
from proposals.queries.turns import is_beyond_office, reached

# So many are looked at before they are endorsed; the next follow.
MOST_SHOWN = 50
# Above this, requests go before a panel on site (A22).
LARGE_FEN = 500_000_000
# A worker gives a sign of life with every item, and one takes a moment.
SILENT_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class Waiting:
    """An application and the step that the person is to decide."""

    proposal: Proposal
    step: EndorsementStep
    institution: Institution
    """For which they decide."""
    since: datetime
    ends_at: datetime | None
    """Until when, exclusive; None where nothing says so."""
    round: int
    sha256: str
    """Of what was handed in."""
    at: datetime
    """The moment for which it is told whether its time is over."""

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        ends_at = self.ends_at
        return self.proposal.received_at is None and ends_at is not None and ends_at <= self.at

    @property
    def reasons(self) -> list[str]:
        """What deserves a look: `late`, `again`, `large`."""
        found = {
            "late": self.is_late,
            "again": self.round > 1,
            "large": self.proposal.requested_fen > LARGE_FEN,
        }
        return [name for name, holds in found.items() if holds]

    @property
    def level(self) -> int:
        """0 to 2; one of level 2 is decided on its own page."""
        return 2 if self.is_late else 1 if self.reasons else 0


def waiting_for(
    user: User,
    *,
    text: str = "",
    most: int = MOST_SHOWN,
    only: Iterable[int] | None = None,
    at: datetime | None = None,
) -> list[Waiting]:
    """What the person may decide now in the active tenant, soonest deadline first: as the office of the lead
    institution, or of a further step. `text` is looked for in titles and names, `only` among these ids. What is late
    is late `at` that moment, or now. Two queries."""
    rows = _waiting(user)
    if not rows:
        return []
    found: dict[int, Proposal] = {}
    for arm in rows:
        if text:
            people = User.objects.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text)).values("pk")
            arm = arm.filter(Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(pi__in=people))
        if only is not None:
            arm = arm.filter(pk__in=list(only))
        found |= {row.pk: row for row in _whole(arm).order_by("call__closes_at", "pk")[:most]}
    turns = _open_turns(found)
    policies = policies_by_hash({row.call.policy_sha256: row.call_id for row in found.values()})
    moment = at or clock.now()
    every = [_one(row, turns.get(row.pk), policies[row.call.policy_sha256], moment) for row in found.values()]
    return sorted(every, key=lambda one: (one.ends_at is None, one.ends_at or one.since, one.proposal.pk))[:most]


def _waiting(user: User) -> list[QuerySet[Proposal]]:
    offices = standing_of(user).offices
    if not offices:
        return []
    rows = Proposal.objects.filter(state=ProposalState.ENDORSING).exclude(pi=user)
    turns = EndorsementTurn.objects.filter(institution__in=offices, reached_at__isnull=False, closed_at__isnull=True)
    return [
        rows.filter(~Q(is_beyond_office()), lead_institution__in=offices),
        rows.filter(reached(user, is_open=True), pk__in=turns.values("proposal")),
    ]


def _whole(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    last = "SELECT h.{} FROM {{rounds}} h WHERE h.proposal_id = {{key}} ORDER BY h.round DESC LIMIT 1"

    def of_last(column: str, gives: Any) -> Sql:
        return Sql(last.format(column), gives=gives, rounds=HandedIn, key="pk")

    annotated = rows.annotate(
        last_round=of_last("round", IntegerField()),
        last_sha256=of_last("sha256", CharField()),
        handed_in_at=of_last("handed_in_at", DateTimeField()),
    )
    return annotated.select_related("tenant", "call", "pi", "lead_institution").defer("draft", "call__source")


def _open_turns(found: Iterable[int]) -> dict[int, EndorsementTurn]:
    turns = EndorsementTurn.objects.filter(proposal__in=list(found), reached_at__isnull=False, closed_at__isnull=True)
    return {turn.proposal_id: turn for turn in turns.select_related("institution")}


def _one(row: Any, turn: EndorsementTurn | None, policy: Any, at: datetime) -> Waiting:
    step = step_of(policy, turn)
    return Waiting(
        proposal=row,
        step=step,
        institution=turn.institution if turn else row.lead_institution,
        since=(turn.reached_at if turn else None) or row.handed_in_at or row.updated_at,
        ends_at=policy.ends_at(step, row.closes_at),
        round=row.last_round or 1,
        sha256=row.last_sha256 or "",
        at=at,
    )


# ---------------------------------------------------------------- batches
@dataclass(frozen=True)
class Progress:
    """How far a batch has come, with its items in order."""

    batch: EndorsementBatch
    items: list[EndorsementItem]

    @property
    def total(self) -> int:
        """Of how many."""
        return len(self.items)

    @property
    def endorsed(self) -> int:
        """How many are endorsed."""
        return sum(item.state == ItemState.DONE for item in self.items)

    @property
    def failed(self) -> int:
        """How many were refused."""
        return sum(item.state == ItemState.FAILED for item in self.items)

    @property
    def done(self) -> int:
        """How many were dealt with."""
        return self.endorsed + self.failed

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left."""
        return self.batch.finished_at is not None


def get_batch(user: User, pk: int) -> EndorsementBatch:
    """The person's own batch. Raises NotVisible."""
    batch = EndorsementBatch.objects.filter(pk=pk, by=user).select_related("by", "tenant").first()
    if batch is None:
        raise NotVisible
    return batch


def progress_of(batch: EndorsementBatch) -> Progress:
    """The batch with its items. One query."""
    items = EndorsementItem.objects.filter(batch=batch).select_related("proposal").defer("proposal__draft")
    return Progress(batch, list(items.order_by("pk")))


def batches_of(user: User, *, limit: int = 10) -> list[EndorsementBatch]:
    """The person's latest batches."""
    return list(EndorsementBatch.objects.filter(by=user).order_by("-pk")[:limit])


def in_running_batches(proposals: Iterable[int]) -> set[int]:
    """Ids of those that an unfinished batch is going to endorse. One query."""
    rows = EndorsementItem.objects.filter(proposal__in=list(proposals), state=ItemState.WAITING)
    return set(rows.values_list("proposal_id", flat=True))


def left_behind() -> list[int]:
    """Ids of the active tenant's batches that nobody works on: unfinished and silent for a minute."""
    silent = Q(worked_at__isnull=True, confirmed_at__lt=clock.now() - SILENT_AFTER)
    silent |= Q(worked_at__lt=clock.now() - SILENT_AFTER)
    return list(
        EndorsementBatch.objects.filter(silent, finished_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    )
