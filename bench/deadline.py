"""The deadline's last minute: 5,000 applications endorsed by their offices, each click doubled, over 200 connections.

PostgreSQL, gunicorn with four processes of fifty threads, each with its own database connection. Both clicks of an
application leave at the same time. Afterwards the database is asked: every application received once, numbered without
gap or double, with one version, one receipt and one audit event; the audit chain whole. Latency is a click's, from its
sending to its answer, while all 200 connections are busy.

BENCH_ENDORSEMENTS=500 takes fewer."""

import http.client
import os
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlencode

from bench._database import fill, throwaway
from bench._server import Server, serve

ENDORSEMENTS = int(os.environ.get("BENCH_ENDORSEMENTS", "5000"))
CONNECTIONS = 200
THREADS = ("--worker-class", "gthread", "--workers", "4", "--threads", str(CONNECTIONS // 4))
TOKEN = "b" * 32  # Django's own format of a CSRF secret


def run() -> dict[str, Any]:
    """Latencies in milliseconds, and how many were lost or doubled."""
    with throwaway() as environment:
        fill("prepare", environment)
        lines = fill(f"waiting {ENDORSEMENTS}", environment)
        session = next(line.split()[1] for line in lines if line.startswith("session="))
        clicks: SimpleQueue[tuple[str, str]] = SimpleQueue()
        for line in lines:
            if line.startswith("waiting="):
                pk, seen = line.removeprefix("waiting=").split()
                clicks.put((pk, seen))
                clicks.put((pk, seen))
        with serve("anso_portal.wsgi:application", environment, *THREADS) as portal:
            started = time.monotonic()
            answers = _all_at_once(portal, clicks, session)
            seconds = time.monotonic() - started
        found = {name: int(number) for name, number in (one.split("=") for one in fill("received", environment))}
    return {**_judged(found, answers), "clicks a second": len(answers) / seconds, **_latencies(answers)}


def _all_at_once(portal: Server, clicks: SimpleQueue[tuple[str, str]], session: str) -> list[tuple[int, float]]:
    """Status and seconds of each click."""
    answers: list[tuple[int, float]] = []

    def click() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=600)
        while True:
            try:
                pk, seen = clicks.get_nowait()
            except Empty:
                connection.close()
                return
            body = urlencode({"csrfmiddlewaretoken": TOKEN, "decision": "endorse", "seen": seen})
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            }
            sent = time.monotonic()
            connection.request("POST", f"/anso/proposals/{pk}/endorse/", body, headers)
            response = connection.getresponse()
            response.read()
            answers.append((response.status, time.monotonic() - sent))

    threads = [threading.Thread(target=click) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _judged(found: dict[str, int], answers: list[tuple[int, float]]) -> dict[str, Any]:
    once = ("received", "numbers", "versions", "events", "receipts")
    none = {
        "lost": max(ENDORSEMENTS - found[name] for name in once),
        "doubled": max(found[name] - ENDORSEMENTS for name in once),
        "gaps in the numbers": found["gaps"],
        "broken links of the audit chain": found["broken"],
        "clicks answered by an error": sum(1 for status, _ in answers if status >= 400),
    }
    return {name: {"ratio": float(max(count, 0)), "limit": 0.0} for name, count in none.items()}


def _latencies(answers: list[tuple[int, float]]) -> dict[str, float]:
    times = sorted(seconds * 1000 for _, seconds in answers)
    at = {name: times[min(len(times) - 1, int(len(times) * share))] for name, share in (("p50", 0.5), ("p99", 0.99))}
    return {"p50 ms": at["p50"], "p99 ms": at["p99"], "slowest ms": times[-1]}
