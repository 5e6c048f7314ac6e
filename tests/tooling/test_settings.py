"""Production refuses to start half configured; the demo starts with nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "portal.example",
    "PUBLIC_URL": "https://portal.example",
    "DATABASE_URL": "postgres://anso_app:x@postgres/anso",
    "REDIS_URL": "redis://redis:6379/0",
    "SIGNING_KEY_PASSPHRASE": "p" * 20,
}


def load(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Import the settings in a process of their own."""
    clean = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    command = [sys.executable, "-c", "import anso_portal.settings as s; print(s.MODE, s.DEBUG)"]
    return subprocess.run(
        command, cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_demo_needs_nothing() -> None:
    assert load({}).stdout == "demo False\n"


def test_production_starts_when_all_is_given() -> None:
    assert load(PRODUCTION).stdout == "production False\n"


def test_production_never_debugs() -> None:
    assert load({**PRODUCTION, "DEBUG": "1"}).stdout == "production False\n"


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "SIGNING_KEY_PASSPHRASE"]
)
def test_production_names_what_is_missing(name: str) -> None:
    done = load({k: v for k, v in PRODUCTION.items() if k != name})
    assert done.returncode != 0
    assert f"{name} must be set in production" in done.stderr


def test_an_unknown_mode_is_refused() -> None:
    assert "must be production, demo or test" in load({"PORTAL_MODE": "prod"}).stderr
