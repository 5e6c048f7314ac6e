"""A private PostgreSQL and Redis for tests and benchmarks: started on free ports, gone when the command ends.

    python scripts/services.py run COMMAND…     runs COMMAND with TEST_DATABASE_URL and TEST_REDIS_URL set
    python scripts/services.py shell            the same with your shell

A TEST_DATABASE_URL or TEST_REDIS_URL that is set already is used as it is. The suite connects as `anso_owner`, which
owns the tables but is no superuser, so that forced row-level security binds it; `anso_app` is what production's web
process and workers are. Both are made by docker/postgres-init.sql, as in production.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INIT_SQL = ROOT / "docker" / "postgres-init.sql"
PR_SET_PDEATHSIG = 1
PREFIX = "anso-services-"
# Tests need no durability: a crash of the machine loses a database that would be thrown away anyway.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "shared_buffers=256MB"]


class Missing(Exception):
    """A program is not installed; the text says how to get it."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_postgres() -> Path:
    """The directory of the newest PostgreSQL's server programs. Raises Missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise Missing("PostgreSQL is missing 缺少 PostgreSQL: sudo apt-get install -y postgresql")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def server_user() -> pwd.struct_passwd | None:
    """Whom to run the servers as: PostgreSQL refuses root. None means ourselves."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing("run as an ordinary user: PostgreSQL refuses to run as root 请以普通用户运行")


def die_with_parent(sig: int) -> Callable[[], None]:
    """For Popen: the kernel sends `sig` to the child when we die, even by kill -9."""
    libc = ctypes.CDLL(None)

    def arm() -> None:
        libc.prctl(PR_SET_PDEATHSIG, sig)

    return arm


@contextmanager
def server(command: Sequence[str], folder: Path, stop: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A server as our child in `folder`, its log in server.log; stopped with the signal `stop`."""
    user = server_user()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=die_with_parent(stop),  # noqa: PLW1509 - no threads run here
            start_new_session=True,  # Ctrl-C reaches the tests first, the servers when we say so
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder that the servers' user owns; in /tmp, since a checkout may lie where that user cannot go."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    user = server_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    (folder / "pid").write_text(str(os.getpid()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove folders left by runs that were killed; their servers died with them."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            os.kill(int((folder / "pid").read_text()), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue


def wait_for(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Return once `ready()`; raise Missing with the end of the log when the server died or takes a minute."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if ready():
            return
        time.sleep(0.05)
    log = (folder / "server.log").read_text(errors="replace")
    raise Missing(f"{process.args!r} did not start 未能启动:\n{log[-2000:]}")


def as_user(command: Sequence[str | Path], folder: Path) -> None:
    """Run a quiet command in `folder` as the servers' user; raises CalledProcessError."""
    user = server_user()
    subprocess.run(
        command,
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A new cluster with the two roles; gives the URL of `anso_owner`."""
    programs, data, port = find_postgres(), folder / "pg", str(free_port())
    encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
    as_user([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", *encoding], folder)
    options = [part for setting in FAST for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(data), "-p", port, "-h", "127.0.0.1", "-k", str(folder), *options]
    address = ["-h", "127.0.0.1", "-p", port, "-U", "postgres"]
    psql = [str(programs / "psql"), *address, "-qX", "-v", "ON_ERROR_STOP=1", "postgres"]
    passwords = ["-v", "owner_password=test", "-v", "app_password=test"]
    # The suite makes its own databases, and tries things as the plain role.
    extra = "ALTER ROLE anso_owner CREATEDB; GRANT anso_app TO anso_owner"

    def ready() -> bool:
        return subprocess.run([str(programs / "pg_isready"), "-q", *address], check=False).returncode == 0

    with server(command, folder, signal.SIGINT) as process:
        wait_for(ready, process, folder)
        subprocess.run([*psql, *passwords, "-f", str(INIT_SQL)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*psql, "-c", extra], check=True)
        yield f"postgres://anso_owner:test@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing; gives its URL without a database number."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Redis is missing 缺少 Redis: sudo apt-get install -y redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "64"]

    def ready() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with server([program, "--port", str(port), *options], folder, signal.SIGTERM) as process:
        wait_for(ready, process, folder)
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """TEST_DATABASE_URL and TEST_REDIS_URL: those of the environment, or of servers that live within the block."""
    found = {name: os.environ[name] for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL") if os.environ.get(name)}
    with ExitStack() as stack:
        if len(found) < 2:
            sweep()
            folder = stack.enter_context(work_folder())
        if "TEST_DATABASE_URL" not in found:
            found["TEST_DATABASE_URL"] = stack.enter_context(postgres(folder))
        if "TEST_REDIS_URL" not in found:
            found["TEST_REDIS_URL"] = stack.enter_context(redis(folder))
        yield found


def main(arguments: list[str]) -> int:
    """Run a command with the services; its exit code."""
    if arguments[:1] == ["shell"]:
        command = [os.environ.get("SHELL", "/bin/sh")]
    elif arguments[:1] == ["run"] and len(arguments) > 1:
        command = arguments[1:]
    else:
        print(__doc__)
        return 2
    try:
        with services() as urls:
            return subprocess.run(command, env={**os.environ, **urls}, check=False).returncode
    except Missing as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
