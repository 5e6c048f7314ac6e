"""The endorsement chain of a policy: the lead institution's office, then any number of further institutions.

Each step may end before the call does. An application is received when the last step is done, unless the policy says
that an earlier one counts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from accounts.enums import Role
from programs.clauses.base import ArticleId, Frozen, Slug
from programs.policy.sections import Step
from programs.policy.times import LocalTime, days_before, instant_of, shifted

LAST_DAYS = 365


class CutOff(Frozen):
    """Until when a step may endorse, exclusive: days before the call closes (negative: after), or a local time."""

    article: ArticleId
    days_before: int | None = Field(default=None, ge=-LAST_DAYS, le=LAST_DAYS)
    closes: LocalTime | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.days_before is None) == (self.closes is None):
            raise ValueError("a cut-off is either days_before the closing of the call or a time in closes")
        return self

    def instant(self, *, announced: datetime, closes_at: datetime, zone: str) -> datetime:
        """The instant for an application whose deadline is `closes_at`; `announced` is the call's own, and a longer
        deadline moves a cut-off by as much."""
        if self.closes is not None:
            return instant_of(self.closes, zone) + (closes_at - announced)
        return days_before(closes_at, self.days_before or 0, zone)

    def shifted(self, days: int) -> Self:
        """Some days later, where it is a time."""
        return self.model_copy(update={"closes": shifted(self.closes, days)}) if self.closes else self


class EndorsementStep(Step):
    """One step of the chain. The first belongs to the office of the lead institution; a further one names the `unit`
    that endorses, such as `recommender`: for each applicant's institution the funder records which institutions those
    are, and the office of one of them decides."""

    unit: Slug | None = None
    cut_off: CutOff | None = None
    counts_as_received: bool = False
    """The application is received with this step, though others follow."""

    @model_serializer(mode="wrap")
    def _as_before_where_unused(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A policy without further steps keeps the hash that calls pinned before there were any.
        data: dict[str, Any] = serialise(self)
        unused = {"unit": None, "cut_off": None, "counts_as_received": False}
        return {name: value for name, value in data.items() if name not in unused or value != unused[name]}


class CallCutOff(CutOff):
    """A cut-off that a call sets for a step of its programme's chain."""

    step: Slug


def with_cut_offs(
    chain: tuple[EndorsementStep, ...], added: tuple[CallCutOff, ...], *, closes_at: datetime, zone: str
) -> tuple[EndorsementStep, ...]:
    """The chain with what a call adds. Raises ValueError for an unknown step, and for a later cut-off than before."""
    by_step = {one.step: one for one in added}
    if len(by_step) < len(added):
        raise ValueError("a step has one cut-off")
    if unknown := sorted(set(by_step) - {step.key for step in chain}):
        raise ValueError(f"the programme's endorsement chain has no step {unknown[0]!r}")
    return tuple(
        step.model_copy(update={"cut_off": _narrower(step, by_step[step.key], closes_at, zone)})
        if step.key in by_step
        else step
        for step in chain
    )


def _narrower(step: EndorsementStep, added: CallCutOff, closes_at: datetime, zone: str) -> CutOff:
    plain = CutOff(article=added.article, days_before=added.days_before, closes=added.closes)
    when = {"announced": closes_at, "closes_at": closes_at, "zone": zone}
    if step.cut_off is not None and plain.instant(**when) > step.cut_off.instant(**when):  # type: ignore[arg-type]
        raise ValueError(f"the step {step.key} ends earlier in the programme; a call can't give it more time")
    return plain


def receiving_step(chain: tuple[EndorsementStep, ...]) -> EndorsementStep:
    """The step with which the application is received."""
    return next((step for step in chain if step.counts_as_received), chain[-1])


def problems_of_chain(chain: tuple[EndorsementStep, ...], closes_at: datetime | None, zone: str) -> Iterator[str]:
    """What contradicts itself in a chain; `closes_at` is None for a programme, which has no dates."""
    first, *others = chain
    if first.unit is not None:
        yield "the first step of the endorsement chain belongs to the lead institution, and has no unit"
    for step in others:
        if step.unit is None:
            yield f"step {step.key} of the endorsement chain needs a unit: which institution endorses"
    for step in chain:
        if step.role != Role.OFFICE:
            yield f"step {step.key} of the endorsement chain is its institution's office's: its role is office"
    units = [step.unit for step in others if step.unit]
    for unit in sorted({unit for unit in units if units.count(unit) > 1}):
        yield f"unit used twice: {unit}"
    if sum(step.counts_as_received for step in chain) > 1:
        yield "one step at most counts as received"
    yield from _problems_of_times(chain, closes_at, zone)


def _problems_of_times(chain: tuple[EndorsementStep, ...], closes_at: datetime | None, zone: str) -> Iterator[str]:
    if closes_at is None:
        for step in chain:
            if step.cut_off is not None and step.cut_off.closes is not None:
                yield f"step {step.key}: a time is for a call; a programme says days_before"
        return
    is_after, before = False, None
    for step in chain:
        if step.cut_off is not None:
            at = step.cut_off.instant(announced=closes_at, closes_at=closes_at, zone=zone)
            if at > closes_at and not is_after:
                yield f"step {step.key} ends after the call closes, and the application is not received by then"
            if before is not None and at < before:
                yield f"step {step.key} ends before the one in front of it"
            before = at
        is_after = is_after or step == receiving_step(chain)
