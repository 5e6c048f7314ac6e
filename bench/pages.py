"""What the portal's pages cost, as multiples of a trivial Django view, at 1,000 and at 100,000 proposals.

PostgreSQL, gunicorn with two workers, compressed answers, one request after another, CPU of the workers. Limits: 5 ×
the trivial view, 30 KB a page after the first load, 200 KB for the first, and no growth with the number of rows."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench._server import ROOT, Server, serve

SIZES = (1_000, 100_000)
REQUESTS = 40
ROUNDS = 5


def run() -> dict[str, Any]:
    """Make a database, fill it to each size, fetch each page; all figures of one run."""
    with _database() as environment:
        made = _manage("prepare", environment)
        cookies = dict(line.split(" ", 1) for line in made if line.startswith("session="))
        pages = dict(line.removeprefix("page=").split(" ", 1) for line in made if line.startswith("page="))
        people = {name.removeprefix("session="): f"sessionid={value}" for name, value in cookies.items()}
        figures: dict[str, Any] = {}
        for size in SIZES:
            _manage(f"fill {size}", environment)
            with (
                serve("bench._trivial.site:application", environment) as trivial,
                serve("anso_portal.wsgi:application", environment) as portal,
            ):
                figures[str(size)] = _measure(trivial, portal, pages, people)
    return {**_verdicts(figures), "milliseconds of CPU": figures}


def _measure(trivial: Server, portal: Server, pages: dict[str, str], people: dict[str, str]) -> dict[str, Any]:
    costs: dict[str, Any] = {"trivial view": _cost(trivial, "/", "")}
    for name, path in pages.items():
        cookie = people[name.split("/")[0]]
        answer = portal.get(path, cookie)
        if answer.status != 200:
            raise RuntimeError(f"{path} as {name} answers {answer.status}")
        costs[name] = {"ms": _cost(portal, path, cookie), "KB": round(answer.size / 1000, 1)}
    costs["first load KB"] = _first_load(portal, pages["secretary/proposals"], people["secretary"])
    return costs


def _cost(server: Server, path: str, cookie: str) -> list[float]:
    for _ in range(6):  # both workers have seen it
        server.get(path, cookie)
    samples = []
    for _ in range(ROUNDS):
        before = server.cpu()
        for _ in range(REQUESTS):
            server.get(path, cookie)
        samples.append((server.cpu() - before) / REQUESTS * 1000)
    return samples


def _first_load(portal: Server, path: str, cookie: str) -> float:
    """The page with every style sheet, script and image it names, compressed."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", portal.port)
    connection.request("GET", path, headers={"Cookie": cookie})
    html = connection.getresponse().read().decode()
    assets = set(re.findall(r'(?:href|src)="(/static/[^"#]+|/anso/brand\.css[^"]*)', html))
    return round((portal.get(path, cookie).size + sum(portal.get(asset, cookie).size for asset in assets)) / 1000, 1)


def _verdicts(figures: dict[str, Any]) -> dict[str, Any]:
    small, large = (figures[str(size)] for size in SIZES)
    base = {size: statistics.median(figures[str(size)]["trivial view"]) for size in SIZES}
    names = [name for name in large if isinstance(large[name], dict)]
    verdicts: dict[str, Any] = {}
    for name in names:
        cost = {size: statistics.median(figures[str(size)][name]["ms"]) for size in SIZES}
        verdicts[f"{name} × trivial_over"] = {"ratio": round(cost[SIZES[1]] / base[SIZES[1]], 2), "limit": 5.0}
        verdicts[f"{name} growth_over"] = {"ratio": round(cost[SIZES[1]] / max(cost[SIZES[0]], 0.01), 2), "limit": 1.25}
        verdicts[f"{name} KB_over"] = {"ratio": large[name]["KB"], "limit": 30.0}
    verdicts["first load KB_over"] = {"ratio": max(small["first load KB"], large["first load KB"]), "limit": 200.0}
    return verdicts


@contextmanager
def _database() -> Iterator[dict[str, str]]:
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
        subprocess.run(["psql", server, "-qXc", f'CREATE DATABASE "{name}"'], check=True)
        try:
            yield environment
        finally:
            subprocess.run(["psql", server, "-qXc", f'DROP DATABASE "{name}" WITH (FORCE)'], check=False)


def _manage(command: str, environment: dict[str, str]) -> list[str]:
    """Run a command of bench/_filling.py in a process of its own, with the portal's settings."""
    arguments = [sys.executable, "-m", "bench._filling", *command.split()]
    done = subprocess.run(
        arguments, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()
