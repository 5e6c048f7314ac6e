"""The suite on both engines: PostgreSQL + Redis first, then SQLite.

    make test                                   everything, both engines
    make test ARGS="--engine sqlite -k endorse" one engine; what follows goes to pytest

Tests marked `postgres` run on PostgreSQL only; all others on both.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from services import ROOT, Missing, services

ENGINES = ("postgres", "sqlite")
NO_TESTS_LEFT = 5  # pytest's exit code when a selection leaves none on this engine


def workers() -> str:
    """How many test processes: one a core, at most eight."""
    return str(min(8, len(os.sched_getaffinity(0))))


def run(engine: str, extra: list[str], urls: dict[str, str]) -> int:
    """One pytest run on `engine`; its exit code."""
    environment = {k: v for k, v in os.environ.items() if k not in {"TEST_DATABASE_URL", "TEST_REDIS_URL"}}
    command = [sys.executable, "-m", "pytest", "-q", "--color=auto", *extra]
    if not any(option.startswith(("-n", "--numprocesses", "--pdb")) for option in extra):
        command += ["-n", workers(), "--dist", "worksteal"]
    if engine == "sqlite" and not any(option.startswith("-m") for option in extra):
        command += ["-m", "not postgres"]
    return subprocess.run(command, cwd=ROOT, env={**environment, **urls}, check=False).returncode


def main() -> int:
    """Run what was asked; zero when all engines passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    chosen, extra = parser.parse_known_args()
    results: dict[str, tuple[int, float]] = {}
    for engine in chosen.engine or ENGINES:
        print(f"\n== {engine} ==", flush=True)
        start = time.monotonic()
        if engine == "sqlite":
            code = run(engine, extra, {})
        else:
            with services() as urls:
                code = run(engine, extra, urls)
        results[engine] = (code, time.monotonic() - start)
    codes = [code for code, _ in results.values()]
    print()
    for engine, (code, seconds) in results.items():
        word = {0: "passed 通过", NO_TESTS_LEFT: "no tests 无测试"}.get(code, "FAILED 失败")
        print(f"{engine:10} {word:16} {seconds:6.0f} s")
    if all(code == NO_TESTS_LEFT for code in codes):
        return NO_TESTS_LEFT
    return max((code for code in codes if code != NO_TESTS_LEFT), default=0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
