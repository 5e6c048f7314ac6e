"""Fixtures of the review tests: the call, the pool, and one proposal in the states that tests need."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from proposals.enums import ProposalState
from proposals.models import Proposal
from reviews.models import Assignment, Expert, FundingPlan
from tests import factories
from tests.cast import Cast
from tests.reviews import helpers


@pytest.fixture
def call(cast: Cast, anso: Any, clock: Any) -> Any:
    """The 2021 call."""
    return helpers.call_of(cast)


@pytest.fixture
def pool(cast: Cast, call: Any) -> dict[str, Expert]:
    """The cast's experts."""
    return helpers.pool_of(cast)


@pytest.fixture
def checked(cast: Cast, call: Any) -> Proposal:
    """A proposal that passed the preliminary check."""
    return factories.make_proposal(cast, call, state=ProposalState.CHECKED)


@pytest.fixture
def invited(cast: Cast, checked: Proposal, pool: dict[str, Expert]) -> Assignment:
    """Alice is asked for a domain review."""
    return helpers.assign(cast, checked, pool["reviewer1"])


@pytest.fixture
def accepted(cast: Cast, checked: Proposal, pool: dict[str, Expert]) -> Assignment:
    """Alice has taken a domain review on."""
    return helpers.accepted(cast, checked, pool["reviewer1"])


@pytest.fixture
def reviewed(cast: Cast, call: Any, pool: dict[str, Expert]) -> Proposal:
    """A proposal with three domain and two finance reviews."""
    return helpers.reviewed(cast, call, pool, number=7)


@pytest.fixture
def handed_in(cast: Cast, call: Any, reviewed: Proposal) -> FundingPlan:
    """A plan before the director."""
    return helpers.plan_with(cast, call, [reviewed])


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A browser in which somebody is signed in, in English."""

    def make(person: User, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.cookies["django_language"] = language
        client.force_login(person)
        return client

    return make
