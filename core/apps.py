from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import access, rls  # noqa: F401 - registers the system check once the apps are loaded

        post_migrate.connect(rls.protect_tables, dispatch_uid="core.rls")
