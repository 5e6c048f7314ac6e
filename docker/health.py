"""Container health: `python docker/health.py web | worker | beat`; exit code 0 when the process does its work."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SCHEDULE = Path("/tmp/celerybeat-schedule")
BEAT_SYNCS_WITHIN = 10 * 60  # seconds; beat writes its schedule every three minutes


def web() -> bool:
    """The application answers, database included."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
    request = urllib.request.Request(
        "http://127.0.0.1:8000/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"}
    )
    with urllib.request.urlopen(request, timeout=4) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """This container's worker answers a ping over the broker."""
    name = f"celery@{socket.gethostname()}"
    command = ["celery", "-A", "anso_portal", "inspect", "ping", "-d", name, "-t", "5"]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def beat() -> bool:
    """Beat wrote its schedule not long ago."""
    files = list(BEAT_SCHEDULE.parent.glob(BEAT_SCHEDULE.name + "*"))
    return any(time.time() - path.stat().st_mtime < BEAT_SYNCS_WITHIN for path in files)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
