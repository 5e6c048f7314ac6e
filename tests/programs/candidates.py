"""Candidates in the pool of projects."""

from typing import Any

from programs.pool.actions import add_candidate
from programs.pool.models import Candidate
from tests.cast import Cast


def candidate(cast: Cast, **data: Any) -> Candidate:
    """One that the secretary put there."""
    plain = {"title_en": "Glaciers watched", "channel": "embassy", "proposer": "Science section"}
    return add_candidate(tenant=cast.anso, by=cast.secretary, data=plain | data)
