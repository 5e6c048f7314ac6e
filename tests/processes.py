"""Real processes of the portal against the test's own database, for what must survive kill -9 or refuse to start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def database_url(user: str = "") -> str:
    """The URL of the database that this test session made, for `user` if given; "" on SQLite."""
    if connection.vendor != "postgresql":
        return ""
    at = connection.settings_dict
    login = f"{user}:test" if user else f"{at['USER']}:{at['PASSWORD']}"
    return f"postgres://{login}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process needs to work on the test's database, with mail as files in `folder`/mail."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "tests.process_settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PORTAL_MODE": "test",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "SQLITE_FILE": "" if connection.vendor == "postgresql" else str(connection.settings_dict["NAME"]),
        "REDIS_URL": settings.REDIS_URL,
        "MAIL_DIR": str(folder / "mail"),
        **more,
    }


def run(code: str, env: dict[str, str], *, timeout: float = 90) -> "subprocess.CompletedProcess[str]":
    """Run Python code to its end."""
    return subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process in a group of its own, killed with all its children at the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output, start_new_session=True)
        try:
            yield process
        finally:
            kill_group(process)


def kill_group(process: "subprocess.Popen[Any]") -> None:
    """Kill -9 the process and its children, and wait for it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(10)


def wait_until(ready: Callable[[], bool], *, seconds: float = 60, why: Callable[[], str] = lambda: "") -> None:
    """Return once `ready()`; fail with `why()` after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError(f"not after {seconds} s: {why()}")
