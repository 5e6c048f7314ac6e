"""What the tests of projects share."""

from typing import Any

import pytest
from django.test import Client

from programs.models import Call
from tests.cast import Cast
from tests.factories import make_call


@pytest.fixture
def call(cast: Cast, anso: Any, clock: Any) -> Call:
    """The 2021 call, in the open scope of ANSO."""
    return make_call(cast.anso, cast.secretary)


@pytest.fixture
def as_(client: Client) -> Any:
    """`as_(person)`: a client signed in as that person."""

    def sign_in(person: Any, language: str = "en") -> Client:
        fresh = Client()
        fresh.force_login(person)
        fresh.cookies["django_language"] = language
        return fresh

    return sign_in
