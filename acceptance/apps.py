from django.apps import AppConfig


class AcceptanceConfig(AppConfig):
    name = "acceptance"

    def ready(self) -> None:
        from acceptance.tasklist import tasks
        from core import tasklist

        tasklist.register(tasks)
