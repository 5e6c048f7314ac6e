"""The portal's settings for benchmarks: production's own, on a throw-away PostgreSQL, without TLS in front."""

import os

os.environ.setdefault("PORTAL_MODE", "test")

from anso_portal.settings import *  # noqa: F403
from anso_portal.settings import STORAGES as _STORAGES
from anso_portal.settings import VAR_DIR as _VAR

STORAGES = {
    **_STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT = _VAR / "static"
