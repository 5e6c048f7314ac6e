"""`manage.py make_demo_ca`: the demo's certificate authority, in SIGNING_KEYS_DIR. Idempotent; not for production."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from documents.keys import DemoKeys


class Command(BaseCommand):
    help = "Makes the demo's root certificate if there is none; signers' certificates are issued when they first sign."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("production signs with keys of a real authority: put them into SIGNING_KEYS_DIR")
        root = DemoKeys(Path(settings.SIGNING_KEYS_DIR), settings.SIGNING_KEY_PASSPHRASE).make_authority()
        self.stdout.write(str(root))
