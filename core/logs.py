"""Keeps out of the logs what is as good as a password."""

import copy
import logging
import re

# Links that open something: passwords (credentials/links.py), registration (registry/links.py) and partners
# (proposals/actions/partnering.py).
_SECRET = re.compile(
    r"(/account/link/[^/\s]*/|/register/)(?:[0-9a-z]+-[0-9a-f]{16,}|[0-9]+\.[\w-]{16,})|(/proposals/partner/)[\w-]{16,}"
)


class HideTokens(logging.Filter):
    """Takes the tokens of links out of whatever is logged; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, dict):
            # gunicorn's own kind of dictionary: it must stay one.
            record.args = copy.copy(record.args)
            record.args.update({key: _hidden(value) for key, value in record.args.items()})
        elif isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
        return True


def _hidden(value: object) -> object:
    return _SECRET.sub(r"\1\2***", value) if isinstance(value, str) else value
