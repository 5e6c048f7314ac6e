"""What each kind of effect does; apps register their handlers in AppConfig.ready."""

from collections.abc import Callable

from notifications.models import Effect

Handler = Callable[[Effect], None]
_handlers: dict[str, Handler] = {}


class UnknownEffect(LookupError):
    """No installed app handles this kind."""


def register(kind: str, handler: Handler) -> None:
    """Have `handler(effect)` carry out effects of `kind`.

    It runs in the tenant's scope and in a transaction of its own, at least once: it must be harmless when repeated."""
    _handlers[kind] = handler


def handler_of(kind: str) -> Handler:
    """The handler of `kind`. Raises UnknownEffect."""
    try:
        return _handlers[kind]
    except KeyError as error:
        raise UnknownEffect(kind) from error
