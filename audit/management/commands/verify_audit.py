"""`manage.py verify_audit`: exit 0 only if every tenant's audit chain is whole."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.queries import all_tenants
from audit.queries import broken_links
from core.tenancy import tenant_scope


class Command(BaseCommand):
    help = "Checks every tenant's audit chain; exits 1 and names each defect if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for tenant in all_tenants():
            with tenant_scope(tenant):
                defects = list(broken_links())
            for seq, what in defects:
                self.stderr.write(f"{tenant.slug}: event {seq}: {what}")
            self.stdout.write(f"{tenant.slug}: {'BROKEN' if defects else 'whole'}")
            broken += len(defects)
        if broken:
            sys.exit(1)
