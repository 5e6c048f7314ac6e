"""Production refuses to start half configured; the demo starts with nothing."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.local import kept_secret

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


SHOW = "import anso_portal.settings as s; print(s.MODE, s.DEBUG)"


def load(environment: dict[str, str], code: str = SHOW) -> "subprocess.CompletedProcess[str]":
    """Import the settings in a process of their own."""
    clean = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    command = [sys.executable, "-c", code]
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
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "SIGNING_KEY_PASSPHRASE"]
)
def test_production_names_what_is_missing(name: str) -> None:
    done = load({k: v for k, v in PRODUCTION.items() if k != name})
    assert done.returncode != 0
    assert f"{name} must be set in production" in done.stderr


def test_an_unknown_mode_is_refused() -> None:
    assert "must be production, demo or test" in load({"PORTAL_MODE": "prod"}).stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALLOWED_HOSTS", "*", "not *"),
        ("SECRET_KEY", "short", "at least 40"),
        ("ALLOWED_HOSTS", "a.example,*", "not *"),
    ],
)
def test_production_refuses_what_protects_nothing(name: str, value: str, words: str) -> None:
    done = load({**PRODUCTION, name: value})
    assert done.returncode != 0
    assert words in done.stderr


def test_a_demo_answers_for_no_other_host_unless_asked_to(tmp_path: Path) -> None:
    hosts = {"VAR_DIR": str(tmp_path), "ALLOWED_HOSTS": "localhost,portal.example"}
    refused = load(hosts)
    assert refused.returncode != 0
    assert "portal.example" in refused.stderr
    assert "PORTAL_MODE=production" in refused.stderr
    assert load({**hosts, "DEMO_ON_NETWORK": "1"}).stdout == "demo False\n"
    assert load({**hosts, "ALLOWED_HOSTS": "localhost"}).stdout == "demo False\n"


def test_each_demo_has_a_key_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    code = "import anso_portal.settings as s; print(s.SECRET_KEY)"
    keys = [load({"VAR_DIR": str(tmp_path / name)}, code).stdout.strip() for name in ("one", "one", "two")]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) > 50
    assert (tmp_path / "one" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["secret-key"]


def test_many_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: kept_secret(tmp_path / "new" / "secret-key"), range(64)))
    assert len(keys) == 1


@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_no_server_starts_before_it_is_told_the_mode(entry: str, tmp_path: Path) -> None:
    """A variable forgotten in a container must not put a demo with known passwords on the network."""
    code = f"import anso_portal.{entry}; print('serving')"
    silent = load({"VAR_DIR": str(tmp_path)}, code)
    assert silent.returncode != 0
    assert "PORTAL_MODE is not set" in silent.stderr
    empty = load({"VAR_DIR": str(tmp_path), "PORTAL_MODE": ""}, code)
    assert "PORTAL_MODE is not set" in empty.stderr
    assert load({"VAR_DIR": str(tmp_path), "PORTAL_MODE": "demo"}, code).stdout == "serving\n"


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_no_worker_either(service: str, tmp_path: Path) -> None:
    arguments = ["celery", "-A", "anso_portal", service, *(["--pool=solo"] if service == "worker" else ["--pidfile="])]
    code = f"import sys; sys.argv = {arguments}; from celery.__main__ import main; main()"
    done = load({"VAR_DIR": str(tmp_path)}, code)
    assert done.returncode != 0
    assert "PORTAL_MODE is not set" in done.stderr


def test_the_image_names_its_mode() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert "PORTAL_MODE=production" in image.partition('CMD ["gunicorn"')[0]
    assert "secret-key" in (ROOT / "Dockerfile").read_text(encoding="utf-8").partition("rm -f ")[2].splitlines()[0]


def test_commands_need_no_mode(tmp_path: Path) -> None:
    code = "from django.core.management import execute_from_command_line as go; go(['manage.py', 'check'])"
    env = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "anso_portal.settings"}
    assert load(env, code).returncode == 0
