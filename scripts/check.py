"""Everything that is judged without running the suite, two steps at a time, each with its time.

make check                      all steps
make check ARGS="mypy ruff"     only these
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
Command = list[str]


class Result(NamedTuple):
    """How one step ended; `code` None means that it could not be tried here."""

    name: str
    code: int | None
    seconds: float
    output: str


def tool(name: str, *arguments: str) -> Command:
    """A command of the virtual environment."""
    return [str(BIN / name), *arguments]


def manage(*arguments: str) -> Command:
    """A management command."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def script(name: str) -> Command:
    """A script beside this one."""
    return [sys.executable, str(ROOT / "scripts" / name)]


def templates() -> Command:
    """Djade over all templates."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.html"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    return tool("djade", "--check", "--target-version", "5.2", *files) if files else ["true"]


def compose() -> Command | None:
    """Compose's own validation, where a client is installed."""
    for client in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(client[0])
            and subprocess.run([*client, "version"], capture_output=True, check=False).returncode == 0
        ):
            return [*client, "--env-file", ".env.example", "config", "-q"]
    return None


def production() -> dict[str, str]:
    """An environment as docker-compose.yml gives it, with throw-away values."""
    return {
        "PORTAL_MODE": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "portal.example",
        "PUBLIC_URL": "https://portal.example",
        "DATABASE_URL": "postgres://anso_app:x@postgres/anso",
        "REDIS_URL": "redis://redis:6379/0",
        "SIGNING_KEY_PASSPHRASE": secrets.token_urlsafe(16),
        "POSTGRES_PASSWORD": "x",
        "OWNER_PASSWORD": "x",
        "APP_PASSWORD": "x",
        "EMAIL_HOST": "mail.example",
        "DEFAULT_FROM_EMAIL": "no-reply@portal.example",
    }


# Longest first, so that two at a time end together.
STEPS: dict[str, Callable[[], Command | None]] = {
    "mypy": lambda: tool("mypy"),
    "catalogues": lambda: script("check_catalogues.py"),
    "layers": lambda: tool("lint-imports", "--no-cache"),
    "migrations": lambda: manage("makemigrations", "--check", "--dry-run"),
    "states": lambda: manage("state_diagrams", "--check"),
    "deploy": lambda: manage("check", "--deploy", "--fail-level", "WARNING"),
    "compose": compose,
    "ruff": lambda: tool("ruff", "check", "."),
    "format": lambda: tool("ruff", "format", "--check", "."),
    "djade": templates,
    "hygiene": lambda: script("check_hygiene.py"),
}
NEEDS_PRODUCTION = {"deploy", "compose"}


def run(name: str) -> Result:
    """Run one step to its end."""
    start = time.monotonic()
    command = STEPS[name]()
    if command is None:
        return Result(name, None, 0.0, "no docker compose client here")
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "PORTAL_MODE"}}
    if name in NEEDS_PRODUCTION:
        environment |= production()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return Result(name, done.returncode, time.monotonic() - start, done.stdout + done.stderr)


def main(wanted: list[str]) -> int:
    """Run the steps asked for; zero when all passed."""
    unknown = set(wanted) - STEPS.keys()
    if unknown:
        print(f"unknown step: {', '.join(sorted(unknown))}; there are: {', '.join(STEPS)}")
        return 2
    names = [name for name in STEPS if not wanted or name in wanted]
    start = time.monotonic()
    failed: list[Result] = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for future in as_completed([pool.submit(run, name) for name in names]):
            result = future.result()
            mark = "–" if result.code is None else "✗" if result.code else "✓"
            note = f"  ({result.output})" if result.code is None else ""
            print(f"  {mark} {result.name:12}{result.seconds:6.1f} s{note}", flush=True)
            if result.code:
                failed.append(result)
    for result in failed:
        print(f"\n── {result.name} ──\n{result.output.rstrip()}")
    verdict = f"failed 未通过: {', '.join(r.name for r in failed)}" if failed else "all passed 全部通过"
    print(f"\ncheck: {verdict}, {time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
