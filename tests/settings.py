"""Settings of the test suite: the portal's own in test mode, on the engine that the environment names.

TEST_DATABASE_URL, TEST_REDIS_URL   set by `make test`; without them SQLite in a temporary directory, no Redis
Every xdist worker has its own database, Redis number and var directory.
"""

import atexit
import os
import pathlib
import shutil
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_number = int(_worker.removeprefix("gw")) + 1 if _worker else 0
_var = tempfile.mkdtemp(prefix=f"anso-test-{_worker or 'main'}-")
_owner = os.getpid()
# WhiteNoise warns of a missing directory; in tests the files come from the finders.
pathlib.Path(_var, "static").mkdir()


def _clean() -> None:
    if os.getpid() == _owner:
        shutil.rmtree(_var, ignore_errors=True)


atexit.register(_clean)

os.environ["PORTAL_MODE"] = "test"
os.environ["VAR_DIR"] = _var
os.environ["EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
_redis = os.environ.get("TEST_REDIS_URL", "")
os.environ["REDIS_URL"] = f"{_redis.rstrip('/')}/{_number}" if _redis else ""
if os.environ["DATABASE_URL"]:
    # The controller chooses the name; its workers inherit it and add their own suffix.
    os.environ.setdefault("TEST_DATABASE_NAME", f"anso_test_{os.getpid()}")
else:
    # A file, not memory: threads, live servers and WAL behave as in the demo.
    os.environ["TEST_DATABASE_NAME"] = f"{_var}/test.sqlite3"
for _name in ("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DOCUMENT_ROOT", "SIGNING_KEYS_DIR"):
    os.environ.pop(_name, None)

# The fonts `manage.py build_fonts` made, where it has run: without them every PDF is set in the full, slow ones.
_fonts = Path(__file__).resolve().parent.parent / "var" / "fonts"
if (_fonts / "serif-400.ttf").is_file():
    os.environ.setdefault("FONTS_DIR", str(_fonts))

from anso_portal.settings import *  # noqa: E402, F403
from anso_portal.settings import INSTALLED_APPS as _APPS  # noqa: E402
from anso_portal.settings import MIDDLEWARE as _MIDDLEWARE  # noqa: E402

# A lazy N+1 raises, inside requests.
INSTALLED_APPS = [*_APPS, "zeal"]
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *_MIDDLEWARE]
ZEAL_RAISE = True
# Telling several people writes a row for each, and each asks first whether it is there: writes, not a page's reads.
# A session that has ended is read once and fetched once more to be deleted.
ZEAL_ALLOWLIST = [{"model": "notifications.*", "field": "get()"}, {"model": "sessions.*", "field": "get()"}]
