"""`manage.py search_terms`: make the words of all proposals and projects anew, after names were changed by SQL."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from core.search import Searchable, keep_terms
from core.tenancy import tenant_scope


class Command(BaseCommand):
    """Idempotent; tenant after tenant, each in one transaction."""

    help = "Make the search's words of all proposals and projects anew."

    def handle(self, *args: Any, **options: Any) -> None:
        tenants: Any = apps.get_model("accounts", "Tenant")
        models: list[Any] = [model for model in apps.get_models() if issubclass(model, Searchable)]
        for tenant in tenants.objects.order_by("pk"):
            with tenant_scope(tenant):
                for model in models:
                    for row in model.objects.select_related(*model.found_through).iterator(500):
                        keep_terms(row)
