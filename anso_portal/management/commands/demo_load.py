"""`manage.py demo_load`: makes the tables and fills them with the demo; loads nothing where it is loaded already."""

import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.queries import all_tenants

WIDTH = 30


class Command(BaseCommand):
    help = "Loads the demonstration by the real actions. Only in demo mode."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("the demonstration is refused outside PORTAL_MODE=demo")
        call_command("migrate", interactive=False, verbosity=0)
        if all_tenants():
            if not (settings.VAR_DIR / "demo-loaded").exists():
                raise CommandError(
                    "the database holds an unfinished demonstration: run `make clean` and start again "
                    "数据库中的演示数据不完整：请先运行 make clean"
                )
            return
        if User.objects.exists():
            raise CommandError("the database is not empty")
        from anso_portal.life.demo import load

        begun = time.monotonic()
        load(self._bar)
        (settings.VAR_DIR / "demo-loaded").write_text("")
        self.stdout.write(f"\nloaded in {time.monotonic() - begun:.0f} s")

    def _bar(self, done: int, total: int, what: str) -> None:
        filled = WIDTH * done // total
        line = f"[{'█' * filled}{'·' * (WIDTH - filled)}] {done}/{total} {what}"
        if sys.stdout.isatty():
            self.stdout.write(f"\r{line:<80}", ending="")
        elif done % 10 == 0 or done == total:
            self.stdout.write(line)
        self.stdout.flush()
