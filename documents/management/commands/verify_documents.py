"""`manage.py verify_documents`: exit 0 only if every stored file has its hash and every signed document verifies."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.queries import all_tenants
from core.tenancy import tenant_scope
from documents.queries import defects


class Command(BaseCommand):
    help = "Checks all stored bytes and signatures of all tenants; exits 1 and names each defect if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for tenant in all_tenants():
            with tenant_scope(tenant):
                found = list(defects())
            for defect in found:
                self.stderr.write(f"{tenant.slug}: {defect}")
            self.stdout.write(f"{tenant.slug}: {'BROKEN' if found else 'intact'}")
            broken += len(found)
        if broken:
            sys.exit(1)
