"""Several people at once on PostgreSQL, and the same with a lock taken away: a race test that can't fail shows nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from accounts.models import Tenant
from core.tenancy import tenant_scope

LONGEST_WAIT = 3  # seconds that a reader of an unlocked row waits for the others


def at_once(tenant: Tenant, *attempts: Callable[[], Any]) -> list[Any]:
    """Each attempt in a thread and transactions of its own, all let go together; its answer or its exception."""
    barrier = threading.Barrier(len(attempts))
    answers: list[Any] = [None] * len(attempts)

    def run(number: int, attempt: Callable[[], Any]) -> None:
        try:
            with tenant_scope(tenant):
                barrier.wait(30)
                answers[number] = attempt()
        except Exception as problem:
            answers[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


@contextmanager
def unlocked(*models: type[Model], among: int = 2) -> Iterator[None]:
    """No row of these models gets locked; `among` attempts wait for each other once they have read it, and again
    before the first row that each inserts, updates or deletes.

    So all judge by what stood before any of them wrote, as without the lock they might, however the threads are scheduled."""
    plain, connect = QuerySet.select_for_update, BaseDatabaseWrapper.connect
    kinds = {model: _meeting(threading.Barrier(among)) for model in models}
    before_writing = threading.Barrier(among)

    def without(rows: Any, *args: Any, **kwargs: Any) -> Any:
        if rows.model not in kinds:
            return plain(rows, *args, **kwargs)
        clone = rows.all()
        clone.__class__ = kinds[rows.model]
        return clone

    def connect_and_watch(connection: BaseDatabaseWrapper) -> None:
        connect(connection)
        connection.execute_wrappers.append(_FirstWrite(before_writing))

    with (
        patch.object(QuerySet, "select_for_update", without),
        patch.object(BaseDatabaseWrapper, "connect", connect_and_watch),
    ):
        yield


def _meet(barrier: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):
        barrier.wait(LONGEST_WAIT)


def _meeting(barrier: threading.Barrier) -> type[QuerySet[Any]]:
    class Meeting(QuerySet[Any]):
        def _fetch_all(self) -> None:
            is_fresh = self._result_cache is None
            super()._fetch_all()
            if is_fresh:
                _meet(barrier)

    return Meeting


class _FirstWrite:
    """Waits for the others before the first statement of a connection that changes rows."""

    def __init__(self, barrier: threading.Barrier) -> None:
        self.barrier, self.has_written = barrier, False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not self.has_written and str(sql).lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            self.has_written = True
            _meet(self.barrier)
        return execute(sql, params, many, context)
