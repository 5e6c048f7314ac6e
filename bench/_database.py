"""A database of the benchmark's own, and the commands that fill it, each in a process with the portal's settings."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bench._server import ROOT


@contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """An empty database on the server of TEST_DATABASE_URL, and the environment to use it in."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        raise SystemExit("run it by `make bench`, which starts PostgreSQL")
    base, name = server.rsplit("/", 1)[0], f"bench_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="anso-bench-") as folder:
        environment = {
            "DJANGO_SETTINGS_MODULE": "bench._portal",
            "PORTAL_MODE": "test",
            "DATABASE_URL": f"{base}/{name}",
            "VAR_DIR": folder,
            "FONTS_DIR": str(ROOT / "var" / "fonts"),
            "REDIS_URL": "",
        }
        _psql(server, f'CREATE DATABASE "{name}"')
        # Parallel helpers end with their query, and their time would be nobody's.
        _psql(server, f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0')
        try:
            yield environment
        finally:
            _psql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _psql(server: str, statement: str) -> None:
    subprocess.run(["psql", server, "-qXc", statement], check=True)


def fill(command: str, environment: dict[str, str]) -> list[str]:
    """Run a command of bench/_filling.py in a process of its own, with the portal's settings."""
    arguments = [sys.executable, "-m", "bench._filling", *command.split()]
    done = subprocess.run(
        arguments, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()
