"""What the portal's pages cost, as multiples of a trivial Django view, at 1,000 and at 100,000 proposals.

PostgreSQL, gunicorn with two workers, compressed answers, one request after another; CPU of the workers and of the
database together, page after page in rounds, so that what else the machine does falls on all of them. Limits: 5 × the
trivial view, 12 queries, 30 KB a page after the first load, 200 KB for the first, no growth with the number of rows.

BENCH_SIZES=1000,10000 takes other sizes."""

import http.client
import math
import os
import re
import statistics
from typing import Any, NamedTuple

import psycopg2

from bench._database import fill, throwaway
from bench._server import Server, children_of, cpu_of, parent_of, serve

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "1000,100000").split(","))
REQUESTS = 10
ROUNDS = 7
TRIVIAL = "trivial view"
# 100 times the rows for a quarter more: an exponent of 0.05.
MOST_GROWTH = 1.25


class Page(NamedTuple):
    """What to fetch, with which cookie, and how many queries it makes."""

    path: str
    cookie: str
    queries: int


def run() -> dict[str, Any]:
    """Make a database, fill it to each size, fetch each page; all figures of one run."""
    with throwaway() as environment:
        fill("prepare", environment)
        figures: dict[str, Any] = {}
        for size in SIZES:
            fill(f"fill {size}", environment)
            pages = _read(fill("pages", environment))
            with (
                serve("bench._trivial.site:application", environment) as trivial,
                serve("anso_portal.wsgi:application", environment) as portal,
            ):
                figures[str(size)] = _measure(trivial, portal, pages, _postgres(environment))
    return {**_verdicts(figures), "milliseconds of CPU": figures}


def _read(lines: list[str]) -> dict[str, Page]:
    cookies = {name: f"sessionid={key}" for name, key in _named(lines, "session=")}
    return {
        name: Page(path, cookies[name.split("/")[0]], int(queries))
        for name, rest in _named(lines, "page=")
        for path, queries in [rest.rsplit(" ", 1)]
    }


def _named(lines: list[str], prefix: str) -> list[tuple[str, str]]:
    # Names have blanks, addresses and keys have none before them.
    found = [re.fullmatch(rf"{prefix}(.*?) (/.* \d+|\S+)", line) for line in lines if line.startswith(prefix)]
    return [(match[1], match[2]) for match in found if match]


def _measure(trivial: Server, portal: Server, pages: dict[str, Page], postgres: int) -> dict[str, Any]:
    todo = {TRIVIAL: (trivial, Page("/", next(iter(pages.values())).cookie, 0))}
    todo |= {name: (portal, page) for name, page in pages.items()}
    figures: dict[str, Any] = {}
    for name, (server, page) in todo.items():
        for _ in range(6):  # both workers have seen it
            answer = server.get(page.path, page.cookie)
        if answer.status != 200:
            raise RuntimeError(f"{page.path} as {name} answers {answer.status}")
        figures[name] = {"ms": [], "database ms": [], "queries": page.queries, "KB": round(answer.size / 1000, 1)}
    for _ in range(ROUNDS):
        for name, (server, page) in todo.items():
            web, database = _cost(server, page, postgres)
            figures[name]["ms"].append(web + database)
            figures[name]["database ms"].append(database)
    figures["first load KB"] = _first_load(portal, pages["secretary/proposals:list"])
    return figures


def _cost(server: Server, page: Page, postgres: int) -> tuple[float, float]:
    """Milliseconds of CPU a request: of the workers, of the database."""
    before = server.cpu(), cpu_of(children_of(postgres))
    for _ in range(REQUESTS):
        server.get(page.path, page.cookie)
    after = server.cpu(), cpu_of(children_of(postgres))
    web, database = ((late - early) / REQUESTS * 1000 for early, late in zip(before, after, strict=True))
    return web, database


def _first_load(portal: Server, page: Page) -> float:
    """The page with every style sheet, script and image it names, compressed."""
    connection = http.client.HTTPConnection("127.0.0.1", portal.port)
    connection.request("GET", page.path, headers={"Cookie": page.cookie})
    html = connection.getresponse().read().decode()
    found = set(re.findall(r'(?:href|src)="(/static/[^"#]+|/anso/brand\.css[^"]*)', html))
    sizes = [portal.get(address, page.cookie).size for address in (page.path, *found)]
    return round(sum(sizes) / 1000, 1)


def _verdicts(figures: dict[str, Any]) -> dict[str, Any]:
    """A ratio and its limit for each page: cost, growth, queries, size."""
    last = str(SIZES[-1])
    verdicts: dict[str, Any] = {}
    for name in figures[last]:
        if name in (TRIVIAL, "first load KB"):
            continue
        costs = [_median(figures, size, name) for size in SIZES]
        most = max(cost / _median(figures, size, TRIVIAL) for cost, size in zip(costs, SIZES, strict=True))
        verdicts[f"{name} × trivial_over"] = {"ratio": round(most, 2), "limit": 5.0}
        verdicts[f"{name} queries_over"] = {"ratio": figures[last][name]["queries"], "limit": 12}
        verdicts[f"{name} KB_over"] = {"ratio": figures[last][name]["KB"], "limit": 30.0}
        if len(SIZES) > 1:
            # Against the trivial view of the same size, so that a busier half of the run is not taken for growth.
            bases = [_median(figures, size, TRIVIAL) for size in SIZES]
            growth = costs[-1] / bases[-1] / (costs[0] / bases[0])
            verdicts[f"{name} growth_over"] = {"ratio": round(growth, 2), "limit": MOST_GROWTH}
            exponent = math.log(growth) / math.log(SIZES[-1] / SIZES[0])
            figures[last][name]["exponent"] = round(exponent, 3)
    loads = [figures[str(size)]["first load KB"] for size in SIZES]
    verdicts["first load KB_over"] = {"ratio": max(loads), "limit": 200.0}
    return verdicts


def _median(figures: dict[str, Any], size: int, name: str) -> float:
    return statistics.median(figures[str(size)][name]["ms"])


def _postgres(environment: dict[str, str]) -> int:
    """The database server's process, whose children work for the connections; it must run on this machine."""
    with psycopg2.connect(environment["DATABASE_URL"]) as connection:
        return parent_of(connection.info.backend_pid)
