"""What keeps a demonstration on the machine it runs on, and its secret out of the source."""

import os
import secrets
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from django.http import HttpRequest, HttpResponse

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]", "testserver")


def kept_secret(file: Path) -> str:
    """The secret in `file`, made by whoever comes first; readable by its owner only."""
    try:
        return _read(file)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    own = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
        made.write(secrets.token_urlsafe(50))
    try:
        # Whole or not at all, and never over another process's.
        file.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    return _read(file)


def _read(file: Path) -> str:
    text = file.read_text(encoding="ascii").strip()
    if len(text) < 50:
        raise ValueError(f"{file} holds no secret; remove it, and another is made")
    return text


class LocalOnlyMiddleware:
    """Answers 403 to whoever asks from another machine: everybody knows the demo's passwords."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_here(str(request.META.get("REMOTE_ADDR", ""))):
            return self.get_response(request)
        text = "演示只供本机使用。This demonstration answers its own machine only (DEMO_ON_NETWORK=1 opens it).\n"
        return HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")


def is_here(address: str) -> bool:
    """Whether the address is this machine's own; no address at all is a local socket."""
    if not address:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
