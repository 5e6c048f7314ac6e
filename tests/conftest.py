"""Fixtures of the whole suite: engine, clock, scopes, the application's database role, Chromium."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection, transaction
from django_scopes import scopes_disabled

from core import clock as portal_clock

BEIJING = ZoneInfo("Asia/Shanghai")
CALL_IS_OPEN = datetime(2021, 6, 20, 10, 0, tzinfo=BEIJING)
APP_ROLE = "anso_app"

# How fast a machine is decides nothing here.
hypothesis.settings.register_profile("portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("portal")

# Playwright's synchronous API keeps an event loop in the thread that also uses the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs PostgreSQL on SQLite."""
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL: run `make test`")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


# ---------------------------------------------------------------- database
@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tables by pytest-django; then the application's role gets the same grants as in production."""
    if connection.vendor != "postgresql":
        yield
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone():
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
    yield
    # A browser's last request may still hold a connection of the live server's, and the database can't be dropped then.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def flush_past_triggers() -> Iterator[None]:
    """Flushing between transactional tests deletes rows of append-only tables too.

    PostgreSQL truncates, which their triggers do not see; on SQLite the triggers go first and post_migrate, sent
    after each flush, makes them again."""
    if connection.vendor != "sqlite":
        yield
        return
    from django.db.backends.sqlite3.operations import DatabaseOperations

    plain = DatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        plain(self, sql_list)

    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = plain  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No test reads what another one cached."""
    yield
    cache.clear()


@pytest.fixture
def unscoped(db: None) -> Iterator[None]:
    """Every tenant's rows are visible: for a test's own set-up and checks, where it asks for it."""
    with every_tenant():
        yield


@contextmanager
def every_tenant() -> Iterator[None]:
    """Scopes off, and on PostgreSQL the row-level variable set to all tenants."""
    from accounts.models import Tenant
    from core.tenancy import RLS_VARIABLE

    with scopes_disabled():
        if connection.vendor != "postgresql":
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            tenants = ",".join(str(pk) for pk in Tenant.objects.values_list("pk", flat=True))
            cursor.execute("SELECT set_config(%s, %s, true)", [RLS_VARIABLE, tenants])
            yield


@pytest.fixture
def app_role(db: None) -> Iterator[None]:
    """The test's transaction runs as the plain role that the web process has in production (PostgreSQL only)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")
        yield
        cursor.execute("RESET ROLE")


# ---------------------------------------------------------------- clock
class Clock:
    """The portal's time, stopped, for every thread of the process (live servers included)."""

    def __init__(self, instant: datetime) -> None:
        self._instant: datetime | None = instant

    # What core.clock needs of a ContextVar.
    def get(self) -> datetime | None:
        return self._instant

    def set(self, instant: datetime | None) -> datetime | None:
        """Move to `instant` (aware); answers the instant before."""
        before, self._instant = self._instant, instant
        return before

    def reset(self, token: datetime | None) -> None:
        self._instant = token

    # What tests need.
    def forward(self, **distance: float) -> datetime:
        """Move ahead by `timedelta(**distance)`; answers the new instant."""
        self.set(portal_clock.now() + timedelta(**distance))
        return portal_clock.now()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time stands still at 2021-06-20 10:00 Beijing, while the 2021 call is open; `set()` and `forward()` move it."""
    stopped = Clock(CALL_IS_OPEN)
    monkeypatch.setattr(portal_clock, "_fixed", stopped)
    return stopped


# ---------------------------------------------------------------- browser
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless, driven by Playwright; one per worker."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is missing: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A fresh browser page; with `live_server` in the test, relative addresses go there."""
    base = request.getfixturevalue("live_server").url if "live_server" in request.fixturenames else None
    context = chromium.new_context(base_url=base, locale="en-GB", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def answering() -> Iterator[set[threading.Thread]]:
    """The live server's threads that are answering somebody at the moment."""
    threads: set[threading.Thread] = set()
    plain = ThreadedWSGIServer.process_request_thread

    def counted(self: Any, request: Any, client_address: Any) -> None:
        threads.add(threading.current_thread())
        try:
            plain(self, request, client_address)
        finally:
            threads.discard(threading.current_thread())

    ThreadedWSGIServer.process_request_thread = counted  # type: ignore[method-assign]
    yield threads
    ThreadedWSGIServer.process_request_thread = plain  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def browsers_have_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Before a test's tables are emptied, its pages are closed and their last requests answered.

    A page still saving would wait for the emptying, and the emptying for it: a deadlock, and rows left for the next
    test."""
    if "live_server" not in request.fixturenames:
        yield
        return
    # Asked for first, so that it ends last.
    request.getfixturevalue("transactional_db")
    threads = request.getfixturevalue("answering")
    browser = request.getfixturevalue("chromium") if "chromium" in request.fixturenames else None
    yield
    for context in list(browser.contexts) if browser else ():
        context.close()
    for thread in list(threads):
        thread.join(timeout=30)


# ---------------------------------------------------------------- people
@pytest.fixture
def cast(db: None) -> Any:
    """The named people and institutions of tests/cast.py, with no scope open."""
    from tests.cast import build_cast

    return build_cast()


@pytest.fixture
def anso(cast: Any) -> Iterator[Any]:
    """The ANSO tenant, its scope open for the whole test."""
    from core.tenancy import tenant_scope

    with tenant_scope(cast.anso):
        yield cast.anso
