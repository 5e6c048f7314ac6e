"""gunicorn with two workers, requests to it one after another, and the CPU that they and the database spent."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Answer(NamedTuple):
    """A page's status, its bytes on the wire and its headers."""

    status: int
    size: int
    headers: dict[str, str]


def cpu_of(processes: Iterable[int]) -> float:
    """Seconds of CPU that the processes have had, to the nanosecond: the kernel's ticks are longer than a page."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in processes) / 1e9


def children_of(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    return [int(one) for found in Path(f"/proc/{pid}/task").glob("*/children") for one in found.read_text().split()]


def parent_of(pid: int) -> int:
    """Who started `pid`."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Server:
    """A running server; `cpu()` is what its workers have spent so far, in seconds."""

    def __init__(self, port: int, master: int) -> None:
        self.port = port
        self.master = master

    def get(self, path: str, cookies: str = "") -> Answer:
        """Fetch a page compressed, as browsers do."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}
        if cookies:
            headers["Cookie"] = cookies
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, len(body), dict(response.getheaders()))

    def cpu(self) -> float:
        """User and system time of the workers."""
        return cpu_of(children_of(self.master))


@contextmanager
def serve(application: str, environment: dict[str, str], *options: str) -> Iterator[Server]:
    """Run `application` (module:name) under gunicorn as production does, for the block; `options` for gunicorn."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", application, *(options or ("--workers", "2"))]
    command += ["--bind", f"127.0.0.1:{port}"]
    command += ["--log-level", "error", "--no-control-socket"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("gunicorn did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("gunicorn does not listen")
