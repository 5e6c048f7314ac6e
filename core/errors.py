"""The few ways an action says no, and the page each becomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language


@dataclass(frozen=True)
class Obstacle:
    """Why an action may not go on, where no policy clause says it; reads like a policy finding."""

    code: str
    message_zh: str
    message_en: str
    article: str = ""
    severity: str = "block"
    field: str = ""
    who_can_clear: str = ""

    @property
    def message(self) -> str:
        return self.message_zh if (get_language() or "").startswith("zh") else self.message_en


class NotVisible(Http404):
    """The thing is not there for this person: indistinguishable from a missing one."""


class Refused(Exception):
    """The action may not go on; `findings` lists every unmet condition, each with article and who can clear it.

    A finding is any object with `severity`, `article`, `message`, `field` and `who_can_clear`."""

    def __init__(self, findings: Sequence[Any]) -> None:
        self.findings = list(findings)
        super().__init__("; ".join(str(getattr(finding, "message_en", finding)) for finding in self.findings))


class WrongState(Refused):
    """The thing has moved on since the person's page was made (double click, stale tab, another person)."""


class StaleRevision(Exception):
    """Someone saved a newer revision of the draft; `current` is it, so that both can be shown."""

    def __init__(self, *, current_revision: int, current: dict[str, Any]) -> None:
        self.current_revision = current_revision
        self.current = current
        super().__init__(f"the draft stands at revision {current_revision}")


class ErrorPagesMiddleware:
    """Turns a Refused that no view handled into the "why can't I go on?" page (409)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "errors/refused.html", {"findings": exception.findings}, status=409)
        return None
