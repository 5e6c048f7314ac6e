"""One item of a confirmed batch: carried out or refused in words, never the end of the others."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, transaction

from core.errors import NotVisible, Refused


class Attempt(NamedTuple):
    """What became of an item, and the words for its receipt; empty where there is nothing to say."""

    is_done: bool
    zh: str = ""
    en: str = ""


def attempt(
    act: Callable[[], Attempt], *, denied: tuple[str, str], failed: tuple[str, str], log: logging.Logger, what: str
) -> Attempt:
    """Carry out `act` in a transaction of its own; `denied` and `failed` are the words (zh, en) for lost rights and for
    an internal error, which goes to `log` under the name `what`.

    Raises DatabaseError and SoftTimeLimitExceeded: the item stays as it was, and the next worker tries again."""
    try:
        with transaction.atomic():
            return act()
    except Refused as refused:
        words = [
            " ".join(getattr(one, name, str(one)) for one in refused.findings) for name in ("message_zh", "message_en")
        ]
        return Attempt(False, *words)
    except NotVisible:
        return Attempt(False, *denied)
    except (DatabaseError, SoftTimeLimitExceeded):
        raise
    except Exception:
        log.exception("%s failed", what)
        return Attempt(False, *failed)
