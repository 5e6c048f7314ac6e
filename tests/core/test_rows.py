"""Reads of a single row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Tenant
from core.rows import only
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_one_row_or_none_without_an_order(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as made:
        assert only(Tenant.objects.filter(slug="anso").order_by("slug")) == cast.anso
        assert only(Tenant.objects.filter(slug="nobody")) is None
    assert len(made) == 2
    assert not any("ORDER BY" in query["sql"] for query in made)
