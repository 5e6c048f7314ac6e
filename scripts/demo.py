"""`make demo`: migrates, loads a believable ANSO, runs web, worker and beat together until Ctrl-C.

    PORT=8001 make demo     another port
    HOST=0.0.0.0 DEMO_ON_NETWORK=1 ALLOWED_HOSTS=… make demo     for other machines too; everybody knows its passwords
Data, mail and logs lie in var/; `make clean` begins anew. Nothing outside is needed: SQLite, the filesystem broker.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent))
from services import ROOT, die_with_parent

VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))
LOGS = VAR / "log"
PREPARED = VAR / "demo-loaded"  # written by `manage.py demo_load`
HOST = os.environ.get("HOST", "127.0.0.1")
START_WITHIN = 60.0  # seconds until the first page
STOP_WITHIN = 12.0  # seconds until a child that does not stop is killed
RESTARTS = 3  # of one child within a minute; after that all stop


class Child:
    """One process of the demo in a group of its own, restarted when it dies, its log in var/log/."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.starts: list[float] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self) -> None:
        """Start it, appending to its log."""
        self.starts.append(time.monotonic())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C comes to us, and we stop all in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads run here
            )

    def died(self) -> bool:
        """It ran and has ended."""
        return self.process is not None and self.process.poll() is not None

    def too_often(self) -> bool:
        """It died again and again within a minute."""
        return len([at for at in self.starts if time.monotonic() - at < 60]) > RESTARTS

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader, which ends its own workers in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End whatever is left of its group."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def say(chinese: str, english: str) -> None:
    """One line in both languages."""
    print(f"{chinese}  {english}", flush=True)


def fail(*lines: str) -> NoReturn:
    """Stop with a message."""
    print("\n" + "\n".join(lines), file=sys.stderr)
    sys.exit(1)


def stay_here() -> None:
    """Stop when HOST would let other machines in, and nobody has said that they may."""
    if HOST not in ("127.0.0.1", "localhost", "::1") and os.environ.get("DEMO_ON_NETWORK") != "1":
        fail(
            f"HOST={HOST} 会让其他机器访问演示，而演示的密码人人皆知。确需如此请设置 DEMO_ON_NETWORK=1。",
            f"HOST={HOST} would open the demo to other machines, and everybody knows its passwords.",
            "",
            f"    HOST={HOST} DEMO_ON_NETWORK=1 ALLOWED_HOSTS=<name> make demo",
        )


def port_free(port: int) -> bool:
    """Nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def chosen_port() -> int:
    """PORT, or 8000; stops with what to type when it cannot be had."""
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        fail(f"PORT={text} 不是端口号。is not a port number.", "", "    PORT=8001 make demo")
    port = int(text)
    if port_free(port):
        return port
    other = next((one for one in range(max(port + 1, 1024), 65536) if port_free(one)), 8001)
    fail(
        f"端口 {port} 已被占用（或无权使用），请换一个：",
        f"Port {port} is in use (or not ours to use). Choose another:",
        "",
        f"    PORT={other} make demo",
    )


def only_one() -> IO[str]:
    """Hold var/demo.lock as long as we live, so that two demos do not share one database."""
    lock = (VAR / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail("此目录中的演示已在运行。", "A demo already runs in this directory; stop it with Ctrl-C first.")
    return lock


def manage(command: str) -> None:
    """A management command in the foreground; its failure stops the demo."""
    finish(begin(command), command)


def begin(command: str, **more: Any) -> "subprocess.Popen[str]":
    """Start a management command: most of its time is Python's imports, which may overlap with other things."""
    return subprocess.Popen([sys.executable, "manage.py", command], cwd=ROOT, text=True, **more)


def finish(process: "subprocess.Popen[str]", command: str) -> str:
    """What it printed, if that was asked for; its failure stops the demo."""
    try:
        text, _ = process.communicate()
    except KeyboardInterrupt:
        process.wait()
        raise
    if process.returncode:
        fail(f"manage.py {command} 失败 failed ({process.returncode}).", "重新开始 Begin anew: make clean && make demo")
    return text or ""


def children(port: int) -> list[Child]:
    """Web, worker and beat."""
    binaries = Path(sys.executable).parent
    celery = [str(binaries / "celery"), "-A", "anso_portal"]
    web = [str(binaries / "gunicorn"), "anso_portal.wsgi", "--bind", f"{HOST}:{port}", "--workers", "1"]
    web += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket", "--graceful-timeout", "5"]
    worker = ["worker", "--loglevel=INFO", "--concurrency=1", "--without-gossip", "--without-mingle"]
    beat = ["beat", "--loglevel=INFO", "--pidfile=", f"--schedule={VAR / 'celerybeat-schedule'}"]
    return [Child("web", web), Child("worker", celery + worker), Child("beat", celery + beat)]


def wait_until_up(port: int, web: Child) -> None:
    """Return when /healthz answers; stop with the log when it does not."""
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and not web.died():
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    fail(web.tail(), "", f"网站未能启动，日志见 The site did not start; its log: {web.log}")


def watch(family: list[Child]) -> NoReturn:
    """Restart what dies, say so, and stop when one keeps dying."""
    while True:
        time.sleep(0.5)
        for child in family:
            if not child.died():
                continue
            if child.too_often():
                fail(child.tail(), "", f"{child.name} 反复退出。keeps ending; its log: {child.log}")
            say(f"{child.name} 已退出，正在重启。", f"{child.name} ended, restarting it; its log: {child.log}")
            child.kill()
            child.start()


def stop(family: list[Child]) -> None:
    """End all: politely, then not."""
    for child in reversed(family):
        child.ask_to_stop()
    end = time.monotonic() + STOP_WITHIN
    for child in family:
        if child.process is not None:
            try:
                child.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            child.kill()
            child.process.wait()


def is_prepared() -> bool:
    """The demo was loaded with the migrations and packages that are here: a second start need not look."""
    if not (VAR / "portal.sqlite3").exists():
        return False
    made_from = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob(".venv/.installed-*")]
    return PREPARED.exists() and PREPARED.stat().st_mtime > max(one.stat().st_mtime for one in made_from)


def prepare(port: int) -> None:
    """Database and data; quick when both are there."""
    os.environ.setdefault("PORTAL_MODE", "demo")
    os.environ.setdefault("PUBLIC_URL", f"http://localhost:{port}")
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in LOGS.glob("*.log"):
        log.unlink()
    if is_prepared():
        return
    say("准备数据库 …", "preparing the database …")
    manage("demo_load")
    PREPARED.touch()


def main() -> int:
    """Run the demo until Ctrl-C; zero then."""
    VAR.mkdir(parents=True, exist_ok=True)
    family: list[Child] = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    stay_here()
    lock = only_one()
    port = chosen_port()
    try:
        prepare(port)
        family = children(port)
        family[0].start()
        people = begin("demo_people", stdout=subprocess.PIPE)
        wait_until_up(port, family[0])
        for child in family[1:]:
            child.start()
        print("\n" + finish(people, "demo_people"))
        say(f"打开 http://localhost:{port}/", f"Open http://localhost:{port}/")
        say(f"邮件 {VAR / 'mail'}，日志 {LOGS}。", "Mail and logs are there.")
        say("按 Ctrl-C 停止。", "Ctrl-C stops it all.")
        watch(family)
    except KeyboardInterrupt:
        print()
        say("正在停止 …", "stopping …")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave orphans
        stop(family)
        lock.close()
    say("已停止。", "Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
