"""Settings of the processes that tests start: the portal's own, on the running test's database, mail as files."""

import os

from anso_portal.settings import *  # noqa: F403
from anso_portal.settings import CELERY_BEAT_SCHEDULE, DATABASES

if os.environ.get("SQLITE_FILE"):
    DATABASES["default"]["NAME"] = os.environ["SQLITE_FILE"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["MAIL_DIR"]
if os.environ.get("REMINDERS_EVERY"):
    CELERY_BEAT_SCHEDULE["send-due-reminders"]["schedule"] = float(os.environ["REMINDERS_EVERY"])
