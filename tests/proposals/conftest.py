"""One call and clients for everyone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from core.tenancy import tenant_scope
from programs.models import Call
from tests.cast import Cast
from tests.factories import make_call


@pytest.fixture
def call(cast: Cast, clock: Any) -> Iterator[Call]:
    """The 2021 call, open; the clock stands within it. ANSO's scope is open for the test."""
    with tenant_scope(cast.anso):
        yield make_call(cast.anso, cast.secretary)


@pytest.fixture
def as_(cast: Cast) -> Callable[..., Client]:
    """`as_("pi")`: a client of that person, in English unless told otherwise."""

    def client(name: str, language: str = "en") -> Client:
        browser = Client(headers={"accept-language": language})
        if name != "anonymous":
            browser.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return client
